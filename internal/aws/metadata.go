package aws

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// Metadata is what this instance can find out about itself, by version 2 of
// the instance metadata service alone: what an address of the link says
// without a token is not believed. It may be used concurrently.
type Metadata struct {
	client *imds.Client
	http   *http.Client
}

const (
	metadataTimeout = 5 * time.Second // of one question, repetitions included
	metadataBackoff = 300 * time.Millisecond
	maxMetadata     = 64 << 10 // bytes
)

// NewMetadata returns the metadata service at an endpoint, a URL. Without
// one it is that of the variable AWS_EC2_METADATA_SERVICE_ENDPOINT, and
// without that AWS's, http://169.254.169.254.
func NewMetadata(endpoint string) *Metadata {
	// No proxy: it would be told the token, and answer for its own instance.
	client := &http.Client{
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: time.Second}).DialContext,
			ResponseHeaderTimeout: 2 * time.Second,
			IdleConnTimeout:       20 * time.Second,
		},
		CheckRedirect: noRedirect,
	}
	return &Metadata{http: client, client: imds.New(imds.Options{
		Endpoint:                 endpoint,
		HTTPClient:               bounded{client},
		EnableFallback:           sdk.FalseTernary,
		Retryer:                  retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = metadataBackoff }),
		DisableDefaultMaxBackoff: true, // it is longer
	})}
}

// Close drops idle connections.
func (m *Metadata) Close() { m.http.CloseIdleConnections() }

// bounded limits answers, which the SDK reads whole, and keeps their status,
// which the SDK's error does not tell when it is the token that was refused.
type bounded struct{ client *http.Client }

func (b bounded) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.client.Do(req) //nolint:gosec // where to is AWS's address, or what the operator has set
	code := 0
	if err == nil {
		code = resp.StatusCode
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxMetadata)
	}
	if status, ok := req.Context().Value(statusKey{}).(*atomic.Int32); ok {
		status.Store(int32(code))
	}
	return resp, err
}

// statusKey is where a context has the status of the last answer.
type statusKey struct{}

// withStatus returns a context for questions to the metadata, and where the
// status of the last answer to them will be, 0 if there was none.
func withStatus(ctx context.Context) (context.Context, *atomic.Int32) {
	status := new(atomic.Int32)
	return context.WithValue(ctx, statusKey{}, status), status
}

// Identity is which instance this is.
type Identity struct {
	InstanceID string
	Region     string
	Zone       string
}

// Identity asks which instance this is.
func (m *Metadata) Identity(ctx context.Context) (Identity, error) {
	var id Identity
	for _, ask := range []struct {
		path string
		into *string
	}{
		{"instance-id", &id.InstanceID},
		{"placement/availability-zone", &id.Zone},
		{"placement/region", &id.Region},
	} {
		text, err := m.get(ctx, ask.path)
		if err != nil {
			return Identity{}, err
		}
		*ask.into = text
	}
	return id, nil
}

// Link is a network interface as the metadata has it.
type Link struct {
	InterfaceID string
	Subnet      netip.Prefix
	Addresses   []netip.Addr // IPv4, the primary one first
}

// Link describes the interface with a MAC address. It fails with NotFound if
// it is not one of this instance's.
func (m *Metadata) Link(ctx context.Context, mac net.HardwareAddr) (Link, error) {
	id, err := m.get(ctx, macPath(mac)+"interface-id")
	if err != nil {
		return Link{}, err
	}
	path := macPath(mac) + "subnet-ipv4-cidr-block"
	text, err := m.get(ctx, path)
	if err != nil {
		return Link{}, err
	}
	subnet, err := netip.ParsePrefix(text)
	if err != nil {
		return Link{}, badMetadata(path, err)
	}
	addresses, err := m.Addresses(ctx, mac)
	return Link{InterfaceID: id, Subnet: subnet, Addresses: addresses}, err
}

// Addresses returns the addresses that EC2 lets the interface with a MAC
// address have by now: whether an assignment has taken place.
func (m *Metadata) Addresses(ctx context.Context, mac net.HardwareAddr) ([]netip.Addr, error) {
	path := macPath(mac) + "local-ipv4s"
	text, err := m.get(ctx, path)
	if err != nil {
		return nil, err
	}
	var addresses []netip.Addr
	for line := range strings.FieldsSeq(text) {
		address, err := netip.ParseAddr(line)
		if err != nil {
			return nil, badMetadata(path, err)
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

func macPath(mac net.HardwareAddr) string { return "network/interfaces/macs/" + mac.String() + "/" }

// get reads one value, which is never empty.
func (m *Metadata) get(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, metadataTimeout)
	defer cancel()
	ctx, status := withStatus(ctx)
	out, err := m.client.GetMetadata(ctx, &imds.GetMetadataInput{Path: path})
	if err != nil {
		return "", metadataError(path, int(status.Load()), err)
	}
	defer out.Content.Close()
	text, err := io.ReadAll(out.Content)
	if err != nil {
		return "", metadataError(path, int(status.Load()), err)
	}
	if value := strings.TrimSpace(string(text)); value != "" {
		return value, nil
	}
	return "", badMetadata(path, errors.New("it is empty"))
}

func badMetadata(path string, err error) error {
	return &Error{Op: "instance metadata " + path, Code: BadAnswer, Err: err}
}

// metadataError finds the meaning of an error of the SDK's client by the
// status of the last answer.
func metadataError(path string, status int, err error) *Error {
	e := &Error{Op: "instance metadata " + path, Status: status, Err: err}
	switch {
	case status == 0:
		e.Code = Unreachable
	case status == http.StatusNotFound:
		e.Code = NotFound
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Code = Unauthorized
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		e.Code = Throttled
	case status >= http.StatusInternalServerError:
		e.Code = ServerTrouble
	default:
		e.Code = BadAnswer
	}
	return e
}
