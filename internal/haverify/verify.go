package haverify

import (
	"context"
	"net"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
	"tournant/internal/hastatus"
	"tournant/internal/storage"
	"tournant/internal/systemd"
)

// Finding is one thing that was looked at.
type Finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Text   string `json:"text"`
	Reason string `json:"reason,omitempty"` // what was found instead
	Advice string `json:"advice,omitempty"` // what to do about it
}

// Report is the document of ha-verify.
type Report struct {
	Host   string    `json:"host"`
	Checks []Finding `json:"checks"`
	OK     bool      `json:"ok"` // every check is
}

// Host is the backend to look at.
type Host struct {
	Config *config.Config
	Root   string // what files are below; "" but in tests
	Units  *systemd.Manager
	Disks  *storage.Host
	Agent  *control.Client
	Now    func() time.Time

	// MAC is of an interface of this host, Kernel an error if its kernel cannot hold
	// the lease.
	MAC    func(device string) (net.HardwareAddr, error)
	Kernel func() error
}

// run is one look.
type run struct {
	*Host
	report   Report
	tell     func(Finding)
	peer     config.Server
	identity *link.Identity // nil without the secret
}

// Verify looks at everything and tells of each thing as it is found.
func (h *Host) Verify(ctx context.Context, tell func(Finding)) Report {
	r := &run{Host: h, tell: tell, report: Report{Host: h.Config.Host, OK: true}}
	r.peer, _ = hastatus.Peer(h.Config)
	for _, look := range []func(context.Context){r.programs, r.services, r.fstab, r.kernel, r.others, r.vrrp, r.cloud, r.disk} {
		look(ctx)
	}
	return r.report
}

func (r *run) add(f Finding) {
	r.report.Checks = append(r.report.Checks, f)
	r.report.OK = r.report.OK && f.OK
	r.tell(f)
}

func (r *run) ok(name, text string) { r.add(Finding{Name: name, OK: true, Text: text}) }

func (r *run) failed(name, text, reason, advice string) {
	r.add(Finding{Name: name, Text: text, Reason: reason, Advice: advice})
}
