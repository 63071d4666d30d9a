package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tournant/lab/cluster"
	"tournant/lab/failover"
	"tournant/lab/keeper"
	"tournant/lab/nspawn"
	"tournant/lab/page"
)

func (o *options) up() *cobra.Command {
	var bare bool
	var packages, profile string
	c := &cobra.Command{
		Use: "up", Short: "Bring the lab up, installed step by step as the documentation says", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := o.client().Status(c.Context()); err == nil {
				return errors.New("the lab is up already: lab/ctl status, lab/ctl down")
			}
			p, err := page.Find(packages)
			if err != nil && !bare {
				return err
			}
			if err := o.begin(c.Context(), profile, c.ErrOrStderr()); err != nil || bare {
				return err
			}
			steps := slices.Concat(page.Install(p), page.VerifyFailover())
			if err := page.Type(c.Context(), o.client(), steps, c.OutOrStdout()); err != nil {
				return fmt.Errorf("%w\nthe lab is left as it is: lab/ctl shell HOST, lab/ctl down", err)
			}
			return welcome(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&bare, "bare", false, "with nothing installed")
	c.Flags().StringVar(&packages, "packages", "dist", "directory of the packages")
	c.Flags().StringVar(&profile, "profile", "aws", "aws or instant: how long EC2 takes")
	return c
}

// verify needs be1 to be the primary, as it is after up, and leaves it so.
func (o *options) verify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Type the documentation's \"Verify failover\": be1 hands over, and gets it back", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return page.Type(c.Context(), o.client(), page.VerifyFailover(), c.OutOrStdout())
		},
	}
}

func welcome(w io.Writer) error {
	_, err := fmt.Fprint(w, `
The lab is up.
  lab/ctl status                    who is what
  lab/ctl verify                    hand over and back, once more
  lab/ctl shell be1                 a shell on be1, be2, fe1 or fe2; aws and client have a network alone
  lab/ctl shell client curl -ks https://172.31.30.47/_status
  lab/ctl fault power-cut primary   what can go wrong: lab/ctl fault --help
  lab/ctl heal                      all is well again
  lab/ctl down                      the end of it
`)
	return err
}

// begin starts the lab's keeper, and returns when its machines are on.
func (o *options) begin(ctx context.Context, profile string, out io.Writer) error {
	if err := keeper.Down(ctx, o.files(), o.prefix); err != nil {
		return err
	}
	if _, err := nspawn.Base(ctx, o.cache, out); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(o.files().Log(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	// It outlives this command.
	c := exec.Command(self, "serve", "--dir", o.dir, "--prefix", o.prefix, "--cache", o.cache, "--profile", profile) //nolint:noctx // until down
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return o.awaitUp(ctx, ended)
}

func (o *options) awaitUp(ctx context.Context, ended <-chan error) error {
	const often = 50 * time.Millisecond
	for {
		_, err := o.client().Status(ctx)
		if err == nil {
			return nil
		}
		select {
		case end := <-ended:
			text, _ := os.ReadFile(o.files().Log()) // to be told of; without it there is end
			return fmt.Errorf("the lab did not come up (%w):\n%s", end, text)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), keeper.Down(context.WithoutCancel(ctx), o.files(), o.prefix))
		case <-time.After(often):
		}
	}
}

// serve is the process that begin starts.
func (o *options) serve() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "serve", Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			profile, err := failover.FindProfile(name)
			if err != nil {
				return err
			}
			base, err := nspawn.Base(c.Context(), o.cache, os.Stderr)
			if err != nil {
				return err
			}
			made := cluster.Config{
				Dir: o.dir, Prefix: o.prefix, Hosts: &cluster.Debian{Base: base}, Frontends: 2, Seed: uint64(time.Now().UnixNano()),
				Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
			}
			profile.Apply(&made)
			return keeper.Keep(c.Context(), made)
		},
	}
	c.Flags().StringVar(&name, "profile", "aws", "")
	return c
}

func (o *options) status() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "status", Short: "Tell who is what", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := o.client().Status(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(s)
			}
			return s.Print(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return c
}
