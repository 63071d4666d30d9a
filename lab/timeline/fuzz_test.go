package timeline_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"tournant/lab/timeline"
)

func FuzzReadAgent(f *testing.F) {
	f.Add([]byte("{\"time\":\"2026-11-26T10:00:01Z\",\"msg\":\"decided\",\"state\":\"primary\",\"reason\":\"r\"}\n"))
	f.Add([]byte("{\"msg\":\"decided\"}\nno JSON\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		changes, err := timeline.ReadAgent(bytes.NewReader(log))
		for _, c := range changes {
			if c.To == "" || c.At.IsZero() || err != nil {
				t.Errorf("%q reads as %+v, %v", log, c, err)
			}
		}
	})
}

func FuzzReadVolume(f *testing.F) {
	f.Add([]byte("{\"t\":\"2026-11-26T10:00:01Z\",\"instance\":\"be2\",\"event\":\"attach\",\"attachment\":1}\n"))
	f.Add([]byte("{\"t\":\"\"}\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		if changes, err := timeline.ReadVolume(bytes.NewReader(log)); err != nil && changes != nil {
			t.Errorf("%q reads as %v and fails: %v", log, changes, err)
		}
	})
}

// Whatever can be read as a record draws as XML in which no text touches another.
func FuzzRecord(f *testing.F) {
	text, err := json.Marshal(powerCut())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"title":"<&\u0000","from":"2026-11-26T10:00:01Z","to":"2026-11-26T11:00:02Z","zero":"2020-11-26T10:00:01Z","marks":[{"at":"2026-11-26T10:00:02Z","text":"]]>"}],"lanes":[{"name":"]]>","changes":[{"to":"\"\n"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := timeline.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := timeline.SVG(&b, r); err != nil {
			t.Fatal(err)
		}
		wellSet(t, b.Bytes())
	})
}
