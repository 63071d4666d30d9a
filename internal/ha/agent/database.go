package agent

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"

	"golang.org/x/sys/unix"

	"tournant/internal/config"
	"tournant/internal/ha/link"
	"tournant/internal/keepalived"
	"tournant/internal/postgres"
	"tournant/internal/systemd"
)

// services makes PostgreSQL ready to be started, without the volume, and finds
// who starts it.
func (a *Agent) services(identity *link.Identity, files keepalived.Files) (*services, error) {
	binaries, err := postgres.Binaries("/", 0)
	if err != nil {
		return nil, err
	}
	cluster := postgres.OnVolume(a.cfg.Mount, binaries)
	cluster.Conf, cluster.Socket = a.cfg.Places.Postgres, a.cfg.Places.Socket
	settings, err := a.cfg.database()
	if err != nil {
		return nil, err
	}
	if err := postgres.BindAbsent("/proc", a.cfg.VIP); err != nil {
		return nil, err
	}
	certificate, key, err := identity.PEM(a.cfg.VIP)
	if err != nil {
		return nil, err
	}
	if _, err := cluster.Configure(settings, postgres.Certificate{Certificate: certificate, Key: key}); err != nil {
		return nil, err
	}
	var u units = systemdUnits{systemd.OnHost()}
	if a.cfg.Places.Processes != "" {
		if u, err = newProcesses(&a.cfg, cluster, settings, files); err != nil {
			return nil, err
		}
	}
	return newServices(u, cluster, settings, &a.cfg), nil
}

// database is how PostgreSQL is run: every server's API may log in, from its own
// address or, on the primary itself, from the VIP.
func (c *Config) database() (postgres.Settings, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return postgres.Settings{}, fmt.Errorf("ask for this host's memory: %w", err)
	}
	d := c.Server.Database
	s := postgres.Settings{
		Address: c.VIP, Port: d.Port, Database: d.Name, Role: d.User,
		Connections: postgres.Connections(len(c.Server.Servers), d.PoolSize), Memory: info.Totalram * uint64(info.Unit),
	}
	s.Clients = append(s.Clients, netip.PrefixFrom(c.VIP, c.VIP.BitLen()))
	for _, server := range c.Server.Servers {
		s.Clients = append(s.Clients, netip.PrefixFrom(server.Address, server.Address.BitLen()))
	}
	return s, nil
}

// LocalDatabase is the URL of PostgreSQL on the primary itself, by its socket,
// which knows root by the kernel's word.
func LocalDatabase(d *config.Database, socket string) string {
	u := url.URL{Scheme: "postgres", User: url.User(d.User), Path: "/" + d.Name, RawQuery: url.Values{
		"host": {socket}, "port": {strconv.Itoa(d.Port)},
	}.Encode()}
	return u.String()
}
