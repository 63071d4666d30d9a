package chef

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func serveManifest(t *testing.T, document string, form ManifestForm) map[string]any {
	t.Helper()
	m, err := NewManifest([]byte(document), form)
	if err != nil {
		t.Fatal(err)
	}
	served := m.Append(nil, func(dst []byte, sum string) []byte { return append(dst, "url-of-"+sum...) })
	var doc map[string]any
	if err := json.Unmarshal(served, &doc); err != nil {
		t.Fatalf("%v in %s", err, served)
	}
	return doc
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// Chef's rules of conversion: chef-api/cookbooks.md section 3.
func TestManifestForms(t *testing.T) {
	const (
		old = `{"name":"a-1.0.0","json_class":"C","frozen?":true,"metadata":{"version":"1.0.0","license":"x"},
			"recipes":[{"name":"default.rb","checksum":"1","url":"stale"}],"root_files":[{"name":"README","checksum":"2"}]}`
		current = `{"name":"a-1.0.0","metadata":{"version":"1.0.0","attributes":{"k":1},"long_description":"l","dependencies":{"b":"1"}},
			"all_files":[{"name":"recipes/default.rb","checksum":"1"},{"name":"README","checksum":"2"},{"name":"spec/x.rb","checksum":"3"},
			{"name":"files/default/deep.txt","checksum":"4"}]}`
	)
	for _, test := range []struct {
		title, document string
		form            ManifestForm
		want            string
	}{
		{"old as old", old, ManifestForm{}, `{"name":"a-1.0.0","json_class":"C","frozen?":true,
			"metadata":{"version":"1.0.0","license":"x","dependencies":{},"attributes":{},"long_description":""},
			"recipes":[{"name":"default.rb","checksum":"1","url":"url-of-1"}],"root_files":[{"name":"README","checksum":"2","url":"url-of-2"}]}`},
		{"old as current, minimal", old, ManifestForm{AllFiles: true, Minimal: true}, `{"name":"a-1.0.0","json_class":"C","frozen?":true,
			"metadata":{"version":"1.0.0","license":"x","dependencies":{}},
			"all_files":[{"name":"recipes/default.rb","checksum":"1","url":"url-of-1"},{"name":"root_files/README","checksum":"2","url":"url-of-2"}]}`},
		{"current as current", current, ManifestForm{AllFiles: true}, `{"name":"a-1.0.0",
			"metadata":{"version":"1.0.0","attributes":{"k":1},"long_description":"l","dependencies":{"b":"1"}},
			"all_files":[{"name":"recipes/default.rb","checksum":"1","url":"url-of-1"},{"name":"README","checksum":"2","url":"url-of-2"},
			{"name":"spec/x.rb","checksum":"3","url":"url-of-3"},{"name":"files/default/deep.txt","checksum":"4","url":"url-of-4"}]}`},
		{"current as old", current, ManifestForm{Minimal: true}, `{"name":"a-1.0.0","metadata":{"version":"1.0.0","dependencies":{"b":"1"}},
			"attributes":[],"definitions":[],"libraries":[],"providers":[],"resources":[],"templates":[],
			"files":[{"name":"default/deep.txt","checksum":"4","url":"url-of-4"}],
			"recipes":[{"name":"default.rb","checksum":"1","url":"url-of-1"}],"root_files":[{"name":"README","checksum":"2","url":"url-of-2"}]}`},
		{"artifact", old, ManifestForm{Artifact: true}, `{"name":"a-1.0.0","frozen?":true,"metadata":{"version":"1.0.0","license":"x"},
			"recipes":[{"name":"default.rb","checksum":"1","url":"url-of-1"}],"root_files":[{"name":"README","checksum":"2","url":"url-of-2"}]}`},
	} {
		t.Run(test.title, func(t *testing.T) {
			if diff := cmp.Diff(decode(t, test.want), serveManifest(t, test.document, test.form)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A manifest is served from its pieces: 200 files cost 200 calls of url and
// one copy.
func BenchmarkManifestAppend(b *testing.B) {
	document := []byte(`{"name":"a-1.0.0","metadata":{"version":"1.0.0"},"all_files":[`)
	for i := range 200 {
		if i > 0 {
			document = append(document, ',')
		}
		document = fmt.Appendf(document, `{"name":"files/f%d","path":"files/f%d","checksum":"%032x","specificity":"default"}`, i, i, i)
	}
	m, err := NewManifest(append(document, `]}`...), ManifestForm{AllFiles: true})
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, 0, 1<<20)
	for b.Loop() {
		dst = m.Append(dst[:0], func(dst []byte, sum string) []byte { return append(dst, sum...) })
	}
}
