package postgres_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"tournant/internal/postgres"
	"tournant/internal/systemd/plain"
	"tournant/internal/systemd/plain/plaintest"
)

// running is a cluster of a test, in directories as a backend has them.
type running struct {
	*postgres.Cluster
	settings postgres.Settings
	units    *plain.Units
	log      *os.File
}

const password = "a'quote\\and$more"

var loopback = netip.MustParseAddr("127.0.0.1")

func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// template is a cluster that is made once, since that takes a second or two,
// and copied by each test.
var template = sync.OnceValues(func() (string, error) {
	binaries, err := postgres.Binaries("/", 0)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return "", err
	}
	templateDir = dir
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL's user goes through it
		return "", err
	}
	c := postgres.OnVolume(dir, binaries)
	created, err := c.Create(context.Background())
	if err == nil && !created {
		err = errors.New("there was one already")
	}
	return c.Data, err
})

var templateDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if err := os.RemoveAll(templateDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// prepare makes a cluster that has not been started.
func prepare(t *testing.T) *running {
	t.Helper()
	binaries, err := postgres.Binaries("/", 0)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pg") // not t.TempDir, into which PostgreSQL's user cannot go
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	c := postgres.OnVolume(dir, binaries)
	c.Conf, c.Socket = filepath.Join(dir, "conf"), filepath.Join(dir, "run")
	who, err := c.Credential()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(c.Socket, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(c.Socket, int(who.Uid), int(who.Gid)); err != nil {
		t.Fatal(err)
	}
	r := &running{Cluster: c, settings: postgres.Settings{
		Address: loopback, Port: freePort(t), Clients: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Database: "tournant", Role: "opscode-pgsql", Connections: postgres.Connections(3, 18), Memory: 512 << 20,
	}}
	if r.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.log.Close() })
	made, err := template()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "--archive", made, c.Data).CombinedOutput(); err != nil {
		t.Fatalf("copy the cluster: %v: %s", err, out)
	}
	if changed, err := c.Configure(r.settings, certificate(t)); err != nil || !changed {
		t.Fatalf("configure: %t, %v", changed, err)
	}
	return r
}

// start starts the server as the agent does.
func (r *running) start(t *testing.T) {
	t.Helper()
	if r.units == nil {
		who, err := r.Credential()
		if err != nil {
			t.Fatal(err)
		}
		r.units, err = plain.New(plaintest.Group(t), map[string]plain.Unit{postgres.Unit: {
			Command: r.Command(r.settings), Credential: who, Stop: syscall.SIGINT, Output: r.log,
			Ready: func(ctx context.Context) error { return r.Ready(ctx, r.settings) },
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := r.units.Close(context.Background()); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Logf("PostgreSQL said:\n%s", r.said(t))
			}
		})
	}
	if err := r.units.Start(patience(t), postgres.Unit); err != nil {
		t.Fatal(err)
	}
}

// said is what the server logged.
func (r *running) said(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(r.log.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func certificate(t *testing.T) postgres.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "backend"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return postgres.Certificate{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
}
