package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// enterRoot makes the machine's root and moves into it. The caller is in a
// mount namespace of its own.
func enterRoot(s Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("root", s.Root, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	r := root(s.Root)
	for _, step := range []func() error{
		r.programs, r.etc,
		func() error { return r.kernel(s) },
		func() error { return r.state(s) },
		r.enter,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// root is the directory of a root that is being built.
type root string

func (r root) at(path string) string { return filepath.Join(string(r), path) }

// programs shows the host's.
func (r root) programs() error {
	for _, name := range []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"} {
		info, err := os.Lstat(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode()&os.ModeSymlink == 0 {
			err = r.bind(name, name)
		} else if target, linkErr := os.Readlink(name); linkErr != nil {
			err = linkErr
		} else {
			err = os.Symlink(target, r.at(name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// etc is the host's, and what the machine changes in it is its own and gone
// with its power.
func (r root) etc() error {
	for _, dir := range []string{"/etc", "/.etc/upper", "/.etc/work"} {
		if err := os.MkdirAll(r.at(dir), 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=/etc,upperdir=%s,workdir=%s", r.at("/.etc/upper"), r.at("/.etc/work"))
	if err := unix.Mount("etc", r.at("/etc"), "overlay", 0, options); err != nil {
		return fmt.Errorf("mount /etc: %w", err)
	}
	return nil
}

// kernel is what the machine sees of it.
func (r root) kernel(s Spec) error {
	for _, m := range []struct{ source, at, kind, options string }{
		{"proc", "/proc", "proc", ""},
		{"sys", "/sys", "sysfs", ""},
	} {
		if err := os.Mkdir(r.at(m.at), 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.source, r.at(m.at), m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	return errors.Join(
		r.bind(filepath.Join(s.Sys, "block"), "/sys/block"),
		r.bind(s.Cgroup, "/sys/fs/cgroup"),
		r.bind(s.Dev, "/dev"),
		unix.Mount("shm", r.at("/dev/shm"), "tmpfs", 0, "mode=1777"),
	)
}

// state is /run, /tmp and what the machine keeps.
func (r root) state(s Spec) error {
	errs := []error{r.bind(s.Run, "/run")}
	for _, dir := range []string{"/tmp", "/var/tmp", "/var/lib", "/var/log", "/var/cache"} {
		errs = append(errs, os.MkdirAll(r.at(dir), 0o755))
	}
	errs = append(errs, os.Chmod(r.at("/tmp"), 0o1777), os.Chmod(r.at("/var/tmp"), 0o1777), os.Symlink("/run", r.at("/var/run")))
	for inside, outside := range s.Keep {
		errs = append(errs, r.bind(outside, inside))
	}
	return errors.Join(errs...)
}

// bind shows a file or directory of the host.
func (r root) bind(outside, inside string) error {
	info, err := os.Stat(outside)
	if err != nil {
		return err
	}
	at := r.at(inside)
	if info.IsDir() {
		err = os.MkdirAll(at, 0o755)
	} else if err = os.MkdirAll(filepath.Dir(at), 0o755); err == nil {
		err = os.WriteFile(at, nil, 0o600)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(outside, at, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("show %s at %s: %w", outside, inside, err)
	}
	return nil
}

// enter leaves the host's root behind.
func (r root) enter() error {
	const old = "/.host"
	if err := os.Mkdir(r.at(old), 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(string(r), r.at(old)); err != nil {
		return fmt.Errorf("enter the root: %w", err)
	}
	return errors.Join(os.Chdir("/"), unix.Unmount(old, unix.MNT_DETACH), os.Remove(old))
}
