package blob

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"testing/iotest"

	"tournant/internal/pgtest"
	"tournant/internal/store"
	"tournant/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// openDatabase returns the files of a new database with one organization.
func openDatabase(t *testing.T, db storetest.Database, opts Options) (*Database, *store.Store, int64) {
	t.Helper()
	s := db.Open(t, store.Options{})
	const key = "a key that nobody reads"
	_, err := s.Found(t.Context(), func() (store.Founding, error) {
		return store.Founding{SuperuserKey: key, WebUIKey: key, PresignKey: key}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	pivotal, err := s.User(t.Context(), store.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateOrg(t.Context(), store.NewOrg{Name: "acme", FullName: "Acme", Creator: pivotal.ID, ValidatorKey: key}); err != nil {
		t.Fatal(err)
	}
	org, _, err := s.Org(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(s, t.TempDir(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return d, s, org.ID
}

func content(size int) (data []byte, checksum, contentMD5 string) {
	data = make([]byte, size)
	rng := rand.New(rand.NewPCG(uint64(size), 1))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	sum := md5.Sum(data)
	return data, hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(sum[:])
}

func TestFilesComeBackAsTheyWent(t *testing.T) { storetest.OnEach(t, testFilesComeBackAsTheyWent) }

func testFilesComeBackAsTheyWent(t *testing.T, db storetest.Database) {
	d, _, org := openDatabase(t, db, Options{})
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 7} {
		data, sum, md := content(size)
		for range 2 { // the second finds the file there
			if err := d.Put(t.Context(), org, sum, md, iotest.HalfReader(bytes.NewReader(data))); err != nil {
				t.Fatalf("put %d bytes: %v", size, err)
			}
		}
		f, err := d.Get(t.Context(), org, sum)
		if err != nil {
			t.Fatalf("get %d bytes: %v", size, err)
		}
		if err := iotest.TestReader(f, data); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestPutRefuses(t *testing.T) { storetest.OnEach(t, testPutRefuses) }

func testPutRefuses(t *testing.T, db storetest.Database) {
	d, _, org := openDatabase(t, db, Options{MaxSize: 100})
	data, sum, md := content(100)
	_, otherSum, otherMD := content(99)
	large, largeSum, _ := content(101)
	broken := errors.New("connection reset")
	for _, test := range []struct {
		title, sum, md string
		body           io.Reader
		want           error
	}{
		{"another checksum", otherSum, "", bytes.NewReader(data), ErrDigest},
		{"another Content-MD5", sum, otherMD, bytes.NewReader(data), ErrDigest},
		{"no Content-MD5 at all", sum, "x", bytes.NewReader(data), ErrDigest},
		{"a byte too many", largeSum, "", bytes.NewReader(large), ErrTooLarge},
		{"a client that leaves", sum, md, io.MultiReader(bytes.NewReader(data[:50]), iotest.ErrReader(broken)), ErrReceive},
	} {
		if err := d.Put(t.Context(), org, test.sum, test.md, test.body); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.title, err, test.want)
		}
		if _, err := d.Get(t.Context(), org, test.sum); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s left a file: %v", test.title, err)
		}
	}
	if err := d.Put(t.Context(), org+1, sum, md, bytes.NewReader(data)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an organization that is not there: %v", err)
	}
	left, err := os.ReadDir(d.spool)
	if err != nil || len(left) > 0 {
		t.Errorf("the spool holds %v, %v", left, err)
	}
}

// What no file names goes, and takes no file that is named with it.
func TestSweep(t *testing.T) { storetest.OnEach(t, testSweep) }

func testSweep(t *testing.T, db storetest.Database) {
	d, s, org := openDatabase(t, db, Options{})
	data, sum, md := content(2*chunkSize + 1)
	if err := d.Put(t.Context(), org, sum, md, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	lost, err := s.BeginUpload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(2*sweepChunks + 1) {
		if err := s.AddChunk(t.Context(), lost, i, []byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AbandonUpload(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	if err := d.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.FileChunk(t.Context(), lost, 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("abandoned chunks are still there: %v", err)
	}
	if left, err := s.Unnamed(t.Context(), 0); err != nil || len(left) > 0 {
		t.Errorf("not swept: %v, %v", left, err)
	}
	f, err := d.Get(t.Context(), org, sum)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, data) {
		t.Errorf("a file was swept: %d bytes, %v", len(got), err)
	}
}

// An upload that is broken off while it is inserted leaves nothing to read, and
// what it left is swept at once.
func TestPutBrokenOff(t *testing.T) { storetest.OnEach(t, testPutBrokenOff) }

func testPutBrokenOff(t *testing.T, db storetest.Database) {
	d, s, org := openDatabase(t, db, Options{})
	data, sum, md := content(3 * chunkSize)
	ctx, cancel := context.WithCancel(t.Context())
	d.turn <- struct{}{} // no chunk gets its turn
	go cancel()
	if err := d.Put(ctx, org, sum, md, bytes.NewReader(data)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	<-d.turn
	if err := d.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Unnamed(t.Context(), -1); err != nil || len(left) > 0 {
		t.Errorf("not swept: %v, %v", left, err)
	}
}
