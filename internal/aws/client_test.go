package aws_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tournant/internal/aws"
)

// TestNoSecretIsShown prints what holds the keys in every usual way.
func TestNoSecretIsShown(t *testing.T) {
	s := serve(t, fail(401, "AuthFailure", ""))
	cfg := aws.Config{Region: region, Endpoint: s.URL, Keys: keys}
	c := s.client(t)
	_, _, err := c.AttachVolume(t.Context(), attach)
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{cfg, &cfg, keys, &keys, c, err} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
		log.Info("value", "v", v)
	}
	for _, v := range []any{keys, struct{ Keys aws.Keys }{keys}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	for _, secret := range []string{keys.SecretAccessKey, fmt.Sprintf("%x", keys.SecretAccessKey), fmt.Sprintf("%q", keys.SecretAccessKey)} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the secret key is shown:\n%s", out.String())
		}
	}
	if !strings.Contains(out.String(), "access key AKIDEXAMPLE [hidden]") {
		t.Errorf("nothing tells which key it is:\n%s", out.String())
	}
	if got := (aws.Keys{}).String(); got != "no keys" {
		t.Errorf("got %q", got)
	}
}

func TestEndpoint(t *testing.T) {
	for name, tt := range map[string]struct{ region, endpoint, want string }{
		"AWS":           {"us-east-1", "", "EC2 at ec2.us-east-1.amazonaws.com"},
		"China":         {"cn-north-1", "", "EC2 at ec2.cn-north-1.amazonaws.com.cn"},
		"Europe":        {"eusc-de-east-1", "", "EC2 at ec2.eusc-de-east-1.amazonaws.eu"},
		"government":    {"us-gov-west-1", "", "EC2 at ec2.us-gov-west-1.amazonaws.com"},
		"VPC endpoint":  {"us-east-1", "https://vpce-1.ec2.us-east-1.vpce.amazonaws.com", "EC2 at vpce-1.ec2.us-east-1.vpce.amazonaws.com"},
		"a laboratory":  {"us-east-1", "http://172.31.16.1:8080", "EC2 at 172.31.16.1:8080"},
		"this host":     {"us-east-1", "http://localhost:8080", "EC2 at localhost:8080"},
		"without TLS":   {"us-east-1", "http://ec2.us-east-1.amazonaws.com", ""},
		"with password": {"us-east-1", "https://a:b@ec2.us-east-1.amazonaws.com", ""},
		"no URL":        {"us-east-1", "ec2.us-east-1.amazonaws.com", ""},
		"another one":   {"us-east-1", "ftp://ec2.us-east-1.amazonaws.com", ""},
		"no region":     {"us-east-1.evil.example/", "", ""},
		"a zone":        {"us-east-1a", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := aws.New(t.Context(), aws.Config{Region: tt.region, Endpoint: tt.endpoint, Keys: keys})
			if tt.want == "" {
				if err == nil || !strings.Contains(err.Error(), "ha['aws_") {
					t.Errorf("got %v, %v, want an error that names the setting", c, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.String() != tt.want {
				t.Errorf("got %s, want %s", c, tt.want)
			}
		})
	}
}

func TestKeysBelongTogether(t *testing.T) {
	for _, half := range []aws.Keys{{AccessKeyID: "AKIDEXAMPLE"}, {SecretAccessKey: "secret"}} {
		_, err := aws.New(t.Context(), aws.Config{Region: region, Keys: half})
		if err == nil || !strings.Contains(err.Error(), "ha['aws_access_key_id']") || strings.Contains(err.Error(), "AKIDEXAMPLE") {
			t.Errorf("%s: got %v", half, err)
		}
	}
	if _, err := aws.New(t.Context(), aws.Config{}); err == nil {
		t.Error("a client without region, keys and metadata")
	}
}
