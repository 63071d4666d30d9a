package search

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An index with damaged files is built again while the server runs, whether a
// search or the store itself meets the damage.
func TestDamagedFilesAreBuiltAgain(t *testing.T) {
	for _, when := range []string{"while open", "while closed"} {
		t.Run(when, func(t *testing.T) {
			dir, m := t.TempDir(), newMemory()
			x := mustOpen(t, dir, m)
			var want []string
			for i := range 20 {
				name := fmt.Sprintf("n%02d", i)
				want = append(want, name)
				m.put(org, nodeRef(name), `{"default":{"a":"b"}}`)
			}
			mustCatchUp(t, x, m, org)
			if err := x.db.Flush(); err != nil {
				t.Fatalf("flush: %v", err)
			}
			if when == "while closed" {
				mustClose(t, x)
			}
			damage(t, dir)
			if when == "while closed" {
				x = mustOpen(t, dir, m)
			}
			eventually(t, func() error {
				if err := x.CatchUp(t.Context(), org, m.head(org)); err != nil {
					return err
				}
				res, err := x.Search(t.Context(), Query{Org: org, Type: TypeNode, Text: "a:b", Rows: 100})
				var got []string
				for _, ref := range res.Refs {
					got = append(got, ref.Name)
				}
				if diff := cmp.Diff(want, got); err == nil && diff != "" {
					t.Errorf("found in a damaged index: (-want +got)\n%s", diff)
				}
				return err
			})
		})
	}
}

// damage spoils the tables of the store in dir.
func damage(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(storeDir(dir), "*.sst"))
	if err != nil || len(files) == 0 {
		t.Fatalf("tables %v, %v; want some", files, err)
	}
	for _, file := range files {
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		if err != nil {
			t.Fatalf("open table: %v", err)
		}
		if _, err := f.WriteAt([]byte("damage"), 30); err != nil {
			t.Fatalf("damage table: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Fatalf("close table: %v", err)
		}
	}
}

// eventually tries until there is no error.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("to the end: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
