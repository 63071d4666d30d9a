package nspawn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Cache is where bases are kept for all labs of this host.
const Cache = "/var/cache/tournant-lab"

// recipe numbers how a base is made: another one has another directory.
const recipe = 3

// included are the packages of a base beyond Debian's least: what an image of EC2 has
// that people use in a shell.
const included = "systemd,systemd-sysv,dbus,udev,kmod,iproute2,iputils-ping,procps,curl,ca-certificates,less,sudo"

// installable is what can be installed without a network, and what that needs.
var installable = []string{"keepalived", "nftables", "lvm2", "e2fsprogs", "fdisk", "postgresql"}

// idle are units that a machine of a lab has no use for.
var idle = []string{
	"systemd-logind.service", "getty.target", "console-getty.service", "systemd-networkd.service", "systemd-resolved.service",
	"systemd-timesyncd.service", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer",
	"e2scrub_all.timer", "e2scrub_reap.service", "dev-hugepages.mount", "sys-fs-fuse-connections.mount",
}

// Base is the tree of a Debian 12 in cache, which is made if it is not there: a
// minute, and 300 MB of downloads. What is done goes to out.
func Base(ctx context.Context, cache string, out io.Writer) (string, error) {
	base := filepath.Join(cache, fmt.Sprintf("bookworm-%d", recipe))
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(base+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(base); err == nil || !errors.Is(err, os.ErrNotExist) {
		return base, err
	}
	b := builder{ctx, base + ".part", out}
	if err := b.build(filepath.Join(cache, "debs")); err != nil {
		return "", fmt.Errorf("nspawn: make %s: %w", base, err)
	}
	return base, os.Rename(b.root, base)
}

// A builder makes a base in root.
type builder struct {
	ctx  context.Context
	root string
	out  io.Writer
}

func (b builder) build(debs string) error {
	if err := errors.Join(os.RemoveAll(b.root), os.MkdirAll(debs, 0o755)); err != nil {
		return err
	}
	if err := b.run("debootstrap", "--variant=minbase", "--cache-dir="+debs, "--include="+included, "bookworm", b.root); err != nil {
		return err
	}
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return err
	}
	if err := b.write("etc/resolv.conf", string(resolver)); err != nil {
		return err
	}
	get := append([]string{b.root, "apt-get", "install", "-q", "-y", "--download-only", "--no-install-recommends"}, installable...)
	err = errors.Join(b.run("chroot", b.root, "apt-get", "update", "-q"), b.run("chroot", get...))
	if err != nil {
		return err
	}
	return errors.Join(b.write("etc/resolv.conf", ""), b.settle())
}

// networkSettings lets a machine set what is its network's own. nspawn does for
// networks that it has made itself, and then hides /sys/block.
const networkSettings = `[Unit]
DefaultDependencies=no
Before=systemd-sysctl.service sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=mount --bind /proc/sys/net /proc/sys/net
ExecStart=mount -o remount,bind,rw /proc/sys/net
[Install]
WantedBy=sysinit.target
`

// settle makes it the disk of any machine: with a number of its own after the first
// boot, a journal that outlives a power cut, and nothing that waits for a network.
func (b builder) settle() error {
	return errors.Join(
		b.run("chroot", append([]string{b.root, "systemctl", "--quiet", "mask"}, idle...)...),
		b.write("etc/systemd/system/network-settings.service", networkSettings),
		b.run("chroot", b.root, "systemctl", "--quiet", "enable", "network-settings.service"),
		b.write("etc/machine-id", ""),
		b.write("etc/systemd/journald.conf.d/lab.conf", "[Journal]\nStorage=persistent\nSystemMaxUse=64M\nSyncIntervalSec=5s\n"),
		b.write("etc/sudoers.d/lab", "Defaults env_keep += \"DEBIAN_FRONTEND\"\n"),
		// They install from what was downloaded.
		b.write("etc/apt/apt.conf.d/90lab", "APT::Install-Recommends \"false\";\n"),
	)
}

func (b builder) write(name, text string) error {
	name = filepath.Join(b.root, name)
	return errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644))
}

func (b builder) run(name string, args ...string) error {
	c := exec.CommandContext(b.ctx, name, args...)
	c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	c.Stdout, c.Stderr = b.out, b.out
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
