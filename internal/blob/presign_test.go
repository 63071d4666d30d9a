package blob_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournant/internal/blob"
)

const (
	org   = "0123456789abcdef0123456789abcdef"
	empty = "d41d8cd98f00b204e9800998ecf8427e" // MD5 of nothing
	ttl   = 15 * time.Minute
)

func signedAt() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

func newPresigner() *blob.Presigner {
	return &blob.Presigner{
		AccessKey: "AKID/x",
		SecretKey: "s3cr3t/+=",
		Region:    "eu-west-1",
		Bucket:    "bookshelf",
		Now:       signedAt,
	}
}

const (
	objectPath = "/organization-" + org + "/checksum-" + empty
	parameters = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2Fx%2F20260304%2Feu-west-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20260304T050607Z&X-Amz-Expires=900&X-Amz-SignedHeaders="
)

// The signatures were computed with Python's hmac module.
func TestPresignedURLs(t *testing.T) {
	p, virtualHost := newPresigner(), newPresigner()
	virtualHost.Bucket = ""
	const (
		get      = "/bookshelf" + objectPath + parameters + "host&X-Amz-Signature=740b32ed5ff57fc75570a9cb812a708de9418e3d2ec2c87aa0e9d5019bdb140b"
		put      = "/bookshelf" + objectPath + parameters + "content-md5%3Bcontent-type%3Bhost&X-Amz-Signature=58056f2f8f22aaa0dbb8bf745713b38030ddf2540393ca71fed31c3048914761"
		onBucket = objectPath + parameters + "host&X-Amz-Signature=a595003a905a9d219500a5980c4435c132e8a67b3796df5507364b9905927804"
	)
	for _, c := range []struct {
		sign       func(base, orgGUID, checksum string, ttl time.Duration) string
		base, want string
	}{
		{p.Get, "https://chef.example.com", "https://chef.example.com" + get},
		{p.Get, "https://chef.example.com/", "https://chef.example.com" + get},
		{p.Get, "https://chef.example.com:443", "https://chef.example.com:443" + get},
		{p.Get, "http://chef.example.com:80", "http://chef.example.com:80" + get},
		{p.Put, "https://chef.example.com:8443", "https://chef.example.com:8443" + put},
		{virtualHost.Get, "https://b.s3.eu-west-1.amazonaws.com", "https://b.s3.eu-west-1.amazonaws.com" + onBucket},
	} {
		if got := c.sign(c.base, org, empty, ttl); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.base, got, c.want)
		}
	}
}

func TestAppendKeepsWhatWasThere(t *testing.T) {
	p := newPresigner()
	got := string(p.AppendPut(p.AppendGet([]byte("{"), "https://h", org, empty, ttl), "https://h:81", org, empty, ttl))
	if want := "{" + p.Get("https://h", org, empty, ttl) + p.Put("https://h:81", org, empty, ttl); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestExpiryIsBounded(t *testing.T) {
	for ttl, want := range map[time.Duration]string{
		-time.Hour:           "1",
		0:                    "1",
		time.Millisecond:     "1",
		90 * time.Second:     "90",
		604800 * time.Second: "604800",
		1000 * time.Hour:     "604800",
	} {
		u, err := url.Parse(newPresigner().Get("https://h", org, empty, ttl))
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Query().Get("X-Amz-Expires"); got != want {
			t.Errorf("%v: got %s, want %s", ttl, got, want)
		}
	}
}

// Within a window URLs are equal, and each is good for its ttl at least.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := func(max int, name string) time.Duration {
			return time.Duration(rapid.IntRange(1, max).Draw(t, name)) * time.Second
		}
		window, ttl, later := seconds(86400, "window"), seconds(86400, "ttl"), seconds(86400, "later")
		p := newPresigner()
		p.Window = window
		now := signedAt()
		p.Now = func() time.Time { return now }
		first := p.Get("https://h", org, empty, ttl)

		started := now.Truncate(window)
		now = now.Add(later)
		again := p.Get("https://h", org, empty, ttl)
		if same := now.Truncate(window).Equal(started); (first == again) != same {
			t.Errorf("equal: %v, same window: %v\n%s\n%s", first == again, same, first, again)
		}
		now = signedAt().Add(ttl)
		if err := p.Verify(incoming(t, "GET", first)); err != nil {
			t.Errorf("after its ttl: %v", err)
		}
		now = started.Add(window + ttl + time.Second)
		if err := p.Verify(incoming(t, "GET", first)); err == nil {
			t.Error("good for too long")
		}
	})
}

// The key of a day serves many requests at once, over midnight too.
func TestPresignerIsConcurrent(t *testing.T) {
	var clock sync.Mutex
	now := time.Date(2026, 3, 4, 23, 59, 0, 0, time.UTC)
	p := newPresigner()
	p.Now = func() time.Time {
		clock.Lock()
		defer clock.Unlock()
		now = now.Add(time.Second / 4)
		return now
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if err := p.Verify(incoming(t, "GET", p.Get("https://h", org, empty, time.Hour))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := p.Get("https://h", org, empty, ttl); !strings.Contains(got, "20260305") {
		t.Errorf("still signed for yesterday: %s", got)
	}
}

func BenchmarkAppendGet(b *testing.B) {
	p := newPresigner()
	p.Now = time.Now
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = p.AppendGet(dst[:0], "https://chef.example.com:8443", org, empty, ttl)
	}
}

func BenchmarkAppendPut(b *testing.B) {
	p := newPresigner()
	p.Now = time.Now
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = p.AppendPut(dst[:0], "https://chef.example.com:8443", org, empty, ttl)
	}
}

func BenchmarkGet(b *testing.B) {
	p := newPresigner()
	b.ReportAllocs()
	for b.Loop() {
		p.Get("https://chef.example.com:8443", org, empty, ttl)
	}
}
