package failover

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"tournant/lab/volume"
)

// entries are those of a volume's log. A last line that is cut short is left out; an
// error is the last that comes.
func entries(log io.Reader) iter.Seq2[volume.Entry, error] {
	return func(yield func(volume.Entry, error) bool) {
		lines := bufio.NewReader(log)
		for {
			line, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				return
			}
			var e volume.Entry
			if err == nil {
				err = json.Unmarshal(line, &e)
			}
			if err != nil {
				yield(e, fmt.Errorf("failover: the volume's log: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}
