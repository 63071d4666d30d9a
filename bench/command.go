package bench

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const example = `  # A node read and saved over 1, 8 and 32 connections, with the CPU of the server
  tournant bench --url https://127.0.0.1:8443 --user pivotal --key /var/opt/opscode/pivotal.pem \
    --pid 4711 get-node put-node

  # 500 simulated nodes, 32 of them at work at any time, for a minute; the figures as JSON
  tournant bench --url https://chef.example.net --user pivotal --key pivotal.pem \
    --clients 500 --connections 32 --duration 1m --json fleet.json fleet`

// Command returns the command "bench".
func Command() *cobra.Command {
	c := &config{}
	var names []string
	for _, l := range loads() {
		names = append(names, l.name)
	}
	cmd := &cobra.Command{
		Use:       "bench --url URL --user NAME --key FILE [flags] LOAD...",
		Short:     "Put load on a Chef server and measure it",
		Long:      long(),
		Example:   example,
		Args:      cobra.MatchAll(cobra.MinimumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(); err != nil {
				return err
			}
			cmd.SilenceUsage = true // from here on an error is not one of usage
			return run(cmd.Context(), c, args, output{cmd.OutOrStdout(), cmd.ErrOrStderr()})
		},
	}
	c.register(cmd)
	return cmd
}

func long() string {
	var text strings.Builder
	text.WriteString(`Put load on a Chef server, this one or any other, and print requests per second,
latencies, errors, and what the server's processes took for it.

What the loads need is created first, unless it exists: the organization (which
takes a superuser), 1,000 nodes, 100 cookbooks in five versions, an environment,
roles and a data bag. Use an organization that holds nothing else.

Loads:
`)
	for _, l := range loads() {
		fmt.Fprintf(&text, "  %-16s %s\n", l.name, l.about)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func (c *config) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.url, "url", "", "the server, http or https")
	f.StringVar(&c.user, "user", "", "user or client to sign as")
	f.StringVar(&c.keyFile, "key", "", "its private key, PEM `FILE`")
	f.StringVar(&c.org, "org", "bench", "organization; \"\" for a server without any")
	f.StringVar(&c.trust.CAFile, "ca", "", "PEM `FILE` of authorities to trust instead of the system's")
	f.BoolVar(&c.trust.Insecure, "insecure", false, "accept any certificate, as is always done on loopback")
	f.IntSliceVar(&c.connections, "connections", []int{1, 8, 32}, "connections, or runs, at the same time; each load is done with each number")
	f.DurationVar(&c.duration, "duration", 10*time.Second, "how long a line is measured")
	f.Float64Var(&c.rate, "rate", 0, "requests a second to offer, whatever the answers take; not for fleet (0: as many as are answered)")
	f.DurationVar(&c.warmup, "warmup", time.Second, "how long requests are sent before")
	f.DurationVar(&c.timeout, "timeout", time.Minute, "how long an answer may take")
	f.Uint64Var(&c.seed, "seed", 1, "decides documents, order and identities")
	f.BoolVar(&c.tlsPerRequest, "tls-per-request", false, "a new connection for every request (fleet always does)")
	f.IntVar(&c.nodes, "nodes", 1000, "nodes in the organization")
	f.IntVar(&c.clients, "clients", 100, "fleet: simulated nodes")
	f.IntVar(&c.keyCount, "keys", 16, "fleet: different keys that the simulated nodes share")
	f.IntVar(&c.rows, "rows", 10, "search: whole nodes asked for")
	f.BoolVar(&c.setup, "setup", true, "create what is missing before")
	f.IntSliceVar(&c.pids, "pid", nil, "processes of the server, whose CPU and memory are measured with those of their descendants")
	f.StringVar(&c.jsonFile, "json", "", "write the figures to `FILE` as JSON; - is the standard output")
	for _, name := range [...]string{"url", "user", "key"} {
		// It fails for flags that do not exist.
		_ = cmd.MarkFlagRequired(name)
	}
}
