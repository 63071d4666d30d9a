package timeline

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"tournant/lab/load"
	"tournant/lab/volume"
)

// states are those that an agent can be in, as its log and ha-status name them.
var states = []string{"standby", "promoting", "primary", "demoting", "fenced"}

// ReadAgent reads what a backend's agent became and why, from its log. Lines
// that say something else, and what is no line of an agent's at all, are passed
// over: a unit's output has more in it.
func ReadAgent(log io.Reader) ([]Change, error) {
	var changes []Change
	err := eachLine(log, func(text []byte) error {
		line, ok := decision(text)
		if !ok {
			return nil
		}
		if !slices.Contains(states, line.State) {
			return fmt.Errorf("the agent is %q, which is no state", line.State)
		}
		if line.Time.IsZero() {
			return errors.New("a decision without a time")
		}
		changes = append(changes, Change{line.Time, line.State, line.Reason})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("timeline: an agent's log: %w", err)
	}
	return changes, nil
}

// logged is a line of an agent's log, as far as it counts here.
type logged struct {
	Time               time.Time
	Msg, State, Reason string
}

// decision says whether a line is one.
func decision(text []byte) (line logged, ok bool) {
	err := json.Unmarshal(text, &line)
	return line, err == nil && line.Msg == "decided"
}

// Without says that a host had no power from a moment on, until the next
// decision of its agent.
func Without(power time.Time, changes []Change) []Change {
	changes = append(slices.Clone(changes), Change{At: power, To: Off})
	slices.SortStableFunc(changes, func(a, b Change) int { return a.At.Compare(b.At) })
	return changes
}

// ReadVolume reads whose writes the volume took, from its log.
func ReadVolume(log io.Reader) ([]Change, error) {
	var changes []Change
	err := eachLine(log, func(text []byte) error {
		var e volume.Entry
		if err := json.Unmarshal(text, &e); err != nil {
			return err
		}
		switch e.Event {
		case volume.Attach:
			changes = append(changes, Change{At: e.T, To: e.Instance})
		case volume.Cut, volume.Opened:
			changes = append(changes, Change{At: e.T})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("timeline: the volume's log: %w", err)
	}
	return changes, nil
}

// eachLine stops at the first error. A last line without its end is left out: a
// crash cut it short.
func eachLine(in io.Reader, do func([]byte) error) error {
	lines := bufio.NewReader(in)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(text); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// Requests are a load's, as far as a picture tells them apart.
func Requests(h load.History) []Request {
	var all []Request
	for _, o := range h {
		all = append(all, Request{o.Call.Round(0).UTC(), o.Return.Round(0).UTC(), o.Failed()})
	}
	return all
}
