package aws_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tournant/internal/aws"
)

// signature derives the signature of a request as AWS's user guide says,
// apart from the SDK:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// header returns the value of a signed header by its name in lower case. The
// path needs no encoding and there is no query.
func signature(method, path, query, body string, names []string, header func(string) string, secret, date, scope string) string {
	canonical := method + "\n" + path + "\n" + query + "\n"
	for _, name := range names {
		canonical += name + ":" + strings.Join(strings.Fields(header(name)), " ") + "\n"
	}
	canonical += "\n" + strings.Join(names, ";") + "\n" + hexSHA(body)
	toSign := "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hexSHA(canonical)
	key := []byte("AWS4" + secret)
	for _, part := range strings.Split(scope, "/") {
		key = hmacSHA(key, part)
	}
	return hex.EncodeToString(hmacSHA(key, toSign))
}

func hexSHA(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func hmacSHA(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}

// TestSignatureOfPublished holds the derivation above against what AWS
// publishes: get-vanilla and post-x-www-form-urlencoded of its test suite, and
// the ListUsers example of its user guide.
func TestSignatureOfPublished(t *testing.T) {
	const date = "20150830T123600Z"
	for name, tt := range map[string]struct {
		method, query, body, scope string
		headers                    map[string]string
		want                       string
	}{
		"get-vanilla": {
			method: "GET", scope: "20150830/us-east-1/service/aws4_request",
			headers: map[string]string{"host": "example.amazonaws.com", "x-amz-date": date},
			want:    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		"post-x-www-form-urlencoded": {
			method: "POST", body: "Param1=value1", scope: "20150830/us-east-1/service/aws4_request",
			headers: map[string]string{"content-type": "application/x-www-form-urlencoded", "host": "example.amazonaws.com", "x-amz-date": date},
			want:    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
		},
		"ListUsers": {
			method: "GET", query: "Action=ListUsers&Version=2010-05-08", scope: "20150830/us-east-1/iam/aws4_request",
			headers: map[string]string{"content-type": "application/x-www-form-urlencoded; charset=utf-8", "host": "iam.amazonaws.com", "x-amz-date": date},
			want:    "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for header := range tt.headers {
				names = append(names, header)
			}
			slices.Sort(names)
			got := signature(tt.method, "/", tt.query, tt.body, names, func(n string) string { return tt.headers[n] }, keys.SecretAccessKey, date, tt.scope)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)/(\d{8}/[a-z0-9-]+/ec2/aws4_request), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

// verify returns what is wrong with the signature of a request, or nothing.
func verify(r *http.Request, body string, k aws.Keys) string {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return "the header is " + r.Header.Get("Authorization")
	}
	names := strings.Split(m[3], ";")
	for _, needed := range []string{"content-type", "host", "x-amz-date"} {
		if !slices.Contains(names, needed) {
			return needed + " is not signed"
		}
	}
	date := r.Header.Get("X-Amz-Date")
	if !strings.HasPrefix(date, m[2][:8]) {
		return "the scope is of another day: " + m[2]
	}
	header := func(name string) string {
		switch name {
		case "host":
			return r.Host
		case "content-length":
			return r.Header.Get("Content-Length")
		}
		return strings.Join(r.Header.Values(name), ",")
	}
	if m[1] != k.AccessKeyID {
		return "signed by " + m[1]
	}
	if got, want := m[4], signature(r.Method, r.URL.EscapedPath(), r.URL.RawQuery, body, names, header, k.SecretAccessKey, date, m[2]); got != want {
		return "signature " + got + ", want " + want
	}
	return ""
}

// TestSigned verifies the signature of each action, with any headers that
// something on the way would add left out.
func TestSigned(t *testing.T) {
	for name, do := range eachAction {
		t.Run(name, func(t *testing.T) {
			var wrong []string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				if r.ContentLength > 0 {
					r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
				}
				wrong = append(wrong, verify(r, string(body), keys))
				// The verifier itself must be able to say no.
				if verify(r, string(body)+"&Force=true", keys) == "" {
					t.Error("a changed body verifies")
				}
				fail(400, "DryRunOperation", "")(w, r)
			}))
			defer s.Close()
			c := open(t, aws.Config{Region: "eu-central-1", Endpoint: s.URL, Keys: keys})
			if err := do(t, c); aws.CodeOf(err) != aws.Allowed {
				t.Errorf("got %v", err)
			}
			if len(wrong) != 1 || wrong[0] != "" {
				t.Errorf("got %q", wrong)
			}
		})
	}
}

// eachAction calls each method of Client that sends a request.
var eachAction = map[string]func(t *testing.T, c *aws.Client) error{
	"DescribeInstances": func(t *testing.T, c *aws.Client) error {
		_, _, err := c.DescribeInstance(t.Context(), instance)
		return err
	},
	"DescribeVolumes": func(t *testing.T, c *aws.Client) error {
		_, _, err := c.DescribeVolume(t.Context(), volume)
		return err
	},
	"AttachVolume": func(t *testing.T, c *aws.Client) error { _, _, err := c.AttachVolume(t.Context(), attach); return err },
	"DetachVolume": func(t *testing.T, c *aws.Client) error { _, _, err := c.DetachVolume(t.Context(), detach); return err },
	"AssignPrivateIpAddresses": func(t *testing.T, c *aws.Client) error {
		_, err := c.AssignPrivateIP(t.Context(), assign)
		return err
	},
}

// TestSignedByAWSClock signs by AWS's clock if ours is wrong: refused once,
// the request is sent again with the time that the refusal came with, and
// later ones need no refusal.
func TestSignedByAWSClock(t *testing.T) {
	for name, off := range map[string]time.Duration{"slow": -3 * time.Hour, "fast": 26 * time.Hour, "right": 0} {
		for _, code := range []string{"AuthFailure", "RequestExpired", "SignatureDoesNotMatch"} {
			t.Run(name+" "+code, func(t *testing.T) {
				var refused int
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					date, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
					if err != nil {
						t.Error(err)
					}
					if answers.Sub(date).Abs() > 5*time.Minute {
						refused++
						fail(401, code, "AWS was not able to validate the provided access credentials")(w, r)
						return
					}
					_, _ = w.Write(documented(t, "AttachVolume"))
				})
				c := open(t, aws.Config{Region: region, Endpoint: s.URL, Keys: keys, Now: func() time.Time { return answers.Add(off) }})
				for range 2 {
					if _, _, err := c.AttachVolume(t.Context(), attach); err != nil {
						t.Fatal(err)
					}
				}
				want := 1
				if off == 0 {
					want = 0
				}
				if refused != want {
					t.Errorf("refused %d times, want %d", refused, want)
				}
			})
		}
	}
}

// TestSkewedClockThatStays says so when AWS's clock does not help, and does
// not blame the clock for keys that are wrong.
func TestSkewedClockThatStays(t *testing.T) {
	s := serve(t, fail(401, "AuthFailure", "AWS was not able to validate the provided access credentials"))
	now := answers
	c := open(t, aws.Config{Region: region, Endpoint: s.URL, Keys: keys, Now: func() time.Time { now = now.Add(time.Hour); return now }})
	if _, _, err := c.AttachVolume(t.Context(), attach); aws.CodeOf(err) != aws.SkewedClock {
		t.Errorf("with a clock that runs away: got %v, want %q", err, aws.SkewedClock)
	}
	if n := len(s.received()); n != 2 {
		t.Errorf("sent %d times, want 2", n)
	}
	_, _, err := s.client(t).AttachVolume(t.Context(), attach)
	if aws.CodeOf(err) != aws.Auth {
		t.Errorf("with a clock that is right: got %v, want %q", err, aws.Auth)
	}
	if n := len(s.received()); n != 3 {
		t.Errorf("sent %d times, want 3", n)
	}
}
