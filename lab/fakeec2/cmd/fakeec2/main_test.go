package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/lab/fakeec2"
	"tournant/lab/network"
	"tournant/lab/volume"
)

var vip = netip.MustParseAddr("172.31.24.180")

// testConfig is the page's cluster with one volume, all of it on this machine.
func testConfig(t *testing.T) config {
	t.Helper()
	dir := t.TempDir()
	const volumeID = "vol-049df61146c4d7901"
	instance := func(name, last, address string) fakeec2.InstanceConfig {
		return fakeec2.InstanceConfig{
			Name: name, ID: "i-0" + last, Zone: "us-west-1a", Interface: "eni-" + last, MAC: "02:00:00:00:00:" + last,
			Address: netip.MustParseAddr(address),
		}
	}
	return config{
		Config: fakeec2.Config{
			Region: "us-west-1", Subnet: fakeec2.Subnet{ID: "subnet-1", VPC: "vpc-1", Prefix: netip.MustParsePrefix("172.31.16.0/20")},
			Keys:      []fakeec2.Key{{ID: "AKIDEXAMPLE", Secret: "secret"}},
			Instances: []fakeec2.InstanceConfig{instance("be1", "97", "172.31.24.97"), instance("be2", "98", "172.31.24.98"), instance("fe1", "47", "172.31.30.47")},
			Volumes:   []fakeec2.VolumeConfig{{ID: volumeID, Zone: "us-west-1a", SizeGiB: 1}},
		},
		Network: fmt.Sprintf("fakeec2t%d", os.Getpid()), API: "172.31.16.1:80", Metadata: "169.254.169.254:80",
		Control: filepath.Join(dir, "control"), Dir: dir,
		Disks: map[string]diskConfig{volumeID: {Image: filepath.Join(dir, "image"), SizeMiB: 16}},
	}
}

// running is the lab while a test runs.
type running struct {
	t       *testing.T
	lab     *lab
	control *http.Client
}

func start(t *testing.T) running {
	t.Helper()
	l := &lab{config: testConfig(t), volumes: map[string]*volume.Volume{}}
	if err := l.open(); err != nil {
		t.Fatal(err, l.close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.listen(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := l.close(); err != nil {
			t.Error(err)
		}
		if err := down(l.config); err != nil {
			t.Error(err)
		}
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", l.config.Control)
	}
	return running{t, l, &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// from is a client in a host's network.
func (r running) from(host string) *http.Client {
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, n, a string) (net.Conn, error) { return r.lab.network.Dial(ctx, host, n, a) },
	}}
}

func (r running) do(c *http.Client, method, url, body string, header ...string) (int, string) {
	r.t.Helper()
	// The servers may be a moment away from listening.
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		request, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			r.t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := c.Do(request)
		if err != nil {
			if time.Now().After(deadline) {
				r.t.Fatal(err)
			}
			continue
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			r.t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
}

// addresses are a host's, as its metadata has them.
func (r running) addresses(host, mac string) string {
	r.t.Helper()
	_, token := r.do(r.from(host), "PUT", "http://169.254.169.254/latest/api/token", "", "X-aws-ec2-metadata-token-ttl-seconds", "60")
	_, text := r.do(r.from(host), "GET", "http://169.254.169.254/latest/meta-data/network/interfaces/macs/"+mac+"/local-ipv4s", "", "X-aws-ec2-metadata-token", token)
	return text
}

// The whole of it: hosts reach the API and their own metadata, an address that
// moves is routed by the bridge, a power cut ends everything a host can do.
func TestLab(t *testing.T) {
	r := start(t)
	if status, text := r.do(r.from("be1"), "POST", "http://172.31.16.1/", ""); status != 403 || !strings.Contains(text, "MissingAuthenticationToken") {
		t.Errorf("the API answers %d %s", status, text)
	}
	listener, err := r.lab.network.Listen("be2", "tcp", "0.0.0.0:4000")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if out, err := r.lab.network.Command(context.Background(), "be2", "ip", "address", "add", vip.String()+"/32", "dev", "eth0").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := r.addresses("be2", "02:00:00:00:00:98"); got != "172.31.24.98" {
		t.Errorf("be2 has %q", got)
	}
	fault, _ := json.Marshal(fakeec2.Fault{Name: fakeec2.FaultVIPStolen, Host: "be2", Address: vip})
	if status, text := r.do(r.control, "POST", "http://lab/faults", string(fault)); status != 204 {
		t.Fatalf("move the VIP: %d %s", status, text)
	}
	if got := r.addresses("be2", "02:00:00:00:00:98"); got != "172.31.24.98\n172.31.24.180" {
		t.Errorf("be2 has %q", got)
	}
	reach := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c, err := r.lab.network.Dial(ctx, "fe1", "tcp", vip.String()+":4000")
		if err == nil {
			c.Close()
		}
		return err
	}
	if err := reach(20 * time.Second); err != nil {
		t.Errorf("fe1 does not reach the VIP: %v", err)
	}
	if status, text := r.do(r.control, "POST", "http://lab/hosts/be2/power-cut", ""); status != 204 {
		t.Fatalf("power cut: %d %s", status, text)
	}
	if reach(300*time.Millisecond) == nil {
		t.Error("the VIP is reached on a host without power")
	}
}

// The command starts, says who is there, and leaves nothing when it is told to
// stop; after a crash, down does.
func TestCommand(t *testing.T) {
	c := testConfig(t)
	c.Network += "c"
	file := filepath.Join(c.Dir, "config.json")
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(stop os.Signal) {
		t.Helper()
		p := exec.Command(os.Args[0], "--config", file)
		p.Env = append(os.Environ(), asCommand+"=1")
		var log bytes.Buffer
		p.Stderr = &log
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.Control)
		}
		r := running{t, nil, &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
		if status, text := r.do(r.control, "GET", "http://lab/status", ""); status != 200 || !strings.Contains(text, `"be1"`) {
			t.Errorf("status: %d %s", status, text)
		}
		_ = p.Process.Signal(stop)
		if err := p.Wait(); err != nil && stop != os.Kill {
			t.Errorf("%v: %s", err, &log)
		}
	}
	left := func() []string {
		namespaces, _ := filepath.Glob("/run/netns/" + c.Network + "-*")
		return namespaces
	}
	run(os.Interrupt)
	if got := left(); len(got) != 0 {
		t.Errorf("left behind by a stop: %v", got)
	}
	run(os.Kill)
	if got := left(); len(got) == 0 {
		t.Error("a crash left nothing behind, so that down proves nothing")
	}
	p := exec.Command(os.Args[0], "down", "--config", file)
	p.Env = append(os.Environ(), asCommand+"=1")
	if out, err := p.CombinedOutput(); err != nil {
		t.Errorf("down: %v: %s", err, out)
	}
	if got := left(); len(got) != 0 {
		t.Errorf("left behind by down: %v", got)
	}
	p = exec.Command(os.Args[0], "check", filepath.Join(c.Dir, "volume.jsonl"))
	p.Env = append(os.Environ(), asCommand+"=1")
	if out, err := p.CombinedOutput(); err != nil || !strings.Contains(string(out), "0 attachments") {
		t.Errorf("check: %v: %s", err, out)
	}
}

// asCommand makes the test binary the command.
const asCommand = "TOURNANT_FAKEEC2"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestConfigErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                      "unexpected EOF",
		`{"colour":"red"}`:       "unknown field",
		`{"region":"us-west-1"}`: "dir is missing",
	} {
		file := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readConfig(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something with %q", text, err, want)
		}
	}
}

var _ fakeec2.Network = (*network.Network)(nil)
