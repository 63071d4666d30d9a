package setup

import (
	"context"
	"fmt"
	"os"

	"tournant/internal/hastatus"
	"tournant/internal/postgres"
)

const (
	systemUnits  = "/etc/systemd/system/"
	postgresUnit = systemUnits + postgres.Unit
)

// units gives a backend those of PostgreSQL and the server, which its agent
// alone starts.
func (r *run) units(ctx context.Context) error {
	cluster, err := r.clusterOf(r.c)
	if err != nil {
		return err
	}
	text := cluster.UnitText(postgres.Settings{Address: r.c.VIP.Address, Port: r.c.Database.Port})
	before := r.out.Changes
	if err := r.file(BackendDropInFile, []byte(BackendDropIn), 0o644); err != nil {
		return err
	}
	if r.out.Pending == "" {
		if err := r.file(postgresUnit, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if r.out.Changes > before {
		if err := r.Units.Reload(ctx); err != nil {
			return err
		}
	}
	return r.standBy(ctx)
}

// standBy takes a server away that this host ran when it was no backend.
func (r *run) standBy(ctx context.Context) error {
	agent, err := r.Units.State(ctx, hastatus.UnitAgent)
	if err != nil {
		return err
	}
	server, err := r.Units.State(ctx, Unit)
	if err != nil {
		return err
	}
	if server.Enabled {
		if err := r.Units.Disable(ctx, Unit); err != nil {
			return err
		}
		r.changed("disabled %s, which %s starts", Unit, hastatus.UnitAgent)
	}
	if server.Active && !agent.Active {
		if err := r.Units.Stop(ctx, Unit); err != nil {
			return err
		}
		r.changed("stopped %s, which %s starts", Unit, hastatus.UnitAgent)
	}
	return nil
}

// noBackend takes away what was written for one: without an agent, the server
// would not start.
func (r *run) noBackend(ctx context.Context) error {
	before := r.out.Changes
	for _, name := range []string{BackendDropInFile, postgresUnit} {
		if err := r.absent(name); err != nil {
			return err
		}
	}
	if r.out.Changes == before {
		return nil
	}
	if err := os.Remove(r.path(systemUnits + Unit + ".d")); err != nil && exists(r.path(systemUnits+Unit+".d")) {
		r.Note(fmt.Sprintf("%s.d has more in it, and stays", Unit))
	}
	return r.Units.Reload(ctx)
}
