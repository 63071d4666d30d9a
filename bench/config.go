package bench

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"tournant/bench/wire"
	"tournant/internal/signing"
)

// config is what the flags say.
type config struct {
	url     string
	user    string
	keyFile string
	org     string
	trust   wire.Trust

	connections   []int
	warmup        time.Duration
	duration      time.Duration
	rate          float64
	timeout       time.Duration
	seed          uint64
	tlsPerRequest bool

	nodes    int
	clients  int
	keyCount int
	rows     int
	setup    bool

	pids     []int
	jsonFile string
}

// target is the server under load, and who asks it.
type target struct {
	base     *url.URL // without a path, unless the API is below one
	prefix   string   // path of the organization
	org      string
	endpoint *wire.Endpoint
	trust    wire.Trust
	timeout  time.Duration
	user     string
	key      *rsa.PrivateKey
	now      func() time.Time
}

func (c *config) check() error {
	switch {
	case c.url == "" || c.user == "" || c.keyFile == "":
		return errors.New("--url, --user and --key are needed")
	case len(c.connections) == 0:
		return errors.New("--connections is empty")
	case c.duration <= 0 || c.warmup < 0 || c.timeout <= 0:
		return errors.New("--duration and --timeout must be more than nothing, --warmup not less")
	case c.rate < 0 || c.rate > 1e6:
		return errors.New("--rate must be from 0, which is as many as are answered, to 1000000")
	case c.nodes < 1 || c.nodes > 99_999 || c.clients < 1 || c.clients > 99_999 || c.keyCount < 1:
		return errors.New("--nodes and --clients must be from 1 to 99999, --keys at least 1")
	case c.rows < 1 || c.rows > 1000:
		return errors.New("--rows must be from 1 to 1000")
	}
	for _, n := range c.connections {
		if n < 1 || n > 10_000 {
			return fmt.Errorf("--connections %d: from 1 to 10000 are possible", n)
		}
	}
	return nil
}

func (c *config) target() (*target, error) {
	base, err := url.Parse(strings.TrimRight(c.url, "/"))
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	endpoint, err := wire.NewEndpoint(base, c.trust)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	pem, err := os.ReadFile(c.keyFile)
	if err != nil {
		return nil, err
	}
	key, err := signing.ParsePrivateKey(pem)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.keyFile, err)
	}
	t := &target{
		base: base, prefix: base.EscapedPath(), org: c.org, endpoint: endpoint, trust: c.trust, timeout: c.timeout,
		user: c.user, key: key, now: time.Now,
	}
	if c.org != "" {
		t.prefix += "/organizations/" + url.PathEscape(c.org)
	}
	return t, nil
}

func (t *target) signer() *signing.Signer {
	return &signing.Signer{Name: t.user, Key: t.key, Now: t.now}
}

// client returns what one connection of the single loads sends with.
func (t *target) client(fresh bool) *wire.Client {
	header := "Accept: application/json\r\nAccept-Encoding: gzip\r\nX-Chef-Version: 18.9.5\r\nUser-Agent: tournant-bench\r\n"
	if fresh {
		header += "Connection: close\r\n"
	}
	return &wire.Client{
		Conn:   wire.Conn{To: t.endpoint, Fresh: fresh, Timeout: t.timeout},
		Signer: t.signer(), Header: header,
	}
}
