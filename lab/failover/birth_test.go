package failover

import (
	"os"
	"strings"
	"testing"
	"time"
)

const possessed = `{"t":"2026-11-26T08:00:00Z","instance":"-","epoch":0,"offset":0,"len":0,"ok":true,"event":"opened","attachment":0}
{"t":"2026-11-26T08:00:01Z","instance":"be1","epoch":1,"offset":1048576,"len":0,"ok":true,"event":"attach","attachment":1}
{"t":"2026-11-26T08:00:02Z","instance":"be1","epoch":2,"offset":1052672,"len":4096,"ok":true,"attachment":1}
{"t":"2026-11-26T08:00:05Z","instance":"be1","epoch":2,"offset":1052672,"len":4096,"ok":false,"attachment":1}
{"t":"2026-11-26T08:00:07Z","instance":"be1","epoch":2,"offset":0,"len":0,"ok":true,"event":"cut","attachment":1}
{"t":"2026-11-26T08:00:08Z","instance":"be2","epoch":2,"offset":0,"len":0,"ok":true,"event":"attach","attachment":2}
{"t":"2026-11-26T08:00:09Z","instance":"be1","epoch":2,"offset":1052672,"len":4096,"ok":false,"attachment":1}
{"t":"2026-11-26T08:00:11Z","instance":"be2","epoch":3,"offset":0,"len":0,"ok":true,"event":"cut","attachment":2}
{"t":"2026-11-26T08:00:12Z","instance":"be1","epoch":3,"offset":0,"len":0,"ok":true,"event":"attach","attachment":3}
{"t":"2026-11-26T08:00:14Z","instance":"be1","epoch":3,"offset":8192,"len":4096,"ok":false,"attachment":3}
{"t":"2026-11-26T08:00:14.5Z","instance":"be2","epoch":3,"offset":8192,"len":4096,"ok":false,"attachment":2}
{"t":"2026-11-26T08:00:16Z","instance":"be1","epoch":4,"offset":1052672,"len":4096,"ok":true,"attachment":3}
`

// A database is started while its host's writes are applied, and at no other time.
func TestStillborn(t *testing.T) {
	had, err := possessions(strings.NewReader(possessed))
	if err != nil {
		t.Fatal(err)
	}
	for host, times := range map[string]map[string]bool{
		"be1": {
			"08:00:00": true, // before it had anything
			"08:00:03": false,
			"08:00:06": true,  // attached, but refused
			"08:00:08": true,  // it is the other's
			"08:00:13": false, // it has it again
			"08:00:15": true,  // refused
			"08:00:17": false, // the fault is over, and the attachment is not
		},
		"be2": {"08:00:03": true, "08:00:10": false, "08:00:12": true}, // who is refused later is another
	} {
		for at, want := range times {
			if got := stillborn([]birth{{host: host, at: moment(at)}}, had); (len(got) == 1) != want {
				t.Errorf("one born on %s at %s: %q, want wrong %v", host, at, got, want)
			}
		}
	}
	if _, err := possessions(strings.NewReader("{\n")); err == nil {
		t.Error("a line that is no JSON is read")
	}
}

// A process is told by its name, its parent and when it began.
func TestProcess(t *testing.T) {
	p, err := readProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.name, "failover") || p.parent != os.Getppid() {
		t.Errorf("it is %q, a child of %d; want failover…, of %d", p.name, p.parent, os.Getppid())
	}
	if now := time.Now(); p.began.After(now.Add(blur)) || p.began.Before(now.Add(-time.Hour)) {
		t.Errorf("it began at %s, and now it is %s", p.began, now)
	}
	if _, err := readProcess(1 << 30); err == nil {
		t.Error("there is a process that cannot be")
	}
}
