package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"tournant/bench/wire"
	"tournant/internal/signing"
)

// admin makes the requests that are not measured.
type admin struct {
	target *target
	http   *http.Client
	signer *signing.Signer
}

func newAdmin(t *target) *admin {
	transport := &http.Transport{TLSClientConfig: t.endpoint.TLS(), MaxIdleConnsPerHost: setupWorkers}
	return &admin{target: t, http: &http.Client{Transport: transport, Timeout: t.timeout}, signer: t.signer()}
}

func (a *admin) close() { a.http.CloseIdleConnections() }

// statusError is an answer that nobody expected.
type statusError struct {
	request string
	status  int
	body    string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s: status %d: %.300s", e.request, e.status, e.body)
}

// root makes a signed request to a path of the server, path of the
// organization included, at the given API version.
func (a *admin) root(ctx context.Context, method, path, api string, body []byte) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, a.target.base.Scheme+"://"+a.target.base.Host+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, value := range map[string]string{
		"Accept": "application/json", "Content-Type": "application/json", "X-Chef-Version": "18.9.5",
		"X-Ops-Server-API-Version": api,
	} {
		r.Header.Set(name, value)
	}
	if err := a.signer.Sign(r, body); err != nil {
		return 0, nil, err
	}
	return a.do(r)
}

func (a *admin) do(r *http.Request) (int, []byte, error) {
	answer, err := a.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	return answer.StatusCode, body, nil
}

// org makes a request below the organization.
func (a *admin) org(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	return a.root(ctx, method, a.target.prefix+path, "2", body)
}

// want is org for requests that must be answered with 2xx or one of the others.
func (a *admin) want(ctx context.Context, method, path string, body []byte, others ...int) (int, error) {
	status, answer, err := a.org(ctx, method, path, body)
	return status, expect(method+" "+path, status, answer, err, others...)
}

func expect(request string, status int, answer []byte, err error, others ...int) error {
	if err != nil {
		return err
	}
	if status/100 == 2 {
		return nil
	}
	for _, other := range others {
		if status == other {
			return nil
		}
	}
	return &statusError{request: request, status: status, body: string(answer)}
}

// list reads a collection, whose keys are the names, into one of the types of
// its values.
func list[V any](ctx context.Context, a *admin, path string) (map[string]V, error) {
	status, answer, err := a.org(ctx, http.MethodGet, path, nil)
	if err := expect("GET "+path, status, answer, err); err != nil {
		return nil, err
	}
	var names map[string]V
	if err := json.Unmarshal(answer, &names); err != nil {
		return nil, fmt.Errorf("GET %s: %w", path, err)
	}
	return names, nil
}

// endpointOf returns the endpoint of a URL that the server has given.
func (t *target) endpointOf(scheme, host string) (*wire.Endpoint, error) {
	if scheme == t.base.Scheme && host == t.base.Host {
		return t.endpoint, nil
	}
	u := *t.base
	u.Scheme, u.Host = scheme, host
	return wire.NewEndpoint(&u, t.trust)
}
