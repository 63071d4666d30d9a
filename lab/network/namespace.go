package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bridge is the name of the namespace that is no host's.
const bridge = "lab"

func (n *Network) namespace(host string) string { return n.config.Prefix + "-" + host }

// Path is the file of a host's network namespace, for nsenter --net and setns.
func (n *Network) Path(host string) string { return filepath.Join(namespaces, n.namespace(host)) }

// namespaces is where iproute2 keeps them.
const namespaces = "/run/netns"

// Command is a command that runs in the host's network. It is nsenter's rather
// than "ip netns exec", which would take /sys and the cgroups away.
func (n *Network) Command(ctx context.Context, host, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + n.Path(host), "--", name}, args...)...)
}

// Listen opens a socket in the host's network; accepting from it works from
// anywhere.
func (n *Network) Listen(host, network, address string) (l net.Listener, err error) {
	err = n.Do(host, func() error {
		l, err = (&net.ListenConfig{}).Listen(context.Background(), network, address)
		return err
	})
	return l, err
}

// Dial connects from the host's network to an IP address.
func (n *Network) Dial(ctx context.Context, host, network, address string) (c net.Conn, err error) {
	err = n.Do(host, func() error {
		c, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return err
	})
	return c, err
}

// Do runs f on a thread that is in the host's network. What f starts in other
// goroutines is not; sockets that it opens stay there.
func (n *Network) Do(host string, f func() error) error {
	namespace, err := os.Open(n.Path(host))
	if err != nil {
		return err
	}
	defer func() { _ = namespace.Close() }()
	result := make(chan error, 1)
	go onOwnThread(func() {
		if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
			result <- fmt.Errorf("enter the network of %s: %w", host, err)
			return
		}
		result <- f()
	})
	return <-result
}

// onOwnThread runs f in this goroutine on a thread that ends with it, so that
// nobody else gets what f made of it.
func onOwnThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	// The first thread cannot end, and is what the process looks like to others.
	done := make(chan struct{})
	go func() {
		defer close(done)
		onOwnThread(f)
	}()
	<-done
	runtime.UnlockOSThread()
}

// quiet turns IPv6 off, whose own traffic nobody here waits for.
func (n *Network) quiet(host string) error {
	return n.Do(host, func() error {
		err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0)
		if errors.Is(err, os.ErrNotExist) {
			return nil // a kernel without it
		}
		return err
	})
}

// Sweep removes the namespaces whose names begin with prefix and a dash, also
// after a crash of whoever made them. A namespace lives on while there are
// processes in it: the error names them.
func Sweep(prefix string) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(namespaces, prefix+"-*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range found {
		inside, err := processesIn(path)
		errs = append(errs, err, ip("netns", "delete", filepath.Base(path)))
		if len(inside) > 0 {
			errs = append(errs, fmt.Errorf("network namespace %s still has the processes %s", filepath.Base(path), strings.Join(inside, ", ")))
		}
	}
	return errors.Join(errs...)
}

// processesIn are the processes that have a network namespace as theirs.
func processesIn(path string) ([]string, error) {
	var want unix.Stat_t
	if err := unix.Stat(path, &want); err != nil {
		return nil, fmt.Errorf("network namespace %s: %w", path, err)
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		return nil, err
	}
	var inside []string
	for _, link := range links {
		var s unix.Stat_t
		if unix.Stat(link, &s) == nil && s.Ino == want.Ino && s.Dev == want.Dev {
			inside = append(inside, strings.Split(link, "/")[2])
		}
	}
	return inside, nil
}

// toolTime is ample for what only talks to the kernel.
const toolTime = 10 * time.Second

func ip(args ...string) error { return tool(nil, "ip", args...) }

// tool runs a command with that input.
func tool(input []byte, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), toolTime)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Stdin = bytes.NewReader(input)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}
