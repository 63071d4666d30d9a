package aws_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"tournant/internal/aws"
)

// TestProxy asks EC2 by the proxy of the environment, and the metadata never:
// a proxy would be told the token, and answer for its own instance. It does so
// in a process of its own, since Go reads the environment's proxy once.
func TestProxy(t *testing.T) {
	if os.Getenv("TEST_PROXY_CHILD") != "" {
		askByProxy(t)
		return
	}
	asked := make(chan string, 10)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxy$", "-test.count=1")
	child.Env = append(os.Environ(), "TEST_PROXY_CHILD=1", "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	close(asked)
	var got []string
	for host := range asked {
		got = append(got, host)
	}
	if len(got) != 1 || got[0] != "CONNECT ec2.us-east-1.amazonaws.com:443" {
		t.Errorf("the proxy was asked for %q, want EC2 alone", got)
	}
}

func askByProxy(t *testing.T) {
	c := open(t, aws.Config{Region: region, Keys: keys})
	if _, _, err := c.DescribeVolume(t.Context(), volume); aws.CodeOf(err) != aws.Unreachable {
		t.Errorf("EC2: got %v, want %q", err, aws.Unreachable)
	}
	// An address of documentation, where nobody is.
	m := aws.NewMetadata("http://192.0.2.1")
	defer m.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := m.Identity(ctx); aws.CodeOf(err) != aws.Unreachable {
		t.Errorf("metadata: got %v, want %q", err, aws.Unreachable)
	}
}
