package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/ha"
)

func TestRecordsAreKept(t *testing.T) {
	dir := t.TempDir()
	r := recordsIn(dir)
	if got, err := r.load(); err != nil || got != (ha.Record{}) {
		t.Errorf("without any: %+v, %v", got, err)
	}
	for _, want := range []ha.Record{
		{Maintenance: true, ForcedAt: 1780000000, Took: true, Forces: 3}, {Held: true}, {Served: ha.Epoch{Number: 7, Mark: 1<<63 + 1, Node: ha.Self}}, {},
	} {
		if err := r.save(want); err != nil {
			t.Fatal(err)
		}
		if got, err := recordsIn(dir).load(); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	if info, err := os.Stat(r.file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// What cannot be written leaves what was there.
func TestARecordIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	r := recordsIn(dir)
	want := ha.Record{Held: true}
	if err := r.save(want); err != nil {
		t.Fatal(err)
	}
	// A directory cannot be replaced by a file: the rename fails after the write.
	blocked := recordsIn(filepath.Join(dir, "sub"))
	if err := os.MkdirAll(blocked.file+"/x", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := blocked.save(want); err == nil {
		t.Error("a record took a directory's place")
	}
	if names, err := os.ReadDir(filepath.Dir(blocked.file)); err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	// A half-written file of an agent that was killed is no record.
	if err := os.WriteFile(filepath.Join(dir, ".new-123"), []byte(`{"version":1,"he`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := r.load(); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// A record that is not understood is not taken for none: it may hold this node
// back.
func TestRecordsThatAreNotUnderstood(t *testing.T) {
	for content, want := range map[string]string{
		"":                           "remove it",
		"{":                          "remove it",
		`{"version":2}`:              "upgrade this host",
		`{"version":1,"held":"yes"}`: "remove it",
	} {
		r := recordsIn(t.TempDir())
		if err := os.WriteFile(r.file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := r.load(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %s", content, got, err, want)
		}
	}
}
