package keepalived

import (
	"fmt"
	"strconv"
	"strings"
)

// State is what keepalived says that an instance came into.
type State string

// The states, as keepalived 2.2.7 writes them.
const (
	// Master: the other host was not heard for Silence, or said that it stops.
	Master State = "MASTER"

	// Backup: there is a master, or it is being waited for.
	Backup State = "BACKUP"

	// Fault: this host cannot hear, so it knows nothing of the other.
	Fault State = "FAULT"

	// Stop: keepalived ends, or lost its instance by a reload.
	Stop State = "STOP"

	// Contested: this host is master and hears another of lower priority. A
	// host that slept while the other took over gets this alone, and never a new
	// MASTER.
	Contested State = "MASTER_RX_LOWER_PRI"
)

var states = []State{Master, Backup, Fault, Stop, Contested}

// Event is one line of the FIFO.
type Event struct {
	Instance string
	State    State
	Priority int // of this host, at that time
}

// Parse reads a line: INSTANCE "PC_VI" MASTER 150.
func Parse(line string) (Event, error) {
	rest, ok := strings.CutPrefix(line, `INSTANCE "`)
	if !ok {
		return Event{}, fmt.Errorf("keepalived: %q is no event of an instance", clip(line))
	}
	// The name may hold blanks, even quotes; what follows it may not.
	end := strings.LastIndex(rest, `" `)
	if end < 0 {
		return Event{}, fmt.Errorf("keepalived: the event %q does not end its name", clip(line))
	}
	e := Event{Instance: rest[:end]}
	state, priority, ok := strings.Cut(rest[end+2:], " ")
	if !ok {
		return Event{}, fmt.Errorf("keepalived: the event %q has no priority", clip(line))
	}
	for _, s := range states {
		if string(s) == state {
			e.State = s
		}
	}
	if e.State == "" {
		return Event{}, fmt.Errorf("keepalived: the event %q has no state that is known", clip(line))
	}
	var err error
	if e.Priority, err = strconv.Atoi(priority); err != nil || e.Priority < 0 || e.Priority > 255 {
		return Event{}, fmt.Errorf("keepalived: the event %q has no priority from 0 to 255", clip(line))
	}
	return e, nil
}

// clip keeps a log readable.
func clip(line string) string { return line[:min(len(line), 80)] }
