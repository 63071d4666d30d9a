package config

import (
	"net/netip"
	"slices"
	"strings"

	"tournant/internal/config/rb"
)

var serverOptions = []string{"ipaddress", "role", "bootstrap", "cluster_ipaddress"}

// servers reads the server entries, in their order.
func (r *reader) servers() []Server {
	var servers []Server
	for _, call := range r.result.Calls {
		if call.Word != "server" {
			continue
		}
		name, options, ok := r.entry(call, serverOptions)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(servers, func(s Server) bool { return s.Name == name }); i >= 0 {
			r.mistake(call.Line, "Keep one of the two.", "server %s is there already on line %d, and the later entry would hide it", name, servers[i].line)
			continue
		}
		servers = append(servers, r.server(name, options, call.Line))
	}
	return servers
}

func (r *reader) server(name string, options *rb.Hash, line int) Server {
	s := Server{Name: name, line: line}
	s.Address = r.address(options, "server "+name, line)
	role, _ := options.Get("role")
	s.Role = Role(role.Text)
	if s.Role != Backend && s.Role != Frontend {
		r.mistake(line, "Write :role => 'backend' or :role => 'frontend'.", "server %s: I dont have a role for you! Use 'backend' or 'frontend'", name)
	}
	bootstrap, _ := options.Get("bootstrap")
	if bootstrap.Kind != rb.Bool && bootstrap.Kind != rb.Nil {
		r.mistake(line, "Write :bootstrap => true, without quotes.", "server %s: :bootstrap is %s", name, bootstrap.Kind)
	}
	s.Bootstrap = bootstrap.Truthy()
	if _, ok := options.Get("cluster_ipaddress"); ok {
		r.warn(line, "", "server %s: :cluster_ipaddress has no meaning here: it was DRBD's", name)
	}
	return s
}

// entry takes apart `word 'name', option => value`.
func (r *reader) entry(call rb.Call, known []string) (name string, options *rb.Hash, ok bool) {
	form := "Write `" + call.Word + " 'NAME', :" + strings.Join(known, " => …, :") + " => …`."
	if len(call.Args) != 2 || call.Args[0].Kind != rb.String || call.Args[0].Text == "" || call.Args[1].Kind != rb.Object {
		r.mistake(call.Line, form, "%s needs a name and options", call.Word)
		return "", nil, false
	}
	name, options = call.Args[0].Text, call.Args[1].Hash
	for key := range options.All() {
		if slices.Contains(known, key) {
			continue
		}
		advice := form
		if near := rb.Nearest(key, known); near != "" {
			advice = "Did you mean :" + near + "?"
		}
		r.mistake(call.Line, advice, "%s %s: there is no option :%s", call.Word, name, key)
	}
	return name, options, true
}

// address reads :ipaddress, which is no name: whoever needs it cannot wait for
// one to be resolved.
func (r *reader) address(options *rb.Hash, whose string, line int) netip.Addr {
	v, ok := options.Get("ipaddress")
	if !ok || v.Kind == rb.Nil {
		r.mistake(line, "Add :ipaddress => '10.0.0.1', with its own.", "%s has no address", whose)
		return netip.Addr{}
	}
	address, err := netip.ParseAddr(v.Text)
	if err != nil {
		r.mistake(line, "Write it in digits, as in '172.31.24.97'.", "%s: %q is no IP address", whose, v.Text)
	}
	return address
}
