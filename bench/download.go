package bench

import (
	"context"
	"net/url"
	"sync"

	"tournant/bench/wire"
)

// downloads is how many files chef-client fetches at a time, over connections
// that it keeps: the only ones.
const downloads = 10

const downloadHeader = "Accept: */*\r\n" +
	"Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\n" +
	"User-Agent: Chef Client/18.9.5 (ruby-3.1.6-p260; ohai-18.2.5; x86_64-linux; +https://www.chef.io)\r\n"

// download fetches the files and reports whether all came.
func (r *runner) download(ctx context.Context, files []*url.URL) bool {
	next := make(chan *url.URL, len(files))
	for _, u := range files {
		next <- u
	}
	close(next)
	recorders := make([]*recorder, min(downloads, len(files)))
	var workers sync.WaitGroup
	for i := range recorders {
		recorders[i] = &recorder{watch: r.rec.watch}
		workers.Go(func() { r.fetch(ctx, next, recorders[i]) })
	}
	workers.Wait()
	parts, _ := collect(recorders)
	ok := ctx.Err() == nil
	for _, p := range parts {
		r.rec.part(p.label).merge(p)
		ok = ok && p.errors() == 0
	}
	return ok
}

// fetch is one of the ten: it fetches what is next until nothing is.
func (r *runner) fetch(ctx context.Context, next <-chan *url.URL, rec *recorder) {
	// Files may be at another host than the API, but hardly at several.
	clients := map[string]*wire.Client{}
	defer func() {
		for _, c := range clients {
			c.Close()
		}
	}()
	for u := range next {
		c := clients[u.Host]
		if c == nil {
			endpoint, err := r.fleet.target.endpointOf(u.Scheme, u.Host)
			if err != nil {
				rec.sent(labelFile, "GET "+u.Path, false, wire.Sent{}, err)
				continue
			}
			c = &wire.Client{Conn: wire.Conn{To: endpoint, Timeout: r.fleet.timeout}, Header: downloadHeader}
			clients[u.Host] = c
		}
		sent, err := c.Get(ctx, u)
		if ctx.Err() != nil {
			return
		}
		rec.sent(labelFile, "GET "+u.Path, sent.OK(), sent, err)
	}
}
