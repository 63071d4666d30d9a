package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Config says which EC2 to ask, and as whom.
type Config struct {
	Region   string // empty: the instance's, from Metadata
	Endpoint string // URL; empty: AWS's for the region

	// Keys sign the requests. Without any, the role of the instance does, by
	// way of Metadata.
	Keys Keys

	// Metadata is needed unless both Region and Keys are given.
	Metadata *Metadata

	Timeout time.Duration    // of one request; 0 is 10 s
	Now     func() time.Time // the wall clock, to sign with; nil is time.Now
}

// Client asks EC2 for one of the five actions at a time. It may be used
// concurrently.
type Client struct {
	endpoint    *url.URL
	region      string
	credentials sdk.CredentialsProvider
	signer      *v4.Signer
	http        *http.Client
	timeout     time.Duration
	now         func() time.Time
	skew        atomic.Int64 // nanoseconds that AWS's clock is ahead of ours
}

const defaultTimeout = 10 * time.Second

// New returns a client. It asks Metadata if cfg has no region.
func New(ctx context.Context, cfg Config) (*Client, error) {
	if cfg.Metadata == nil && (cfg.Region == "" || cfg.Keys == Keys{}) {
		return nil, errors.New("aws: without a region and keys there must be instance metadata")
	}
	if cfg.Region == "" {
		id, err := cfg.Metadata.Identity(ctx)
		if err != nil {
			return nil, fmt.Errorf("find the region: %w", err)
		}
		cfg.Region = id.Region
	}
	endpoint, err := endpointURL(cfg.Region, cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	credentials, err := cfg.Keys.provider(cfg.Metadata)
	if err != nil {
		return nil, err
	}
	c := &Client{
		endpoint: endpoint, region: cfg.Region, credentials: credentials, signer: v4.NewSigner(),
		http: newHTTP(), timeout: cfg.Timeout, now: cfg.Now,
	}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

// String names the endpoint and nothing that is secret.
func (c *Client) String() string { return "EC2 at " + c.endpoint.Host }

// GoString keeps the credentials out of %#v.
func (c *Client) GoString() string { return c.String() }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// newHTTP returns a client that follows no redirect, since a signature is for
// one host, and speaks HTTP/1.1, where a request that timed out takes its
// connection with it. It uses the proxy of the environment, as all of AWS's
// tools do: a private subnet may have no other way to EC2.
func newHTTP() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
			TLSHandshakeTimeout:    5 * time.Second,
			IdleConnTimeout:        20 * time.Second,
			MaxIdleConnsPerHost:    2,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: noRedirect,
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d+$`)

// endpointURL checks where requests go: with TLS, except to what is in the
// same private network, as a laboratory is.
func endpointURL(region, endpoint string) (*url.URL, error) {
	if !regionName.MatchString(region) {
		return nil, fmt.Errorf("ha['aws_region'] is %q, not a region like us-east-1", region)
	}
	if endpoint == "" {
		endpoint = "https://ec2." + region + "." + domain(region)
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("ha['aws_endpoint'] is no URL like https://ec2.us-east-1.amazonaws.com")
	}
	if u.Scheme == "http" && !private(u.Hostname()) {
		return nil, errors.New("ha['aws_endpoint'] is reached without TLS: write https://")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// domain is where the services of a region are; its partition decides.
func domain(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "amazonaws.com.cn"
	case strings.HasPrefix(region, "eusc-"):
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

func private(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()) || host == "localhost"
}
