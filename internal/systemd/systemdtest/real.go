package systemdtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/moby/sys/mountinfo"

	"tournant/internal/systemd"
)

// NoSuchUnit is the error of systemd for a unit that is not there.
func NoSuchUnit(unit string) error {
	return dbus.Error{Name: "org.freedesktop.systemd1.NoSuchUnit", Body: []any{"Unit " + unit + " not found."}}
}

// userManager runs a user's systemd: what needs no control over the machine
// is the same in it. It refuses to run where the machine's own does not,
// so there is the directory by which it would know it, in mounts of its own;
// and it has control groups of its own.
const userManager = `
mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/system || exit
for group in $GROUPS_OF_TEST; do echo $$ >$group/cgroup.procs || exit; done
exec /lib/systemd/systemd --user --unit=test.target --log-target=console --log-level=warning`

// Start runs a real systemd with units, by the names of their files, for the
// time of the test.
func Start(tb testing.TB, units map[string]string) *systemd.Manager {
	tb.Helper()
	dir := tb.TempDir()
	files := filepath.Join(dir, "config", "systemd", "user")
	if err := os.MkdirAll(files, 0o700); err != nil {
		tb.Fatal(err)
	}
	for _, target := range []string{"test", "basic", "shutdown"} {
		units[target+".target"] = "[Unit]\nDescription=" + target + "\n"
	}
	for name, text := range units {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	groups := controlGroups(tb)
	c := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", userManager)
	c.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"),
		"SYSTEMD_UNIT_PATH=" + files, "GROUPS_OF_TEST=" + strings.Join(groups, " "),
	}
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		end(tb, groups)
		_ = c.Wait() // killed
		remove(tb, groups)
	})
	return manager(tb, filepath.Join(dir, "systemd", "private"))
}

// manager waits until it answers.
func manager(tb testing.TB, socket string) *systemd.Manager {
	tb.Helper()
	m := systemd.OnHost()
	m.Booted = func() bool { return true }
	m.Dial = func(ctx context.Context) (systemd.Bus, error) { return systemd.DialSocket(ctx, socket) }
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	for {
		state, err := m.State(ctx, "test.target")
		if err == nil && state.Active {
			return m
		}
		if ctx.Err() != nil {
			tb.Fatalf("systemd does not answer, which scripts/deps installs: %+v, %v", state, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// controlGroups makes one of the same name in each hierarchy that systemd looks
// at: that of its own, if there is one, and cgroup2.
func controlGroups(tb testing.TB) []string {
	tb.Helper()
	mounts, err := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) {
		own := m.FSType == "cgroup" && strings.Contains(m.VFSOptions, "name=systemd")
		return !own && m.FSType != "cgroup2", false
	})
	if err != nil || len(mounts) == 0 {
		tb.Fatalf("this test needs control groups: %v", err)
	}
	var groups []string
	name := fmt.Sprintf("tournant-systemd-%d", os.Getpid())
	for _, m := range mounts {
		group := filepath.Join(m.Mountpoint, name)
		if err := os.Mkdir(group, 0o755); err != nil {
			tb.Fatal(err)
		}
		groups = append(groups, group)
	}
	return groups
}

// end kills all that is in the groups; it asks nothing to stop, since a
// systemd that stops unmounts things.
func end(tb testing.TB, groups []string) {
	tb.Helper()
	for _, group := range groups {
		for left := processes(tb, group); len(left) > 0; left = processes(tb, group) {
			for _, pid := range left {
				_ = exec.Command("kill", "-KILL", pid).Run() // it may have ended
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// processes are those in a group and those below it.
func processes(tb testing.TB, group string) []string {
	tb.Helper()
	var all []string
	err := filepath.WalkDir(group, func(name string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Base(name) == "cgroup.procs" {
			text, _ := os.ReadFile(name) // of a group that may have gone
			all = append(all, strings.Fields(string(text))...)
		}
		return nil
	})
	if err != nil {
		tb.Error(err)
	}
	return all
}

// remove takes away the groups, the inner first, which the kernel lets happen a
// little after the last process ended.
func remove(tb testing.TB, groups []string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, group := range groups {
		for {
			out, err := exec.Command("find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+").CombinedOutput()
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				tb.Errorf("%v: %s", err, out)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
}
