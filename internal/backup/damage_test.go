package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/backup"
	"tournant/internal/datadir"
	"tournant/internal/store"
)

// tree is every file below dir with its content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		files[path] = read(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// refused restores an archive that must be refused with nothing changed.
func refused(t *testing.T, name string, archive []byte, dir string, want error) {
	t.Helper()
	before := tree(t, filepath.Dir(dir))
	file := filepath.Join(t.TempDir(), "archive")
	write(t, file, string(archive))
	_, err := backup.Restore(t.Context(), file, dir, backup.RestoreOptions{Now: now})
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", name, err, want)
	}
	if diff := cmp.Diff(before, tree(t, filepath.Dir(dir))); diff != "" {
		t.Errorf("%s: changed files:\n%s", name, diff)
	}
}

func TestDamagedArchivesChangeNothing(t *testing.T) {
	s := newServer(t)
	whole := []byte(read(t, s.backup(t)))
	s.close(t)
	for _, part := range []int{0, 1, 10, 100, len(whole) / 2, len(whole) - 9, len(whole) - 1} {
		refused(t, fmt.Sprintf("cut at %d of %d", part, len(whole)), whole[:part], s.dir, backup.ErrInvalid)
	}
	for i := 40; i < len(whole); i += len(whole)/25 + 1 {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x10
		if content, err := decompress(flipped); err == nil && bytes.Equal(content, plain(t, whole)) {
			continue // a bit that decides nothing
		}
		refused(t, fmt.Sprintf("bit flipped in byte %d", i), flipped, s.dir, backup.ErrInvalid)
	}
	refused(t, "more after the end", append(bytes.Clone(whole), "more"...), s.dir, backup.ErrInvalid)
}

// entry is one entry of an archive made by hand.
type entry struct {
	tar.Header
	content string
}

func regular(name, content string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600}, content}
}

// archive makes an archive whose manifest is true to files.
func archive(t testing.TB, files []entry, more ...entry) []byte {
	t.Helper()
	type described struct {
		Name   string `json:"name"`
		Size   int    `json:"size"`
		SHA256 string `json:"sha256"`
	}
	var list []described
	for _, f := range files {
		list = append(list, described{f.Name, len(f.content), fmt.Sprintf("%x", sha256.Sum256([]byte(f.content)))})
	}
	manifest, err := json.Marshal(map[string]any{"format": 1, "files": list})
	if err != nil {
		t.Fatal(err)
	}
	return pack(t, append(append([]entry{regular("manifest.json", string(manifest))}, files...), more...))
}

func pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	tw := tar.NewWriter(gz)
	for _, e := range entries {
		e.Size = int64(len(e.content))
		if err := tw.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(tw, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestForeignArchivesChangeNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, datadir.SuperuserKey), "old")
	key := regular(datadir.SuperuserKey, "new")
	link := entry{tar.Header{Typeflag: tar.TypeSymlink, Name: datadir.SuperuserKey, Linkname: "/etc/passwd"}, ""}
	for name, data := range map[string][]byte{
		"not compressed":      []byte("plain"),
		"no manifest":         pack(t, []entry{key}),
		"empty":               archive(t, nil),
		"parent directory":    archive(t, []entry{regular("../"+datadir.SuperuserKey, "new")}),
		"absolute path":       archive(t, []entry{regular("/tmp/"+datadir.SuperuserKey, "new")}),
		"unknown file":        archive(t, []entry{regular("server.json", "{}")}),
		"a file twice":        archive(t, []entry{key, key}),
		"entry not listed":    archive(t, []entry{key}, regular("../evil", "x")),
		"entry missing":       pack(t, []entry{regular("manifest.json", `{"format":1,"files":[{"name":"pivotal.pem","size":3}]}`)}),
		"another entry":       pack(t, []entry{regular("manifest.json", `{"format":1,"files":[{"name":"pivotal.pem","size":1}]}`), regular("../x", "x")}),
		"symbolic link":       pack(t, []entry{regular("manifest.json", `{"format":1,"files":[{"name":"pivotal.pem"}]}`), link}),
		"negative size":       pack(t, []entry{regular("manifest.json", `{"format":1,"files":[{"name":"pivotal.pem","size":-1}]}`), key}),
		"later format":        pack(t, []entry{regular("manifest.json", `{"format":2,"files":[{"name":"pivotal.pem","size":3}]}`), key}),
		"manifest is no JSON": pack(t, []entry{regular("manifest.json", `{"format":1,`), key}),
	} {
		refused(t, name, data, dir, backup.ErrInvalid)
	}
	refused(t, "database that is none", archive(t, []entry{regular(store.FileName, "no database")}), dir, store.ErrDamaged)
}

// TestDamagedDatabase breaks pages before the backup is made: every checksum
// of the archive holds, the database does not.
func TestDamagedDatabase(t *testing.T) {
	s := newServer(t)
	for i := range 50 {
		if err := s.putNode(t.Context(), fmt.Sprintf("node-%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	snapshot := filepath.Join(t.TempDir(), "copy")
	if _, err := store.Copy(t.Context(), s.dir, snapshot, nil); err != nil {
		t.Fatal(err)
	}
	s.close(t)
	content := []byte(read(t, snapshot))
	for i := 4096 * 3; i < len(content); i += 4096 {
		copy(content[i:], bytes.Repeat([]byte{0xff}, 64))
	}
	refused(t, "broken pages", archive(t, []entry{regular(store.FileName, string(content))}), s.dir, store.ErrDamaged)
}

// FuzzRestore feeds archives whose compression is sound, so that what is
// inside is reached.
func FuzzRestore(f *testing.F) {
	f.Add(plain(f, archive(f, []entry{regular(datadir.SuperuserKey, "new")})))
	f.Add(plain(f, archive(f, []entry{regular("../x", "new")})))
	f.Add(plain(f, archive(f, []entry{regular(store.FileName, "no database")})))
	f.Fuzz(func(t *testing.T, content []byte) {
		top := t.TempDir()
		dir := filepath.Join(top, "data")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		var compressed bytes.Buffer
		gz := gzip.NewWriter(&compressed)
		if _, err := gz.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := gz.Close(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(top, "archive")
		write(t, file, compressed.String())
		_, _ = backup.Restore(t.Context(), file, dir, backup.RestoreOptions{Now: now})
		entries, err := os.ReadDir(top)
		if err != nil || len(entries) != 2 {
			t.Errorf("beside the data directory: %v, %v", entries, err)
		}
	})
}

func plain(t testing.TB, archive []byte) []byte {
	t.Helper()
	content, err := decompress(archive)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func decompress(archive []byte) ([]byte, error) {
	gz, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(gz)
}
