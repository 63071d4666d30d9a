package volume

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// An Entry is one line of the log: a write, or with an Event, something that
// changes who may write.
type Entry struct {
	T time.Time `json:"t"`
	// Instance is the host's name.
	Instance string `json:"instance"`
	// Epoch is what the epoch block said: for a write to it, once it was done.
	// 0 is for a volume without one.
	Epoch  uint64 `json:"epoch"`
	Offset int64  `json:"offset"`
	Len    int    `json:"len"`
	// OK is whether the write was applied.
	OK    bool  `json:"ok"`
	Event Event `json:"event,omitempty"`
	// Attachment tells a host's attachments from each other.
	Attachment int `json:"attachment"`
}

// An Event is what happened to an attachment.
type Event string

// The events.
const (
	// Opened: the volume's process began, with nobody attached.
	Opened Event = "opened"
	// Attach: from here on the host may write.
	Attach Event = "attach"
	// Cut: from here on it may not, in this attachment.
	Cut Event = "cut"
)

// A log is a file that each line is in by the time that its write is answered.
type log struct{ file *os.File }

func openLog(name string) (*log, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &log{f}, nil
}

func (l *log) write(e Entry) error {
	e.T = time.Now().UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("log of writes: %w", err)
	}
	return nil
}

func (l *log) Close() error { return l.file.Close() }
