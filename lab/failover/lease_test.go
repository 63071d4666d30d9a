package failover

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tournant/lab/network"
)

const written = `{"t":"2026-11-26T08:00:00Z","instance":"-","epoch":0,"offset":0,"len":0,"ok":true,"event":"opened","attachment":0}
{"t":"2026-11-26T08:00:01Z","instance":"be1","epoch":1,"offset":1048576,"len":0,"ok":true,"event":"attach","attachment":1}
{"t":"2026-11-26T08:00:02Z","instance":"be1","epoch":2,"offset":1052672,"len":4096,"ok":true,"attachment":1}
{"t":"2026-11-26T08:00:03Z","instance":"be1","epoch":2,"offset":2097152,"len":4096,"ok":true,"attachment":1}
{"t":"2026-11-26T08:00:03.5Z","instance":"be1","epoch":2,"offset":1048576,"len":4096,"ok":false,"attachment":1}
{"t":"2026-11-26T08:00:04Z","instance":"be2","epoch":3,"offset":1048576,"len":4096,"ok":true,"attachment":2}
`

func moment(s string) time.Time {
	t, err := time.Parse(time.TimeOnly, s)
	if err != nil {
		panic(err)
	}
	return t.AddDate(2026, 10, 25)
}

// Only what was applied to the epoch block is a heartbeat.
func TestHeartbeats(t *testing.T) {
	beats, err := heartbeats(strings.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"be1": "08:00:02", "be2": "08:00:04"} {
		if got := beats[host]; len(got) != 1 || !got[0].Equal(moment(want)) {
			t.Errorf("%s: %v, want %v", host, got, moment(want))
		}
	}
	if _, err := heartbeats(strings.NewReader("{\n")); err == nil {
		t.Error("a line that is no JSON is read")
	}
}

func TestPastLease(t *testing.T) {
	beats := []time.Time{moment("08:00:02"), moment("08:00:03"), moment("08:00:10")}
	for at, late := range map[string]bool{
		"08:00:01": true,  // before any
		"08:00:02": false, // as soon as it is applied
		"08:00:06": false, // to the very end
		"08:00:07": true,
		"08:00:09": true, // a later one excuses nothing
		"08:00:11": false,
		"08:00:14": true,
	} {
		frame := network.Frame{Time: moment(at), Host: "be1", Protocol: network.TCP, Target: netip.MustParseAddr("172.31.30.200")}
		if got := pastLease([]network.Frame{frame}, beats); (len(got) == 1) != late {
			t.Errorf("a frame at %s: %q, want late %v", at, got, late)
		}
	}
}
