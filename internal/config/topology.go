package config

import (
	"cmp"
	"strings"

	"tournant/internal/config/rb"
)

func (r *reader) topology() Topology {
	v, ok := r.word("topology")
	if !ok {
		return Standalone
	}
	r.spread = v.Line
	switch t := Topology(v.Text); t {
	case Standalone, Tier, HA:
		return t
	case "manual":
		r.warn(v.Line, "", "topology \"manual\" is taken for \"standalone\": there is one service, which needs no assembling")
		return Standalone
	}
	r.mistakes = append(r.mistakes, Problem{
		File: r.file, Line: v.Line, Exit: exitTopology,
		Text: "I do not understand topology " + cmp.Or(v.Text, v.Kind.String()) + " - try standalone, manual, ha, or tier", Advice: "",
	})
	return Standalone
}

func (r *reader) ipv6() bool {
	v, ok := r.word("ip_version")
	if ok && v.Text != "ipv4" && v.Text != "ipv6" {
		r.mistake(v.Line, `Write ip_version "ipv4" or "ipv6".`, "ip_version %q is neither ipv4 nor ipv6", v.Text)
	}
	return ok && v.Text == "ipv6"
}

// refuseChefBackend refuses what would silently put the state elsewhere than
// the file says.
func (r *reader) refuseChefBackend() {
	if v, ok := r.word("use_chef_backend"); ok && v.Truthy() {
		r.mistake(v.Line, "Set postgresql['external'] = true with its ['vip'], ['port'], ['db_superuser'] and ['db_superuser_password'].",
			"there is no chef-backend")
	}
}

// apiFQDN is the name that clients know the server by.
func (r *reader) apiFQDN(c *Config) {
	v, ok := r.word("api_fqdn")
	switch {
	case ok && v.Kind != rb.String:
		r.mistake(v.Line, "Write api_fqdn 'chef.example.com'.", "api_fqdn is %s, not a string", v.Kind)
		return
	case ok && !isHostName(v.Text):
		r.mistake(v.Line, "Write the name alone, without https:// and port: api_fqdn 'chef.example.com'.", "api_fqdn %q is no host name", v.Text)
		return
	case !ok && c.Topology != Standalone:
		r.mistake(r.spread, "Write api_fqdn 'chef.example.com': the name that clients use.", "topology %q needs api_fqdn", string(c.Topology))
		return
	case !ok:
		c.APIFQDN = c.Host
		return
	}
	c.APIFQDN = strings.ToLower(v.Text)
	if c.APIFQDN != v.Text {
		r.warn(v.Line, "Clients compare it with certificates in lower case.", "api_fqdn is taken as %s", c.APIFQDN)
	}
}

// isHostName tells whether a name could stand in a URL.
func isHostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for _, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("-._:[]", c) {
			return false
		}
	}
	return !strings.Contains(s, "..") && (strings.Count(s, ":") == 0 || strings.Count(s, ":") > 1)
}

// hostAttributes are what node['…'] knows.
func hostAttributes(fqdn string) map[string]string {
	name, domain, _ := strings.Cut(fqdn, ".")
	return map[string]string{"fqdn": fqdn, "hostname": name, "machinename": name, "domain": domain, "name": fqdn}
}
