package failover_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/cluster"
)

// What an operator types on the backends, with real agents, keepalived and
// PostgreSQL.
func TestOperator(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	k, err := cluster.Open(ctx, found(t).Cluster)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	if err := k.Boot(ctx); err != nil {
		t.Fatal(err)
	}
	first, err := k.Primary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	second := cluster.Peer(first)
	settled := func(standby string) {
		t.Helper()
		if err := k.AwaitStandby(ctx, standby); err != nil {
			t.Fatal(err)
		}
	}
	operator := func(host, command string, code int, wants ...string) {
		t.Helper()
		c, err := k.Machine(host).Command(ctx, "/opt/tournant/tournant", append([]string{"ctl"}, strings.Fields(command)...)...)
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.CombinedOutput()
		got := 0
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			got = ended.ExitCode()
		} else if err != nil {
			t.Fatalf("%s on %s: %v", command, host, err)
		}
		if got != code {
			t.Errorf("%s on %s: exit code %d, want %d:\n%s", command, host, got, code, out)
		}
		for _, want := range wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s on %s: no %q in\n%s", command, host, want, out)
			}
		}
		t.Logf("%s on %s:\n%s", command, host, out)
	}
	settled(second)
	operator(first, "ha-status", 0, "[OK] cluster status = master\n", "[OK] found VIP IP address and I am master\n", "[OK] storage backend status is OK\n",
		"[OK] ip backend status is OK\n", "[OK] all checks passed.\n")
	operator(second, "ha-status", 0, "[OK] cluster status = backup\n", "[OK] did not find VIP IP address and I am not master\n", "is attached to "+first)

	if err := listens(ctx, k, "fe1"); err != nil {
		t.Fatal(err)
	}
	for _, host := range cluster.Backends { // it fails for what only systemd has
		operator(host, "ha-verify", 1, "[OK] ec2:AssignPrivateIpAddresses is allowed\n", "Multi-Attach is off\n", "[OK] the volume is attached ", "[OK] the VIP "+cluster.VIP.String()+" is in ",
			"[OK] VRRP reaches the other backend: ", "[OK] "+cluster.Peer(host)+" answers at its port 4020\n", "[OK] fe1 can say whether it reaches ", "[OK] the kernel has nftables\n")
	}
	operator(first, "ha-verify", 1, "its serial is vol", "[OK] the volume has a place for the epoch block")

	operator(first, "stop keepalived", 0, second+" is primary, epoch ", "s without service.", "ok: down: keepalived")
	operator(second, "ha-status", 0, "[OK] cluster status = master\n", first+" (")
	operator(second, "ha-failover", 1, "keepalived is stopped on "+first, "Nothing was changed.")
	operator(first, "ha-status", 7, "[ERROR] keepalived is not running.")
	operator(first, "start keepalived", 0, first+" is standby: ", "ok: run: keepalived")
	settled(first)

	operator(first, "ha-failover", 0, first+" is primary, epoch ") // from the standby
	settled(second)
	operator(first, "ha-failover", 0, second+" is primary, epoch ")
	settled(first)

	operator(second, "upgrade", 0, "There is nothing to do.")
	operator(second, "backup -o /run", 0, "/run/chef-backup-")

	operator(first, "ha-maintenance on", 0, "is in maintenance")
	operator(second, "ha-failover", 1, first+" is in maintenance")
	operator(first, "ha-maintenance off", 0, "is not in maintenance")
	operator(first, "start postgresql", 1, first+" is standby")
	operator(first, "master-recover -y", 1, "The peer is primary")
	operator(second, "backup-recover -y", 0, first+" is primary", second+" is backup, and stays it")
	operator(second, "start keepalived", 0, second+" is standby")
	settled(second)

	var s control.Status
	c, err := k.Machine(first).Command(ctx, "/opt/tournant/tournant", "ctl", "ha-status", "--json")
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Output()
	if err := errors.Join(err, json.Unmarshal(out, &s)); err != nil || s.State != "primary" || !s.OK || s.Host != first || s.Volume.AttachedTo != first {
		t.Errorf("ha-status --json: %v, %+v", err, s)
	}

	if err := k.KillForGood(second); err != nil {
		t.Fatal(err)
	}
	operator(second, "ha-status", 7, "[ERROR] tournant-ha does not answer", first+" (")
}

// listens waits until a frontend can be asked.
func listens(ctx context.Context, k *cluster.Cluster, name string) error {
	for {
		err := k.Network.Do(cluster.Client, func() error {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", k.Address(name).String()+":443")
			if err == nil {
				err = conn.Close()
			}
			return err
		})
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}
