package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"

	"tournant/internal/store"
)

// maxManifest bounds what is read before anything is known of an archive.
const maxManifest = 1 << 20

// unpack writes the files of an archive that accept takes into the directory
// dir and returns what they are. Every byte has been checked when it returns
// without an error.
func unpack(ctx context.Context, archive io.Reader, dir string, progress Progress, accept func(*manifest) error) (*manifest, error) {
	gz, err := gzip.NewReader(archive)
	if err != nil {
		return nil, invalid(err)
	}
	tr := tar.NewReader(gz)
	m, err := readManifest(tr)
	if err != nil {
		return nil, err
	}
	if err := accept(m); err != nil {
		return nil, err
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := unpackFile(tr, dir, f, progress); err != nil {
			return nil, err
		}
	}
	if h, err := tr.Next(); !errors.Is(err, io.EOF) {
		return nil, invalid(fmt.Errorf("more in it than its manifest says: %v: %w", h, err))
	}
	// The checksum of the compressed stream comes after the last entry.
	if _, err := io.Copy(io.Discard, gz); err != nil {
		return nil, invalid(err)
	}
	return m, nil
}

func invalid(err error) error { return fmt.Errorf("%w: %w", ErrInvalid, err) }

func readManifest(tr *tar.Reader) (*manifest, error) {
	h, err := tr.Next()
	if err != nil {
		return nil, invalid(err)
	}
	if h.Name != manifestName || h.Typeflag != tar.TypeReg || h.Size > maxManifest {
		return nil, invalid(fmt.Errorf("it does not begin with %s", manifestName))
	}
	text, err := io.ReadAll(io.LimitReader(tr, maxManifest))
	if err != nil {
		return nil, invalid(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, invalid(fmt.Errorf("%s: %w", manifestName, err))
	}
	return &m, m.check()
}

func (m *manifest) check() error {
	if m.Format != formatNumber {
		return invalid(fmt.Errorf("format %d is not known to this release", m.Format))
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !known(f.Name) || seen[f.Name] || f.Size < 0 {
			return invalid(fmt.Errorf("it names %q", f.Name))
		}
		seen[f.Name] = true
	}
	if len(seen) == 0 {
		return invalid(errors.New("it is empty"))
	}
	if seen[dumpName] != (m.Postgres != nil) || seen[dumpName] && seen[store.FileName] {
		return invalid(errors.New("its manifest contradicts itself"))
	}
	return nil
}

func unpackFile(tr *tar.Reader, dir string, f file, progress Progress) (err error) {
	h, err := tr.Next()
	if err != nil {
		return invalid(fmt.Errorf("%s: %w", f.Name, err))
	}
	if h.Name != f.Name || h.Typeflag != tar.TypeReg || h.Size != f.Size {
		return invalid(fmt.Errorf("%q is not the %s of the manifest", h.Name, f.Name))
	}
	out, err := os.OpenFile(filepath.Join(dir, f.Name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	sum := sha256.New()
	target := &target{out: out}
	_, err = io.Copy(io.MultiWriter(target, sum, &meter{progress, "unpacking " + f.Name, 0, f.Size}), tr)
	if target.err != nil {
		return fmt.Errorf("unpack: %w", target.err)
	}
	if err != nil {
		return invalid(fmt.Errorf("%s: %w", f.Name, err))
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		return invalid(fmt.Errorf("%s has the checksum %s, not %s", f.Name, got, f.SHA256))
	}
	return out.Sync()
}

// target keeps the error of its file apart from those of the archive: a full
// disk is no damage.
type target struct {
	out io.Writer
	err error
}

func (t *target) Write(p []byte) (n int, err error) {
	n, err = t.out.Write(p)
	t.err = err
	return n, err
}
