package fakeec2

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"time"
)

// Control is the fault programme's HTTP interface, for a socket that only the
// operator of the lab reaches:
//
//	GET    /status                     the account as it is
//	GET    /moves?address=A            where the network led an address
//	GET    /faults                     what is on
//	POST   /faults                     a Fault
//	DELETE /faults?name=N&host=H       heals; without parameters, everything
//	POST   /hosts/NAME/power-cut       and power-on, reboot, stop, start, terminate
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Status()) })
	mux.HandleFunc("GET /moves", func(w http.ResponseWriter, r *http.Request) {
		a, err := netip.ParseAddr(r.FormValue("address"))
		if err != nil {
			http.Error(w, fmt.Sprintf("address: %v", err), http.StatusBadRequest)
			return
		}
		writeJSON(w, s.Moves(a))
	})
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Faults()) })
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		d.DisallowUnknownFields()
		var f Fault
		err := d.Decode(&f)
		if err == nil {
			err = s.Inject(f)
		}
		done(w, err)
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, r *http.Request) {
		s.Heal(FaultName(r.FormValue("name")), r.FormValue("host"))
		done(w, nil)
	})
	for verb, do := range map[string]func(string) error{
		"power-cut": s.PowerCut,
		"power-on":  s.PowerOn,
		"reboot":    s.Reboot,
		"stop":      func(host string) error { return s.SetState(host, Stopped) },
		"start":     func(host string) error { return s.SetState(host, Running) },
		"terminate": func(host string) error { return s.SetState(host, Terminated) },
	} {
		mux.HandleFunc("POST /hosts/{host}/"+verb, func(w http.ResponseWriter, r *http.Request) { done(w, do(r.PathValue("host"))) })
	}
	return mux
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// A Status is what the account holds.
type Status struct {
	Time      time.Time        `json:"time"`
	Instances []InstanceStatus `json:"instances"`
	Volumes   []VolumeStatus   `json:"volumes"`
	Faults    []Fault          `json:"faults"`
}

// An InstanceStatus is one instance with its addresses: Assigned as EC2's API
// has them, Routed as the network does.
type InstanceStatus struct {
	Name      string        `json:"name"`
	ID        string        `json:"id"`
	State     InstanceState `json:"state"`
	Interface string        `json:"interface"`
	Address   netip.Addr    `json:"address"`
	Assigned  []netip.Addr  `json:"assigned"`
	Routed    []netip.Addr  `json:"routed"`
}

// A VolumeStatus is one volume and, when it is not available, its attachment.
type VolumeStatus struct {
	ID         string          `json:"id"`
	State      string          `json:"state"`
	Host       string          `json:"host,omitempty"`
	Device     string          `json:"device,omitempty"`
	Attachment AttachmentState `json:"attachment,omitempty"`
	Since      time.Time       `json:"since,omitzero"`
}

// Status is the truth, whatever Describe answers.
func (s *Server) Status() Status {
	faults := s.Faults()
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world.clone()
	status := Status{Time: s.clock.Now(), Faults: faults}
	for _, in := range w.instances {
		status.Instances = append(status.Instances, InstanceStatus{
			in.Name, in.ID, in.State, in.Interface.ID, in.Interface.Primary,
			append([]netip.Addr{}, in.Interface.Secondary...), append([]netip.Addr{}, in.Interface.Routed...),
		})
	}
	for _, v := range w.volumes {
		vs := VolumeStatus{ID: v.ID, State: v.State()}
		if a := v.Attachment; a != nil {
			vs.Host, vs.Device, vs.Attachment, vs.Since = w.instance(a.Instance).Name, a.Device, a.State, a.Since
		}
		status.Volumes = append(status.Volumes, vs)
	}
	return status
}
