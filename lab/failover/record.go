package failover

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// ReadRecord reads a file of results. One that is not there is empty.
func ReadRecord(file string) ([]Result, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []Result
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, r)
	}
	return all, lines.Err()
}

// Append adds one line to a file of results. "" is none.
func Append(file string, r *Result) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	line, err := json.Marshal(r)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// Done is how many runs of a row, profile and kind a record has of one commit.
func Done(record []Result, commit, profile string, kind Kind, row Row) int {
	n := 0
	for _, r := range record {
		if r.Commit == commit && r.Profile == profile && r.kind() == kind && r.Row == row.Name && r.From == row.from && r.To == row.to {
			n++
		}
	}
	return n
}
