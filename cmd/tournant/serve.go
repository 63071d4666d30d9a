package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/ctl"
	"tournant/internal/fdstore"
)

// serveOptions are the flags of `tournant serve`.
type serveOptions struct {
	data    string
	listen  string
	tls     string
	maxBody int64
	apiURL  string
	now     func() time.Time

	databaseFile string        // that holds the database's URL; "" for none
	database     string        // postgres:// URL; "" for SQLite in data
	failoverWait time.Duration // for which a request waits for it; 0 is the store's default
	connections  int           // to it; 0 is the store's default
	joins        bool          // another server founds it

	plainListen string     // where the port without TLS is; "" for none
	plainServes bool       // it serves the API, and does not only lead to TLS
	names       []string   // of a certificate that is made here
	api         apiOptions // none: defaultAPI

	readyKeys int

	sockets     *fdstore.Store // what listens already; nil: nothing
	leaveWithin time.Duration  // how long clients are told to come back on another connection before theirs is closed

	witness *frontendWitness // of a frontend of topology "ha"; else nil
}

// apiOptions shape answers.
type apiOptions struct {
	clockSkew    time.Duration // how far a request's timestamp may be off
	fileURLTTL   time.Duration // how long a URL of a file is good for
	nodeLicense  int           // the limit that /license tells of
	emailByWebUI bool          // e-mail addresses change through the web UI alone

	statsPassword string // of other hosts that read the metrics; "" for none
}

// defaultAPI has Chef's defaults: for URLs that of s3_url_ttl.
var defaultAPI = apiOptions{clockSkew: 15 * time.Minute, fileURLTTL: 900 * time.Second, nodeLicense: 25}

// defaultMaxBody is in bytes.
const defaultMaxBody = 2_000_000

// databaseURL returns where the database is said to be outside chef-server.rb,
// empty if nowhere. A URL holds a password, and a command line is for everybody
// to read.
func databaseURL(file string, getenv func(string) string) (string, error) {
	if file == "" {
		return getenv(ctl.DatabaseVariable), nil
	}
	url, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read where the database is: %w", err)
	}
	if len(bytes.TrimSpace(url)) == 0 {
		return "", fmt.Errorf("%s is empty: write a postgres:// URL into it", file)
	}
	return string(bytes.TrimSpace(url)), nil
}

func serveCommand() *cobra.Command {
	o := serveOptions{now: time.Now, readyKeys: readyKeys}
	var file string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the Chef server",
		Long: `Run the Chef server. The first start in a data directory creates the database,
the superuser pivotal and its key (pivotal.pem).

Several servers can share a PostgreSQL database, whose postgres:// URL stands in
a file or in ` + ctl.DatabaseVariable + `. The first to start on it gets the key; of topology
"ha" that is the primary backend, for which frontends wait.`,
		Example: "  tournant serve --data ./data --listen 127.0.0.1:8443",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			collectSooner()
			log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
			if file != "" {
				if err := o.configure(file, c.Flags().Changed, log); err != nil {
					return err
				}
			}
			if err := o.check(); err != nil {
				return err
			}
			o.sockets = fdstore.Inherited(log)
			s, err := openServer(c.Context(), o, log)
			if err != nil {
				return err
			}
			return s.Run(c.Context())
		},
	}
	f := c.Flags()
	f.StringVar(&file, "config", "", "chef-server.rb to take the settings from; other flags win over it (default none)")
	f.StringVar(&o.data, "data", "/var/opt/opscode", "directory that holds the server's state")
	f.StringVar(&o.databaseFile, "database-file", "", "`FILE` that holds the postgres:// URL of the database (default $"+ctl.DatabaseVariable+", else as in --config, else SQLite in the data directory)")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8443", "address to listen on")
	f.StringVar(&o.tls, "tls", "self-signed", "off, self-signed, or CERT,KEY (PEM files, read again on SIGHUP)")
	f.Int64Var(&o.maxBody, "max-body", defaultMaxBody, "largest JSON body in bytes")
	f.StringVar(&o.apiURL, "api-url", "", "base of every URL in answers (default the request's Host)")
	return c
}

// check refuses what would only be noticed when clients fail.
func (o *serveOptions) check() error {
	given, err := databaseURL(o.databaseFile, os.Getenv)
	if err != nil {
		return err
	}
	if given != "" {
		o.database = given
	}
	if o.maxBody < 1 {
		return fmt.Errorf("--max-body %d: give the largest JSON body in bytes, such as %d", o.maxBody, defaultMaxBody)
	}
	if o.apiURL == "" {
		return nil
	}
	u, err := url.Parse(o.apiURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return fmt.Errorf("--api-url %q: give a URL such as https://chef.example.com", o.apiURL)
	}
	o.apiURL = strings.TrimRight(o.apiURL, "/")
	return nil
}

// collectSooner has garbage collected at three quarters of what lives, where
// GOGC does not say otherwise: a tenth less memory under load for a twentieth
// more CPU a save (bench/RESULTS.md).
func collectSooner() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(75)
	}
}
