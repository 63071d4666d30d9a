package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"tournant/internal/ha"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
	"tournant/internal/keepalived"
	"tournant/internal/storage"
	"tournant/internal/systemd"
)

// Agent is one backend's.
type Agent struct {
	cfg      Config
	log      *slog.Logger
	lines    *lines
	executor *executor
	loop     *loop
	watcher  *watcher
	endpoint *endpoint
	notifier *notifier
	journal  *journal

	fifo    *keepalived.Listener
	peers   net.Listener // port 4020
	control net.Listener
	slept   time.Duration // as of the last turn
}

// New makes this host ready for an agent. What a former life left goes on: the kernel ends
// its lease, and the machine finds out what may be adopted. It needs root. What went
// wrong is said with what to do.
func New(ctx context.Context, cfg Config, out io.Writer) (_ *Agent, err error) {
	cfg.Places = cfg.Places.orInstalled()
	if err := cfg.Times.Validate(); err != nil {
		return nil, err
	}
	a := &Agent{cfg: cfg, lines: newLines(out), notifier: newNotifier(), slept: asleep()}
	a.log = slog.New(slog.NewJSONHandler(a.lines, nil))
	a.journal = &journal{log: a.log, now: now}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if err := lockMemory(); err != nil {
		a.log.Warn("heartbeats may wait for the disk that this program is on", "error", err)
	}
	if err := directories(&cfg); err != nil {
		return nil, err
	}
	if err := a.build(); err != nil {
		return nil, err
	}
	return a, a.listen(ctx)
}

// directories makes those of the agent. PostgreSQL's user has to reach the
// mount.
func directories(cfg *Config) error {
	for dir, mode := range map[string]os.FileMode{cfg.Places.State: 0o700, cfg.Places.Run: 0o700, cfg.Mount: 0o755} {
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // as the system's are
			return fmt.Errorf("make a directory of the agent: %w", err)
		}
		if err := os.MkdirAll(dir, mode); err != nil {
			return fmt.Errorf("make a directory of the agent: %w", err)
		}
	}
	return nil
}

// build makes what does things, the lease first.
func (a *Agent) build() error {
	address, err := newAddress(&a.cfg, a.log)
	if err != nil {
		return err
	}
	identity, err := link.NewIdentity(a.cfg.Node.Name, a.cfg.Secret)
	if err != nil {
		return err
	}
	files, silence, err := a.keepalived()
	if err != nil {
		return err
	}
	services, err := a.services(identity, files)
	if err != nil {
		return err
	}
	cloud, err := newCloud(&a.cfg, func() (net.HardwareAddr, error) { return hardware(a.cfg.Device) })
	if err != nil {
		return err
	}
	host := storage.OnHost()
	host.Sys, host.Dev = a.cfg.Places.Sys, a.cfg.Places.Dev
	a.executor = &executor{
		cfg: &a.cfg, cloud: cloud, device: newDevice(&a.cfg, cloud.devices, host, a.log), services: services,
		address: address, peers: newPeers(&a.cfg, identity), vrrp: files, records: recordsIn(a.cfg.Places.State), look: newLane(),
		root: &room{dir: a.cfg.Places.State, log: a.log, look: func() (bool, error) { return full(a.cfg.Places.State) }},
		data: &room{dir: a.cfg.Mount, log: a.log, look: func() (bool, error) { return reserve(a.cfg.Mount) }, tell: services.tellRoom},
	}
	if a.loop, err = newLoop(a.executor, now, a.turned); err != nil {
		return err
	}
	a.endpoint = &endpoint{cfg: &a.cfg, identity: identity, loop: a.loop, now: now, status: a.Status}
	a.watcher = &watcher{
		units: services.units, files: files, device: a.cfg.Device, silence: silence, log: a.log, busy: services.busy,
		tell: func(e ha.Event) { a.loop.tell(context.Background(), e) }, stopped: make(chan struct{}, 1),
		proven: a.executor.device.lastProven, deadman: a.cfg.Times.Deadman, told: map[string]ha.Instant{},
	}
	if a.cfg.Places.Processes == "" {
		a.watcher.guard = systemd.Deadman
	}
	return nil
}

// keepalived has keepalived read what chef-server.rb says. Where nothing says yet
// what this node is, as after a boot, it is no primary.
func (a *Agent) keepalived() (keepalived.Files, time.Duration, error) {
	files := keepalived.FilesIn(a.cfg.Places.Keepalived, a.cfg.Places.Run)
	vrrp, err := keepalived.Of(a.cfg.Server)
	if err != nil {
		return files, 0, err
	}
	content, err := vrrp.Config(files)
	if err != nil {
		return files, 0, err
	}
	if _, err := os.Lstat(files.Track); errors.Is(err, os.ErrNotExist) {
		if err := files.SetPrimary(false); err != nil {
			return files, 0, err
		}
	}
	if a.fifo, err = keepalived.Listen(files.FIFO); err != nil {
		return files, 0, err
	}
	if _, err := files.Apply(content); err != nil {
		return files, 0, err
	}
	return files, vrrp.Silence(), nil
}

// listen opens what others ask at.
func (a *Agent) listen(ctx context.Context) (err error) {
	if a.control, err = listenControl(ctx, a.cfg.Places.ControlSocket()); err != nil {
		return err
	}
	a.peers, err = a.endpoint.identity.Listen(ctx, a.cfg.Node.Address, a.cfg.Peer.Address.Addr())
	return err
}

// Status is the document of ha-status. It comes from the loop: an error says
// that it does not turn.
func (a *Agent) Status(ctx context.Context) (*control.Status, error) {
	v := view{cfg: &a.cfg}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := a.loop.ask(ctx, func(m *ha.Machine) { v.machine, v.now = m.Status(), now() }); err != nil {
		return nil, err
	}
	peer := &v.machine.Snapshot.Peer
	v.peer = peer.AnsweredAt != 0 && peer.SilentSince == 0
	v.wall = time.Now()
	v.remaining = a.executor.address.lease.Remaining()
	if disk, err := a.executor.device.find(); err == nil {
		v.disk = disk.Path
	}
	v.suspect = a.executor.device.suspect()
	// The machine looks at it seldom: nothing is decided by it.
	if k, err := a.executor.services.units.State(ctx, unitKeepalived); err == nil {
		v.machine.Snapshot.Local.Keepalived = k.Active
	}
	_, err := net.InterfaceByName(a.cfg.Device)
	v.nic = err == nil
	return v.document(), nil
}

// turned is called after each turn of the loop.
func (a *Agent) turned(m *ha.Machine) {
	if slept := asleep(); slept-a.slept > jump {
		a.log.Warn("this machine was suspended", "for", (slept - a.slept).String())
		a.slept = slept
		// The kernel's timeouts slept, too, and so the lease may go on for longer
		// than it was proven.
		go func() { _ = a.executor.address.withdraw(context.Background()) }() // the kernel answers within a second
	}
	st := m.Status()
	a.journal.note(&st)
	a.notifier.turned(a.journal.state.String() + ": " + a.journal.reason.String())
}

// jump is how long a suspension is no difference in how two clocks are read.
const jump = 100 * time.Millisecond

func (a *Agent) close() {
	for _, l := range []net.Listener{a.peers, a.control} {
		if l != nil {
			_ = l.Close() // closed by its server, if it served
		}
	}
	if a.fifo != nil {
		a.fifo.Close()
	}
	if a.executor != nil {
		a.executor.peers.close()
		a.executor.cloud.close()
	}
	a.lines.Close()
}

// Drop withdraws the lease and takes the VIP off this host. It needs nothing of the
// agent, which may be dead.
func Drop(cfg Config) error {
	address, err := newAddress(&cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(address.lease.Drop(), address.address.Remove())
}

// Silence has keepalived speak no VRRP until an agent begins: there is nobody here to
// be primary, and the other backend must not go on hearing the contrary. It needs no
// configuration, which may be why there is no agent.
func Silence(p Places) error {
	p = p.orInstalled()
	return keepalived.FilesIn(p.Keepalived, p.Run).Silence()
}
