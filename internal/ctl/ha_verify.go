package ctl

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"tournant/internal/haverify"
	"tournant/internal/vip"
)

func (a *app) haVerify() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "ha-verify",
		Short: "Look whether this backend could take over, before it must",
		Long: `Look whether this backend could take over, before it must: what EC2 allows, the
volume, the virtual IP address, the other hosts, VRRP, and what runs here. It
changes nothing. Run it on both backends; each line that failed has below it what
was found and what to do. The exit code is 1 if any did.`,
		Example: "  " + name + " ha-verify",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.verifyHA(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print all findings as one document")
	return c
}

func (a *app) verifyHA(ctx context.Context, asJSON bool) error {
	b, err := a.backend()
	if err != nil {
		return err
	}
	h := haverify.Host{
		Config: b.c, Root: a.Prefix, Units: a.Units, Disks: a.Storage, Agent: b.agent, Now: a.Now,
		MAC: hardwareAddress, Kernel: vip.Supported,
	}
	if asJSON {
		report := h.Verify(ctx, func(haverify.Finding) {})
		if err := a.showJSON("json", report); err != nil {
			return err
		}
		return failWith(exitOf(report), nil)
	}
	report := h.Verify(ctx, func(f haverify.Finding) { haverify.WriteFinding(a.Stdout, f) })
	haverify.WriteEnd(a.Stdout, report)
	return failWith(exitOf(report), nil)
}

func exitOf(r haverify.Report) int {
	if r.OK {
		return 0
	}
	return 1
}

// hardwareAddress is that of an interface of this host, by which EC2 knows it.
func hardwareAddress(device string) (net.HardwareAddr, error) {
	nic, err := net.InterfaceByName(device)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", device, err)
	}
	return nic.HardwareAddr, nil
}
