package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tournant/internal/config/rb"
)

// HTTP is where and how the API is served.
type HTTP struct {
	Listen string `json:"listen"` // host:port with TLS

	// PlainListen is host:port without TLS: it leads to the one with, or
	// serves as well. Empty: not at all.
	PlainListen string `json:"plain_listen,omitempty"`
	PlainServes bool   `json:"plain_serves"`

	// The certificate is self-signed for Names where there is no file.
	Certificate    string   `json:"ssl_certificate,omitempty"`
	CertificateKey string   `json:"ssl_certificate_key,omitempty"`
	Names          []string `json:"names"`

	givenCertificate string // as chef-server.rb has it

	// BaseURL is the base of every URL in answers; empty: the request's Host.
	BaseURL string `json:"base_resource_url,omitempty"`
}

func (r *reader) http(c *Config) HTTP {
	h := HTTP{PlainServes: r.flag("nginx", "enable_non_ssl", false), BaseURL: r.baseURL()}
	host := "0.0.0.0"
	if r.flag("nginx", "enable_ipv6", c.IPv6) || c.IPv6 {
		host = "::" // and IPv4 with it
	}
	h.Listen = r.listen("ssl_port", host, 443)
	if v, ok := r.get("nginx", "non_ssl_port"); !ok || v.Kind != rb.Bool || v.Bool {
		h.PlainListen = r.listen("non_ssl_port", host, 80)
	}
	h.Certificate, h.CertificateKey = r.certificate()
	h.givenCertificate = h.Certificate
	h.Names = []string{c.APIFQDN}
	for _, name := range []string{r.text("nginx", "server_name", ""), r.text("lb", "api_fqdn", ""), c.Host} {
		if name = strings.ToLower(name); name != "" && !slices.Contains(h.Names, name) {
			h.Names = append(h.Names, name)
		}
	}
	return h
}

// listen reads a port, or an address and a port as some files have it.
func (r *reader) listen(key, host string, fallback int64) string {
	v, _ := r.get("nginx", key)
	if v.Kind == rb.String && strings.Contains(v.Text, ":") {
		if at, err := netip.ParseAddrPort(v.Text); err == nil && at.Port() > 0 {
			return v.Text
		}
		r.mistake(v.Line, "Write the port: 443.", "%s = %q is no port", setting("nginx", key), v.Text)
		return ""
	}
	port := fallback
	if v.Kind != rb.Bool {
		port = r.whole("nginx", key, fallback, 1, 65535)
	}
	return net.JoinHostPort(host, strconv.FormatInt(port, 10))
}

// certificate reads the two files, of which one alone is of no use. Whether
// they can be read is asked by who may read them.
func (r *reader) certificate() (cert, key string) {
	cert, key = r.text("nginx", "ssl_certificate", ""), r.text("nginx", "ssl_certificate_key", "")
	v, _ := r.get("nginx", "ssl_certificate")
	other, _ := r.get("nginx", "ssl_certificate_key")
	line := max(v.Line, other.Line)
	for _, file := range []string{cert, key} {
		if file != "" && !filepath.IsAbs(file) {
			r.mistake(line, "Write its whole path.", "%s is no absolute path", file)
		}
	}
	if (cert == "") != (key == "") {
		r.mistake(line, "Set both, or none for a self-signed certificate.", "nginx['ssl_certificate'] and nginx['ssl_certificate_key'] belong together")
	}
	return cert, key
}

// CheckFiles tells of files that the configuration names and that this process
// cannot read.
func (c *Config) CheckFiles() []Problem {
	var problems []Problem
	files := []string{c.HTTP.Certificate, c.HTTP.CertificateKey}
	if c.Database != nil {
		files = append(files, c.Database.RootCert)
	}
	for _, file := range files {
		if file == "" {
			continue
		}
		f, err := os.Open(file)
		if err != nil {
			problems = append(problems, Problem{File: c.File, Text: err.Error(), Advice: "Put it there, or correct the path.", Exit: exitMistake})
			continue
		}
		_ = f.Close() // read only
	}
	return problems
}

func (r *reader) baseURL() string {
	v, ok := r.get("opscode_erchef", "base_resource_url")
	if !ok || v.Text == "host_header" {
		return ""
	}
	u, err := url.Parse(v.Text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" {
		r.mistake(v.Line, "Write 'https://chef.example.com', or :host_header.", "opscode_erchef['base_resource_url'] is no URL")
	}
	return strings.TrimSuffix(v.Text, "/")
}
