package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tournant/internal/config"
	"tournant/internal/ha/agent"
	"tournant/internal/setup"
)

func haAgentCommand() *cobra.Command {
	var file string
	var places agent.Places
	var drop bool
	c := &cobra.Command{
		Use:   "ha-agent",
		Short: "Run the HA agent of a backend",
		Long: `Run the HA agent of a backend: it makes this host primary or standby, and
proves every second that the volume is still this host's.

tournant-ha.service runs it. On a signal to end it hands over what this host
has, waits until that is done, and ends.`,
		Example: "  tournant ha-agent --config /etc/opscode/chef-server.rb\n" +
			"  tournant ha-agent --drop    # without an agent: nothing leaves from the VIP, it is not here, and keepalived is silent",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if drop {
				return dropAgent(file, places)
			}
			return agent.Alone(places, func() error {
				cfg, err := agentConfig(file, places)
				if err != nil {
					return err
				}
				a, err := agent.New(c.Context(), cfg, os.Stderr)
				if err != nil {
					return err
				}
				return a.Run(c.Context())
			})
		},
	}
	f := c.Flags()
	f.StringVar(&file, "config", setup.ConfigFile, "chef-server.rb; the secrets are beside it")
	f.BoolVar(&drop, "drop", false, "end the lease, take the VIP off this host, silence keepalived, and end")
	f.StringVar(&places.State, "state", "", "directory of the agent's record and socket (default /var/opt/opscode/ha)")
	f.StringVar(&places.Run, "run", "", "directory that is empty after a reboot (default /run/tournant-ha)")
	f.StringVar(&places.Keepalived, "keepalived", "", "directory of keepalived's configuration (default /var/opt/opscode/keepalived)")
	f.StringVar(&places.Postgres, "postgresql", "", "directory of PostgreSQL's configuration (default /var/opt/opscode/postgresql)")
	f.StringVar(&places.Socket, "postgresql-socket", "", "directory of PostgreSQL's socket (default /run/tournant-postgresql)")
	f.StringVar(&places.Sys, "sys", "", "where the kernel shows its devices (default /sys)")
	f.StringVar(&places.Dev, "dev", "", "where the files of devices are (default /dev)")
	f.StringVar(&places.Processes, "processes", "", "run services as plain processes, in control groups in this `DIR` of a cgroup2, where systemd does not run")
	return c
}

// dropAgent ends what an agent that is gone left to keepalived, the kernel and the
// network interface. The first needs no configuration.
func dropAgent(file string, places agent.Places) error {
	silenced := agent.Silence(places)
	cfg, err := agentConfig(file, places)
	if err == nil {
		err = agent.Drop(cfg)
	}
	return errors.Join(silenced, err)
}

// agentConfig is what chef-server.rb says of this host's agent.
func agentConfig(file string, places agent.Places) (agent.Config, error) {
	host, err := thisHost()
	if err != nil {
		return agent.Config{}, err
	}
	c, err := config.Load(file, config.Env{Host: host, Getenv: os.LookupEnv})
	if err != nil {
		return agent.Config{}, err
	}
	cfg, err := agent.From(c, places, version)
	if err != nil {
		return agent.Config{}, fmt.Errorf("the HA agent: %w", err)
	}
	return cfg, nil
}
