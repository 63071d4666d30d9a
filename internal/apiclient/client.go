// Package apiclient calls a Chef server as one user.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"tournant/internal/signing"
)

// apiVersion is the version of the API that requests are made in: the first
// that answers with keys as objects.
const apiVersion = "1"

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 256 << 20

// Client signs requests and sends them to one server.
type Client struct {
	Base   string // URL without a slash at its end
	Signer *signing.Signer
	HTTP   *http.Client
}

// Call makes a request and decodes the answer into out; body and out may be
// nil. An answer other than 2xx is an *Error. path is escaped as in a URL.
func (c *Client) Call(ctx context.Context, method, path string, body, out any) error {
	rq, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	res, err := c.HTTP.Do(rq)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s %s: %w", method, path, err)
	}
	if res.StatusCode/100 != 2 {
		return &Error{Status: res.StatusCode, Body: answer}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("read the answer of %s %s: %w", method, path, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("make the body of %s %s: %w", method, path, err)
		}
	}
	rq, err := http.NewRequestWithContext(ctx, method, c.Base+path, bytes.NewReader(sent))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	rq.Header.Set("Accept", "application/json")
	rq.Header.Set("Content-Type", "application/json")
	rq.Header.Set("X-Ops-Server-API-Version", apiVersion)
	if err := c.Signer.Sign(rq, sent); err != nil {
		return nil, err
	}
	return rq, nil
}
