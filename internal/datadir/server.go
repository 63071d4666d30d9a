package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"tournant/internal/atomicfile"
)

// Server tells where the server of a data directory listens. It is kept in a
// file from start to stop; one that was left behind by a crash means nothing,
// since its writer no longer holds the lock.
type Server struct {
	PID         int       `json:"pid"`
	Address     string    `json:"address"`               // host:port as bound
	Scheme      string    `json:"scheme"`                // http or https
	Certificate string    `json:"certificate,omitempty"` // absolute path, PEM
	StartedAt   time.Time `json:"started_at"`
}

// Announce keeps s in the directory.
func (l *Lock) Announce(s Server) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("announce server: %w", err)
	}
	file := filepath.Join(l.dir, serverFile)
	if err := atomicfile.WriteVolatile(file, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("announce server: %w", err)
	}
	return nil
}

// Withdraw removes what Announce wrote, if it is there.
func (l *Lock) Withdraw() error { return Forget(l.dir) }

// Forget removes what a server announced that is known not to run any more.
func Forget(dir string) error {
	err := os.Remove(filepath.Join(dir, serverFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("withdraw server: %w", err)
	}
	return nil
}

// ReadServer returns what the last server to start in dir announced, or an
// error that is fs.ErrNotExist. Whether it still runs, only the lock and an
// answer from it tell.
func ReadServer(dir string) (*Server, error) {
	data, err := os.ReadFile(filepath.Join(dir, serverFile))
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	var s Server
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("find the server: %s: %w", serverFile, err)
	}
	return &s, nil
}

// URL is where the server is reached from its own host.
func (s *Server) URL() string {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return s.Scheme + "://" + s.Address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return s.Scheme + "://" + net.JoinHostPort(host, port)
}
