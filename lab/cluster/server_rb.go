package cluster

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tournant/internal/config"
	"tournant/lab/network"
)

// configure writes what is in /etc/opscode on every host.
func (c Config) configure(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "chef-server.rb"), []byte(c.serverRB()), 0o600); err != nil {
		return err
	}
	if err := c.writeNames(dir); err != nil {
		return err
	}
	var none *config.Secrets
	made := map[config.SecretName]config.Secret{}
	for _, name := range []config.SecretName{config.SecretDatabase, config.SecretVRRP, config.SecretStats, config.SecretHA} {
		var b [32]byte
		_, _ = rand.Read(b[:]) // never fails
		made[name] = config.Secret(hex.EncodeToString(b[:]))
	}
	all, err := none.With(made)
	if err != nil {
		return err
	}
	text, err := all.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, config.SecretsFile), text, 0o600)
}

// serverRB is the page's, for this network.
func (c Config) serverRB() string {
	var b strings.Builder
	fmt.Fprintf(&b, `topology "ha"
api_fqdn %q
ha['provider'] = 'aws'
ha['aws_access_key_id'] = %q
ha['aws_secret_access_key'] = %q
ha['aws_region'] = %q
ha['aws_endpoint'] = %q
ha['ebs_volume_id'] = %q
ha['ebs_device'] = '/dev/xvdf'
backend_vip 'be.example.com', :ipaddress => '%s', :device => %q, :heartbeat_device => %[8]q
`, APIFQDN, AccessKey, SecretKey, Region, Endpoint(), VolumeID, VIP, Device)
	if c.Advert > 0 {
		fmt.Fprintf(&b, "keepalived['vrrp_instance_advert_int'] = %g\n", c.Advert.Seconds())
	}
	for _, h := range c.Instances() {
		fmt.Fprintf(&b, "server '%s', :ipaddress => '%s', :role => '%s'", h.Name, h.Address, h.Role)
		if h.Name == Backends[0] {
			b.WriteString(", :bootstrap => true")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// writeNames lets hosts know each other without a DNS.
func (c Config) writeNames(dir string) error {
	hosts := "127.0.0.1 localhost\n" + VIP.String() + " " + APIFQDN + "\n"
	for _, h := range c.Instances() {
		hosts += h.Address.String() + " " + h.Name + "\n"
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "hosts"), []byte(hosts), 0o644),
		os.WriteFile(filepath.Join(dir, "resolv.conf"), []byte{}, 0o644),
	)
}

// Endpoint is where EC2 answers: at the subnet's router.
func Endpoint() string { return fmt.Sprintf("http://%s:%d/", subnet.Masked().Addr().Next(), apiPort) }

const (
	apiPort     = 8080
	metadataAPI = "80"
)

// awsHost is where AWS listens.
const awsHost = network.AWS
