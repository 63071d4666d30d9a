package wire

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// sampleSize is how much of the body of a failed request is kept, in bytes.
const sampleSize = 600

// Response is what came back.
type Response struct {
	Status int
	Size   int64 // bytes of the body as transferred

	// Body is the decompressed body: all of it when it was asked for, and else
	// the beginning of it unless Status is 2xx.
	Body []byte
}

// OK reports a status of 2xx.
func (r *Response) OK() bool { return r.Status/100 == 2 }

// Conn sends requests one after another, over one connection for as long as
// the server keeps it, or over a new one each. It is for one goroutine.
type Conn struct {
	To      *Endpoint
	Fresh   bool          // a new connection for every request
	Timeout time.Duration // for connecting, and for a whole exchange

	nc     net.Conn
	reader *bufio.Reader
	used   bool
}

// Close closes the connection; the next exchange opens another.
func (c *Conn) Close() {
	if c.nc == nil {
		return
	}
	c.nc.Close()
	c.nc = nil
}

// Exchange sends a serialized request and reads the answer to it, its body
// whole or only counted. It sends again, once, when the server had closed a
// kept connection before it answered anything. The end of ctx closes the
// connection.
func (c *Conn) Exchange(ctx context.Context, method string, request []byte, whole bool) (Response, error) {
	response, err := c.attempt(ctx, method, request, whole)
	if err != nil && c.used && stale(err) {
		c.Close()
		response, err = c.attempt(ctx, method, request, whole)
	}
	if err != nil || c.Fresh {
		c.Close()
	}
	return response, err
}

func stale(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func (c *Conn) attempt(ctx context.Context, method string, request []byte, whole bool) (Response, error) {
	if err := c.open(ctx); err != nil {
		return Response{}, err
	}
	nc := c.nc
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	if err := c.nc.SetDeadline(time.Now().Add(c.Timeout)); err != nil {
		return Response{}, err
	}
	if _, err := c.nc.Write(request); err != nil {
		return Response{}, err
	}
	if _, err := c.reader.Peek(1); err != nil {
		return Response{}, err
	}
	c.used = false                                                            // something was answered: nothing is sent twice from here on
	answer, err := http.ReadResponse(c.reader, &http.Request{Method: method}) //nolint:bodyclose // consume reads it to its end
	if err != nil {
		return Response{}, err
	}
	response, err := consume(answer, whole)
	if answer.Close {
		c.Close()
	}
	c.used = true
	return response, err
}

func (c *Conn) open(ctx context.Context) error {
	if c.nc != nil {
		return nil
	}
	nc, err := c.To.dial(ctx, c.Timeout)
	if err != nil {
		return err
	}
	if c.reader == nil {
		c.reader = bufio.NewReaderSize(nc, 32<<10)
	}
	c.reader.Reset(nc)
	c.nc, c.used = nc, false
	return nil
}

func consume(answer *http.Response, whole bool) (Response, error) {
	response := Response{Status: answer.StatusCode}
	counted := &counter{from: answer.Body}
	var kept bytes.Buffer
	switch {
	case whole:
		if _, err := kept.ReadFrom(counted); err != nil {
			return response, err
		}
	case !response.OK():
		if _, err := io.CopyN(&kept, counted, sampleSize); err != nil && !errors.Is(err, io.EOF) {
			return response, err
		}
	}
	if _, err := io.Copy(io.Discard, counted); err != nil {
		return response, err
	}
	response.Size = counted.n
	body, err := plain(kept.Bytes(), answer.Header.Get("Content-Encoding"))
	if whole && err != nil {
		return response, err
	}
	response.Body = body
	return response, nil
}

// plain returns as much of a body as can be decompressed.
func plain(body []byte, encoding string) ([]byte, error) {
	if encoding != "gzip" || len(body) == 0 {
		return body, nil
	}
	unzip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unzip)
}

type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
