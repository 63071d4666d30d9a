package main

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"tournant/conformance/history"
	"tournant/internal/mutation"
)

// mutant is the program without one of its cache checks or waits.
type mutant struct {
	without, file string
	edits         []edit
}

type edit struct{ from, to string }

const readContainer = "found, err = c.store.Object(ctx, store.Ref{Org: id, Type: chef.TypeContainer, Name: name})\n\tif err != nil {\n\t\treturn nil, err\n\t}"

// mutants are all of them: whatever is kept in memory of what other servers may
// change is compared with the change log somewhere, and each place is here. Each
// must be found out, or TestHistories would not notice were it missing. What a
// cache does behind a log that was trimmed a day later is tested beside it.
var mutants = []mutant{
	{"the wait of a search for the index", "internal/api/search.go", []edit{{
		"return rq.Index.CatchUp(rq.Context(), rq.org.ID, rq.heads.Object)", "return nil",
	}}},
	// Some also take longer over what the change must fall into, or chance decides
	// when it does.
	{"another look after a run of the index that began before", "internal/search/follower.go", []edit{
		{"continue // it may have begun before head was written", "return nil"},
		{"if len(changes) < changesPage {", "time.Sleep(20 * time.Millisecond)\nif len(changes) < changesPage {"},
	}},
	{"the look at an actor's changes", "internal/identity/cache.go", []edit{{
		"delete(o.actors, change.Name)", "_ = o",
	}}},
	{"the look at a group's changes", "internal/identity/cache.go", []edit{{
		"clear(o.actors) // whose", "_ = o // whose",
	}}},
	{"the look at a container's changes", "internal/identity/cache.go", []edit{{
		"delete(o.containers, change.Name)", "_ = o",
	}}},
	{"the comparison with the organization's head", "internal/identity/cache.go", []edit{{
		"o.heads.Authz < h.Authz || o.heads.Server < h.Server", "o.heads.Server < h.Server",
	}}},
	{"the comparison with the server's head", "internal/identity/cache.go", []edit{{
		"o.heads.Authz < h.Authz || o.heads.Server < h.Server", "o.heads.Authz < h.Authz",
	}}},
	{"the organization's log", "internal/identity/cache.go", []edit{{
		"append(own, server...)", "append(own[:0], server...)",
	}}},
	{"the server's log", "internal/identity/cache.go", []edit{{
		"append(own, server...)", "append(own, server[:0]...)",
	}}},
	{"the check before an actor is kept", "internal/identity/cache.go", []edit{
		{"if o.isAt(h) {\n\t\tif len(o.actors) >= limit", "if true {\n\t\tif len(o.actors) >= limit"},
		{"found, err = c.load(ctx, id, name)", "found, err = c.load(ctx, id, name)\nfor range 10 {\n_, _ = c.load(ctx, id, name)\n}"},
	}},
	{"the check before a container is kept", "internal/identity/cache.go", []edit{
		{"if o.isAt(h) {\n\t\to.containers", "if true {\n\t\to.containers"},
		{readContainer, readContainer + "\nfor range 100 {\n_, _ = c.store.Object(ctx, found.Ref)\n}"},
	}},
	{"the comparison of a list with the head", "internal/listing/cache.go", []edit{{
		"if l.loaded && l.seq >= head {", "if l.loaded {",
	}}},
	{"packing a changed list anew", "internal/listing/cache.go", []edit{{
		"default:\n\t\treturn\n\t}\n\tclear(l.served)", "default:\n\t\treturn\n\t}",
	}}},
	{"the comparison of a catalog with the objects' head", "internal/catalog/cache.go", []edit{{
		"o.heads.Object >= h.Object && o.heads.Authz >= h.Authz", "o.heads.Authz >= h.Authz",
	}}},
	{"the comparison of a catalog with the permissions' head", "internal/catalog/cache.go", []edit{{
		"o.heads.Object >= h.Object && o.heads.Authz >= h.Authz", "o.heads.Object >= h.Object",
	}}},
	{"the edition of a manifest that is kept", "internal/catalog/manifests.go", []edit{
		{"m.lookup(key{v.ID, v.Edition, form})", "m.lookup(key{v.ID, 0, form})"},
		{"m.keep(key{row.ID, row.Edition, form}, manifest)", "m.keep(key{row.ID, 0, form}, manifest)"},
	}},
}

// mutantTime is how long clients have to find a mutant out. It takes them
// seconds, and beside others' work minutes.
const mutantTime = 6 * time.Minute

func TestHistoriesFindMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.without, func(t *testing.T) {
			program := m.build(t)
			_, err := runHistories(t, mutantTime, startProgram(t, program, t.TempDir()))
			var found *history.Violation
			if !errors.As(err, &found) {
				t.Errorf("nobody noticed: %v", err)
			}
		})
	}
}

// build builds the program with the file changed, which the work tree never
// sees.
func (m mutant) build(t *testing.T) string {
	t.Helper()
	var edits []mutation.Edit
	for _, e := range m.edits {
		edits = append(edits, mutation.Edit{File: m.file, Old: e.from, New: e.to})
	}
	dir := t.TempDir()
	overlay, err := mutation.Overlay("../..", dir, edits)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "tournant")
	if err := mutation.Build(t.Context(), overlay, ".", program); err != nil {
		t.Fatal(err)
	}
	return program
}
