package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"

	"tournant/bench/fixture"
	"tournant/bench/ohai"
	"tournant/bench/wire"
	"tournant/internal/signing"
)

// What the requests of a run are counted as.
const (
	labelRegister  = "POST clients"
	labelGetNode   = "GET node"
	labelCreate    = "POST nodes"
	labelRole      = "GET role"
	labelCollector = "POST data-collector"
	labelReport    = "POST reports"
	labelSolve     = "POST cookbook_versions"
	labelFile      = "GET cookbook file"
	labelItem      = "GET data bag item"
	labelSearch    = "GET search"
	labelRequired  = "GET required_recipe"
	labelSave      = "PUT node"
)

// fleetLabels returns them in the order of a first run.
func fleetLabels() []string {
	return []string{labelRegister, labelGetNode, labelCreate, labelRole, labelCollector, labelReport, labelSolve,
		labelFile, labelItem, labelSearch, labelRequired, labelSave}
}

// simulated is a node that chef-client runs on. One worker at a time uses it.
type simulated struct {
	fleet  *fleet
	node   *ohai.Node
	signer *signing.Signer
	public string // PEM
	ids    *rand.Rand
	saw    int64 // Unix time of the last run of ohai

	// Calls that are the same in every run.
	get, role, solve, item, search, required *wire.Call
}

// simulate makes the i-th node. Which key it has follows from the seed; the
// keys themselves are new each time.
func (f *fleet) simulate(i int) *simulated {
	ids := rand.New(rand.NewPCG(f.seed, uint64(i)))
	key := f.keys[ids.IntN(len(f.keys))]
	n := f.fixture.Client(i)
	s := &simulated{fleet: f, node: n, ids: ids, signer: f.sign(n.Name, key), public: publicPEM(key)}
	s.get = f.get(labelGetNode, "/nodes/"+n.Name)
	s.role = f.get(labelRole, "/roles/"+n.Role)
	s.solve = f.solve(labelSolve, n.Recipes[0], n.Recipes[1])
	s.item = f.get(labelItem, "/data/"+fixture.Bag+"/"+fixture.Item)
	s.search = f.get(labelSearch, "/search/node")
	s.search.Query = "q=" + url.QueryEscape("role:lb") + "&start=0&rows=1000"
	s.required = f.get(labelRequired, "/required_recipe")
	s.required.Accept = http.StatusNotFound
	return s
}

// firstRun returns what the first run on a host asks before and after it has
// fetched the cookbook files.
func (s *simulated) firstRun() (before, after []*wire.Call) {
	find := s.fleet.get(labelGetNode, "/nodes/"+s.node.Name)
	find.Accept = http.StatusNotFound
	solve := s.fleet.solve(labelSolve, s.node.Recipes[0], s.node.Recipes[1])
	solve.Whole = true
	before = append(before, find, s.create(), s.role)
	before = append(before, s.announce()...)
	return append(before, solve), s.recipe()
}

// steadyRun returns what every later run asks.
func (s *simulated) steadyRun() []*wire.Call {
	calls := append([]*wire.Call{s.get, s.role}, s.announce()...)
	return append(append(calls, s.solve), s.recipe()...)
}

// register returns the call by which the validator makes the client; at API
// version 0, as chef-client does.
func (s *simulated) register() *wire.Call {
	// Strings cannot fail to marshal.
	body, _ := json.Marshal(struct {
		Name      string `json:"name"`
		Admin     bool   `json:"admin"`
		PublicKey string `json:"public_key"`
	}{s.node.Name, false, s.public})
	call := s.fleet.post(labelRegister, "/clients", string(body))
	call.API = "0"
	return call
}

func (s *simulated) create() *wire.Call {
	return s.fleet.post(labelCreate, "/nodes", fmt.Sprintf(
		`{"name":%q,"chef_environment":%q,"json_class":"Chef::Node","automatic":{},"normal":{},"chef_type":"node","default":{},"override":{},"run_list":[]}`,
		s.node.Name, s.node.Environment))
}

// announce returns what the two reporters of chef-client try first; without
// the services behind them a server answers 404, and they keep still.
func (s *simulated) announce() []*wire.Call {
	id, began := s.uuid(), s.fleet.target.now().UTC().Format("2006-01-02T15:04:05Z")
	collector := s.fleet.post(labelCollector, "/data-collector", fmt.Sprintf(
		`{"chef_server_fqdn":%q,"entity_uuid":%q,"id":%q,"message_version":"1.0.0","message_type":"run_start","node_name":%q,"organization_name":%q,"run_id":%q,"source":"chef_client","start_time":%q}`,
		s.fleet.target.base.Hostname(), s.node.Name, id, s.node.Name, s.fleet.target.org, id, began))
	collector.Accept = http.StatusNotFound
	report := s.fleet.post(labelReport, "/reports/nodes/"+s.node.Name+"/runs", fmt.Sprintf(
		`{"action":"start","run_id":%q,"start_time":%q}`, id, began))
	report.Accept = http.StatusNotFound
	report.Header = "X-Ops-Reporting-Protocol-Version: 0.1.0\r\n"
	return []*wire.Call{collector, report}
}

// recipe returns what the recipe asks, and how a run ends.
func (s *simulated) recipe() []*wire.Call {
	return []*wire.Call{s.item, s.search, s.required, s.save()}
}

// save returns the PUT of the node as ohai sees it now; runs within a second
// see it a second apart, since a PUT that changes nothing is none.
func (s *simulated) save() *wire.Call {
	s.saw = max(s.fleet.target.now().Unix(), s.saw+1)
	at := s.saw
	call := s.fleet.get(labelSave, "/nodes/"+s.node.Name)
	call.Method = http.MethodPut
	call.Body = func(dst []byte) []byte { return s.fleet.fixture.AppendFull(dst, s.node, at) }
	return call
}

func (s *simulated) uuid() string {
	a, b := s.ids.Uint64(), s.ids.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}
