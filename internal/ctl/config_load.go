package ctl

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"tournant/internal/config"
	"tournant/internal/setup"
)

// configFlag lets a command look at another file than the installed one, for
// which nobody needs to be root.
func configFlag(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "config", "", "`FILE` to read (default "+setup.ConfigFile+", as root)")
}

// loadConfig reads the configuration and tells of its warnings.
func (a *app) loadConfig(file string) (*config.Config, error) {
	c, err := a.readConfig(file)
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings {
		a.note("WARN: %s", w)
	}
	return c, nil
}

// readConfig reads the configuration; "" is the installed one.
func (a *app) readConfig(file string) (*config.Config, error) {
	installed := file == ""
	if installed {
		if err := a.needRoot(); err != nil {
			return nil, err
		}
		file = a.path(setup.ConfigFile)
	}
	host, err := a.Host()
	if err != nil {
		return nil, err
	}
	env := config.Env{Host: host, Getenv: a.LookupEnv}
	c, err := config.Load(file, env)
	if installed && errors.Is(err, fs.ErrNotExist) {
		return a.withoutFile(file, env)
	}
	return c, err
}

// withoutFile is the configuration of a host that has no file: all defaults,
// unless it has one under the name of older releases.
func (a *app) withoutFile(file string, env config.Env) (*config.Config, error) {
	old := a.path(systemConfig, "private-chef.rb")
	if _, err := os.Lstat(old); err == nil {
		return nil, fail("%s is the name of older releases. Rename it: mv %s %s", old, old, file)
	}
	return config.Evaluate(file, "", env)
}
