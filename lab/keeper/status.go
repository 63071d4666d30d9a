package keeper

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
	"tournant/lab/network"
)

// A Status is what the lab's keeper knows, which is the truth: not what EC2
// answers, and of the backends what their agents say.
type Status struct {
	Hosts []HostStatus   `json:"hosts"`
	EC2   fakeec2.Status `json:"ec2"`
}

// A HostStatus is one host's. Agent is nil where none answers, and Why says why.
type HostStatus struct {
	Name    string          `json:"name"`
	Role    string          `json:"role"`
	Address string          `json:"address"`
	On      bool            `json:"on"`
	VIP     bool            `json:"vip"`
	Agent   *control.Status `json:"agent,omitempty"`
	Why     string          `json:"why,omitempty"`
}

// statusTime is how long an agent may take to answer: one that stands still never
// does.
const statusTime = 2 * time.Second

func (k *keeper) status(ctx context.Context) Status {
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	s := Status{EC2: k.EC2.Status()}
	for _, h := range k.config.Instances() {
		hs := HostStatus{Name: h.Name, Role: h.Role, Address: h.Address.String(), On: k.Machine(h.Name).On()}
		for _, in := range s.EC2.Instances {
			hs.VIP = hs.VIP || in.Name == h.Name && slices.Contains(in.Routed, cluster.VIP)
		}
		if h.Role == cluster.Backend && hs.On {
			var err error
			if hs.Agent, err = k.Status(ctx, h.Name); err != nil {
				hs.Why = err.Error()
			}
		}
		s.Hosts = append(s.Hosts, hs)
	}
	return s
}

// bare are the hosts that have a network and no machine.
func (k *keeper) bare() []string { return []string{network.AWS, cluster.Client} }

// Print writes it as people read it.
func (s Status) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "HOST\tADDRESS\tPOWER\tSTATE\tVIP")
	for _, h := range s.Hosts {
		power, state, vip := "off", "", ""
		if h.On {
			power = "on"
		}
		switch {
		case h.Agent != nil:
			state = fmt.Sprintf("%s, epoch %d: %s", h.Agent.State, h.Agent.Epoch, h.Agent.Reason)
		case h.Why != "":
			state = h.Why
		}
		if h.VIP {
			vip = cluster.VIP.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", h.Name, h.Address, power, state, vip)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, v := range s.EC2.Volumes {
		fmt.Fprintf(w, "%s %s", v.ID, v.State)
		if v.Host != "" {
			fmt.Fprintf(w, ", %s to %s since %s", v.Attachment, v.Host, v.Since.Format(time.TimeOnly))
		}
		fmt.Fprintln(w)
	}
	for _, f := range s.EC2.Faults {
		fmt.Fprintln(w, "fault:", f.Name, f.Host)
	}
	return nil
}
