package ctl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
	"tournant/internal/setup"
)

// haStatusOptions say how ha-status shows what it sees.
type haStatusOptions struct {
	json, watch bool
	interval    time.Duration
}

func (a *app) haStatus() *cobra.Command {
	var o haStatusOptions
	c := &cobra.Command{
		Use:   "ha-status",
		Short: "Tell whether this host is master or backup, and whether all is well",
		Long: `Tell whether this host is master or backup, and whether all is well: a line a
check, in the original's words, with the reason of what is not below it. On a
frontend: what it sees of the backends.

The exit code is 0 if all is well, else that of the last check that failed:
1 not set up, 2 a failover is under way, 3 the virtual IP address, 4 storage,
EC2 or the other host, 7 a service, 8 the network interface.

It works under watch(1), too.`,
		Example: "  " + name + " ha-status\n  " + name + " ha-status --watch",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.showHAStatus(c.Context(), o) },
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print the document that the lines are made from")
	f.BoolVarP(&o.watch, "watch", "w", false, "go on: redraw it on a terminal, else repeat it with the time")
	f.DurationVar(&o.interval, "interval", time.Second, "how long to wait between two looks with --watch")
	return c
}

func (a *app) showHAStatus(ctx context.Context, o haStatusOptions) error {
	if err := a.needRoot(); err != nil {
		return err
	}
	if o.interval < 100*time.Millisecond {
		return fail("Error: --interval %v: give at least 100ms.", o.interval)
	}
	c, err := a.readConfig("")
	if err != nil {
		return err
	}
	if !a.wasReconfigured() {
		return a.refuseHAStatus("cannot check HA status if you haven't completed a reconfigure")
	}
	view := a.view(c)
	if o.watch {
		return a.watchHAStatus(ctx, view, o)
	}
	s, err := view.Status(ctx)
	if errors.Is(err, hastatus.ErrNotHA) {
		return a.refuseHAStatus(err.Error())
	}
	if err != nil {
		return err
	}
	if err := a.printHAStatus(s, o.json); err != nil {
		return err
	}
	return failWith(s.ExitCode(), nil)
}

// wasReconfigured goes by what reconfigure keeps, or by what an agent does that
// was set up by hand.
func (a *app) wasReconfigured() bool {
	for _, file := range []string{setup.RunningFile, control.Socket} {
		if _, err := os.Lstat(a.path(file)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// refuseHAStatus is how the original says that there is nothing to look at.
func (a *app) refuseHAStatus(text string) error {
	a.print("[ERROR] %s", text)
	return failWith(1, nil)
}

func (a *app) printHAStatus(s *control.Status, asJSON bool) error {
	if asJSON {
		return a.showJSON("json", s)
	}
	return hastatus.Write(a.Stdout, s)
}

// watchHAStatus shows it until ctx ends, and returns the last code.
func (a *app) watchHAStatus(ctx context.Context, view *hastatus.View, o haStatusOptions) error {
	file, _ := a.Stdout.(*os.File)
	screen := file != nil && term.IsTerminal(int(file.Fd())) && !o.json
	code := 0
	for {
		s, err := view.Status(ctx)
		switch {
		case ctx.Err() != nil:
			return failWith(code, nil)
		case errors.Is(err, hastatus.ErrNotHA):
			return a.refuseHAStatus(err.Error())
		case err != nil:
			return err
		}
		code = s.ExitCode()
		if err := a.repeat(s, o, screen); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(o.interval):
		}
	}
}

// repeat shows one of many.
func (a *app) repeat(s *control.Status, o haStatusOptions, screen bool) error {
	if o.json { // a line each
		return json.NewEncoder(a.Stdout).Encode(s)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  %s\n\n", a.Now().Format("2006-01-02 15:04:05"), s.Host)
	if err := hastatus.Write(&b, s); err != nil {
		return err
	}
	text := b.Bytes()
	if screen {
		text = redrawn(text)
	}
	_, err := a.Stdout.Write(text)
	return err
}

// redrawn is a text that takes the place of the one before on a terminal: from
// its upper left corner, each line to its end, and nothing below (ECMA-48: CUP,
// EL, ED). A screen that is cleared first would flicker.
func redrawn(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\n"), []byte("\x1b[K\n"))
	return append(append([]byte("\x1b[H"), text...), "\x1b[J"...)
}
