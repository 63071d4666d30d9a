package bench

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
)

// locked is a buffer that is written by the goroutine that draws.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func TestProgressOnATerminal(t *testing.T) {
	w := &locked{}
	p := &Progress{w: w, shown: true, width: 20}
	drawn := make(chan struct{})
	var once sync.Once
	done := p.Show(func() string {
		once.Do(func() { close(drawn) })
		return "node 17 of 1,000 and more than fits"
	})
	<-drawn
	done()
	const clear = "\r\x1b[K"
	got := w.b.String()
	if !strings.HasPrefix(got, clear+"node 17 of 1,000 an"+clear) || !strings.HasSuffix(got, clear) {
		t.Errorf("got %q", got)
	}
}

func TestProgressElsewhere(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []io.Writer{w, &bytes.Buffer{}} {
		done := NewProgress(to).Show(func() string {
			t.Error("drawn")
			return "x"
		})
		done()
	}
	w.Close()
	if got, err := io.ReadAll(r); err != nil || len(got) > 0 {
		t.Errorf("got %q, %v", got, err)
	}
}

// The master of a pseudo terminal is one, too.
func TestTerminalIsRecognized(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if !NewProgress(terminal).shown {
		t.Error("a terminal is not recognized")
	}
}
