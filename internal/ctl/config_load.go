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
	env, err := a.env(installed)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(file, env)
	if installed && errors.Is(err, fs.ErrNotExist) {
		return a.withoutFile(file, env)
	}
	return c, err
}

// env is what a configuration is read with. What the installed one takes from
// ENV is this shell's, or what the last reconfigure found in its own, and keeps
// for the services: sudo passes hardly anything on.
func (a *app) env(installed bool) (config.Env, error) {
	host, err := a.Host()
	if err != nil || !installed {
		return config.Env{Host: host, Getenv: a.LookupEnv}, err
	}
	kept, err := setup.KeptEnvironment(a.path(setup.EnvironmentFile))
	return config.Env{Host: host, Getenv: func(name string) (string, bool) {
		if value, ok := a.LookupEnv(name); ok {
			return value, true
		}
		value, ok := kept[name]
		return value, ok
	}}, err
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
