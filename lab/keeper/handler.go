package keeper

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"tournant/lab/nspawn"
)

// The paths on the socket. What goes wrong is answered as text.
const (
	pathStatus = "/status"
	pathHosts  = "/hosts/" // POST /hosts/NAME is answered with a Door
	pathFault  = "/fault"  // POST ?name=&host=
	pathHeal   = "/heal"   // POST
	pathDown   = "/down"   // POST
)

// handler does what is asked, also when who asked has gone.
func (k *keeper) handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathStatus, func(w http.ResponseWriter, r *http.Request) { answer(w, k.status(r.Context())) })
	mux.HandleFunc("POST "+pathHosts+"{host}", func(w http.ResponseWriter, r *http.Request) {
		d, err := k.door(r.PathValue("host"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		answer(w, d)
	})
	mux.HandleFunc("POST "+pathFault, func(w http.ResponseWriter, r *http.Request) {
		name, host := r.FormValue("name"), r.FormValue("host")
		k.log.Info("fault", "name", name, "host", host)
		done(w, k.Fault(ctx, name, host))
	})
	mux.HandleFunc("POST "+pathHeal, func(w http.ResponseWriter, _ *http.Request) {
		k.log.Info("heal")
		done(w, k.Heal(ctx))
	})
	mux.HandleFunc("POST "+pathDown, func(w http.ResponseWriter, _ *http.Request) {
		k.log.Info("down")
		w.WriteHeader(http.StatusNoContent)
		k.down()
	})
	return mux
}

// door is the way into a host: its machine, or where it has none its network.
func (k *keeper) door(host string) (Door, error) {
	if m, ok := k.Machine(host).(*nspawn.Machine); ok {
		d, err := m.Door()
		return Door{Machine: &d}, err
	}
	for _, name := range k.bare() {
		if name == host {
			return Door{Network: k.Network.Path(host)}, nil
		}
	}
	return Door{}, fmt.Errorf("no host is called %q", host)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // who asked may have gone
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
