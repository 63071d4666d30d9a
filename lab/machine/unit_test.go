package machine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tournant/lab/machine"
)

// perlNotifies says that it is ready and then, for as long as it lives, that it
// is well.
const perlNotifies = `use Socket;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
my $to = sockaddr_un($ENV{NOTIFY_SOCKET});
send($s, "READY=1\nSTATUS=up", 0, $to) or die;
while (1) { send($s, "WATCHDOG=1", 0, $to); select(undef, undef, undef, 0.05) }`

func TestUnits(t *testing.T) {
	m := boot(t,
		machine.Unit{Name: "agent", Command: []string{"/usr/bin/perl", "-e", perlNotifies}, Enabled: true, Restart: true, Notify: true, StopPost: shell("echo after >> /run/post")},
	)
	first := await(t, m, "agent", machine.Active, machine.Status{})
	if err := m.Signal(t.Context(), "agent", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	again := await(t, m, "agent", machine.Active, first)
	if again.PID == first.PID {
		t.Errorf("the agent was not started again: %+v", again)
	}
	if err := m.Stop(t.Context(), "agent"); err != nil {
		t.Fatal(err)
	}
	if now := await(t, m, "agent", machine.Inactive, machine.Status{}); now.PID != 0 {
		t.Errorf("stopped, it is %+v", now)
	}
	post, err := os.ReadFile(filepath.Join(filepath.Dir(m.Socket), "post"))
	if got := strings.Count(string(post), "after"); err != nil || got != 2 {
		t.Errorf("it was cleaned up after %d times, want 2: %v", got, err)
	}
}

// A unit that ends well when somebody else asks it to stays so; one that does
// not is started again.
func TestOnFailure(t *testing.T) {
	m := boot(t, machine.Unit{
		Name: "a", Command: []string{"/usr/bin/perl", "-e", "$SIG{TERM} = sub { exit 0 }; " + perlNotifies},
		Enabled: true, Restart: true, OnFailure: true, Notify: true, // ready once it handles the signal
	})
	first := await(t, m, "a", machine.Active, machine.Status{})
	if err := m.Signal(t.Context(), "a", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := await(t, m, "a", machine.Active, first)
	if err := m.Signal(t.Context(), "a", syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if now := await(t, m, "a", machine.Inactive, second); now.PID != 0 {
		t.Errorf("it ended well and is %+v", now)
	}
}

func TestWatchdog(t *testing.T) {
	m := boot(t, machine.Unit{
		Name: "agent", Command: []string{"/usr/bin/perl", "-e", perlNotifies},
		Enabled: true, Restart: true, Notify: true, Watchdog: time.Second,
	})
	first := await(t, m, "agent", machine.Active, machine.Status{})
	if err := m.Signal(t.Context(), "agent", syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if again := await(t, m, "agent", machine.Active, first); again.PID == first.PID {
		t.Errorf("a stopped agent lives on: %+v", again)
	}
}

func TestKillEndsAllOfAUnit(t *testing.T) {
	m := boot(t, machine.Unit{Name: "a", Command: shell("trap '' TERM; setsid sleep 1000 & sleep 1000 & wait"), Enabled: true})
	await(t, m, "a", machine.Active, machine.Status{})
	if err := m.Kill(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if left, err := m.Processes("a"); err != nil || len(left) > 0 {
		t.Errorf("processes %v, %v, want none", left, err)
	}
	if now, err := m.Status(t.Context(), "a"); err != nil || now.State != machine.Inactive {
		t.Errorf("it is %+v, %v", now, err)
	}
	if _, err := m.Status(t.Context(), ""); err != nil {
		t.Errorf("the init: %v", err)
	}
	if err := m.Start(t.Context(), "b"); err == nil || !strings.Contains(err.Error(), `no unit "b"`) {
		t.Errorf("a unit that there is not: %v", err)
	}
}

// A unit that is started again may be given the pid that it had. What was to
// become of it then is none of its new life's.
func TestADeadlineIsOfOneLife(t *testing.T) {
	m := boot(t,
		machine.Unit{Name: "a", Command: []string{"/bin/sleep", "1000"}, Enabled: true, StopWithin: time.Second},
		machine.Unit{Name: "b", Command: shell("trap '' TERM; echo > /run/deaf; while :; do sleep 1000; done"), Enabled: true, StopWithin: 2 * time.Second},
	)
	first := await(t, m, "a", machine.Active, machine.Status{})
	await(t, m, "b", machine.Active, machine.Status{})
	output(t, m, "while ! [ -e /run/deaf ]; do sleep 0.01; done")
	if err := m.Stop(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	// Any thread of the init may take the pid first.
	var second machine.Status
	for end := time.Now().Add(30 * time.Second); second.PID != first.PID; second = await(t, m, "a", machine.Active, machine.Status{}) {
		if time.Now().After(end) {
			t.Fatalf("it has pid %d, and shall have %d again", second.PID, first.PID)
		}
		if err := m.Stop(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		output(t, m, fmt.Sprintf("echo %d > /proc/sys/kernel/ns_last_pid", first.PID-1))
		if err := m.Start(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	// This one ends by its deadline, which is after that of a's first life.
	if err := m.Stop(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	if now, err := m.Status(t.Context(), "a"); err != nil || now != second {
		t.Errorf("the second life of a is %+v, %v, and was %+v", now, err, second)
	}
}
