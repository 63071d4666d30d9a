package aws_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"tournant/internal/aws"
)

// respond returns a handler that answers with a documented example in which
// something is replaced.
func respond(t *testing.T, name string, replaced ...string) http.HandlerFunc {
	body := strings.NewReplacer(replaced...).Replace(string(documented(t, name)))
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func TestOff(t *testing.T) {
	for state, want := range map[aws.InstanceState]bool{
		aws.Pending: false, aws.Running: false, aws.ShuttingDown: false, aws.Stopping: false, aws.Stopped: true, aws.Terminated: true, "": false,
	} {
		if got := (aws.Instance{State: state}).Off(); got != want {
			t.Errorf("%s: got %t, want %t", state, got, want)
		}
	}
}

func TestInterfaceByMAC(t *testing.T) {
	s := serve(t, respond(t, "DescribeInstances", "02:dd:2c:5e:01:69", "02:DD:2C:5E:01:69"))
	i, _, err := s.client(t).DescribeInstance(t.Context(), instance)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := i.Interface("02:dd:2c:5e:01:69"); !ok || n.ID != "eni-551ba033" {
		t.Errorf("got %+v, %t", n, ok)
	}
	if n, ok := i.Interface("02:dd:2c:5e:01:70"); ok {
		t.Errorf("got %+v of another interface", n)
	}
}

// TestTerminated reads an instance as EC2 describes it when it has gone:
// without interfaces.
func TestTerminated(t *testing.T) {
	body := string(documented(t, "DescribeInstances"))
	from, to := strings.Index(body, "<networkInterfaceSet>"), strings.Index(body, "</networkInterfaceSet>")
	body = strings.Replace(body[:from]+"<networkInterfaceSet/>"+body[to+len("</networkInterfaceSet>"):], "<name>running<", "<name>terminated<", 1)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
	i, _, err := s.client(t).DescribeInstance(t.Context(), instance)
	if err != nil || !i.Off() || len(i.Interfaces) != 0 {
		t.Errorf("got %+v, %v", i, err)
	}
}

// TestInstanceElsewhere does not take an instance for the peer because it has
// that address in another subnet.
func TestInstanceElsewhere(t *testing.T) {
	c := serve(t, nil).client(t)
	for subnet, address := range map[string]string{"subnet-56f5f633": "192.168.1.89", "subnet-00000000": "192.168.1.88"} {
		if i, _, err := c.DescribeInstanceAt(t.Context(), subnet, netip.MustParseAddr(address)); aws.CodeOf(err) != aws.NotFound {
			t.Errorf("%s in %s: got %+v, %v, want %q", address, subnet, i, err, aws.NotFound)
		}
	}
}

// TestIncomplete refuses descriptions that leave out what is decided by.
func TestIncomplete(t *testing.T) {
	for name, tt := range map[string]struct{ example, from, to string }{
		"instance without state": {"DescribeInstances", "<name>running</name>", "<name/>"},
		"instance without zone":  {"DescribeInstances", "eu-west-1c", ""},
		"volume without zone":    {"DescribeVolumes", "us-east-1a", ""},
		"volume without state":   {"DescribeVolumes", "in-use", ""},
		"no volume":              {"DescribeVolumes", "<volumeId>vol-1234567890abcdef0</volumeId>", ""},
		"pages of volumes":       {"DescribeVolumes", "</volumeSet>", "</volumeSet><nextToken>x</nextToken>"},
		"pages of instances":     {"DescribeInstances", "</reservationSet>", "</reservationSet><nextToken>x</nextToken>"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, respond(t, tt.example, tt.from, tt.to))
			if err := eachAction[tt.example](t, s.client(t)); aws.CodeOf(err) != aws.BadAnswer {
				t.Errorf("got %v, want %q", err, aws.BadAnswer)
			}
		})
	}
}
