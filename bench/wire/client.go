package wire

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tournant/internal/signing"
)

// Client sends calls as one user or client over one connection. It is for one
// goroutine.
type Client struct {
	Conn
	Signer *signing.Signer
	Header string // lines for every request, each with its CRLF

	body    []byte
	request []byte
}

// Sent is what became of a call.
type Sent struct {
	Response
	Took time.Duration // connecting, sending and reading; signing is not in it
	Out  int           // bytes sent
}

// Send sends the call, signing it first if that has not been done lately.
func (c *Client) Send(ctx context.Context, call *Call) (Sent, error) {
	if err := c.serialize(call); err != nil {
		return Sent{}, err
	}
	begin := time.Now()
	response, err := c.Exchange(ctx, call.Method, c.request, call.Whole)
	return Sent{Response: response, Took: time.Since(begin), Out: len(c.request)}, err
}

// Sign signs the call, so that Send need not.
func (c *Client) Sign(call *Call) error {
	c.render(call)
	_, err := call.sign(c.Signer, c.body)
	return err
}

func (c *Client) render(call *Call) {
	c.body = c.body[:0]
	if call.Body != nil {
		c.body = call.Body(c.body)
	}
}

func (c *Client) serialize(call *Call) error {
	c.render(call)
	signed, err := call.sign(c.Signer, c.body)
	if err != nil {
		return err
	}
	r := append(c.request[:0], call.Method...)
	r = append(append(r, ' '), call.Path...)
	if call.Query != "" {
		r = append(append(r, '?'), call.Query...)
	}
	r = append(append(r, " HTTP/1.1\r\nHost: "...), c.To.host...)
	r = append(append(append(r, "\r\n"...), c.Header...), signed...)
	r = append(r, call.Header...)
	if call.Body != nil {
		r = append(r, "Content-Type: application/json\r\nContent-Length: "...)
		r = append(strconv.AppendInt(r, int64(len(c.body)), 10), "\r\n"...)
	}
	r = append(r, "\r\n"...)
	c.request = append(r, c.body...)
	return nil
}

// Get fetches a URL of this endpoint as it is, unsigned, and only counts what
// comes: the presigned URL of a cookbook file.
func (c *Client) Get(ctx context.Context, u *url.URL) (Sent, error) {
	c.request = fmt.Appendf(c.request[:0], "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", u.RequestURI(), u.Host, c.Header)
	begin := time.Now()
	response, err := c.Exchange(ctx, http.MethodGet, c.request, false)
	return Sent{Response: response, Took: time.Since(begin), Out: len(c.request)}, err
}
