package main

import (
	"log/slog"
	"os"
	"time"

	"tournant/internal/config"
)

// configure takes the options from a chef-server.rb. A flag that was given
// wins over it.
func (o *serveOptions) configure(file string, given func(flag string) bool, log *slog.Logger) error {
	host, err := thisHost()
	if err != nil {
		return err
	}
	c, err := config.Load(file, config.Env{Host: host, Getenv: os.LookupEnv})
	if err != nil {
		return err
	}
	for _, w := range c.Warnings {
		log.Warn("configuration", "file", w.File, "line", w.Line, "problem", w.Text)
	}
	o.take(c, given)
	if c.Topology != config.HA || c.Role == config.Frontend {
		o.leaveWithin = leaveWithin // a backend's connections end with the VIP
	}
	if c.Topology != config.HA {
		return nil
	}
	return o.takeHA(c, given, log)
}

// take sets what the flags did not.
func (o *serveOptions) take(c *config.Config, given func(flag string) bool) {
	if c.Database != nil {
		o.database, o.failoverWait, o.connections = c.Database.URL(), time.Duration(c.Database.Wait), c.Database.PoolSize
	}
	if !given("listen") {
		o.listen, o.plainListen, o.plainServes = c.HTTP.Listen, c.HTTP.PlainListen, c.HTTP.PlainServes
	}
	if !given("tls") && c.HTTP.Certificate != "" {
		o.tls = c.HTTP.Certificate + "," + c.HTTP.CertificateKey
	}
	if !given("max-body") {
		o.maxBody = c.API.MaxBody
	}
	if !given("api-url") {
		o.apiURL = c.HTTP.BaseURL
	}
	o.names = c.HTTP.Names
	o.api = apiOptions{
		clockSkew: time.Duration(c.API.ClockSkew), fileURLTTL: time.Duration(c.API.FileURLTTL),
		nodeLicense: c.API.NodeLicense, emailByWebUI: c.API.EmailByUI,
		statsPassword: c.API.StatsPassword.Reveal(),
	}
	o.readyKeys = c.API.ReadyKeys
}
