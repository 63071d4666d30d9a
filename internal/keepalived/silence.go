package keepalived

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"tournant/internal/atomicfile"
)

// silencing is a tracked value whose weight takes more from the priority than
// there is: keepalived is in FAULT with it, having told the peer that it stops.
const silencing = -254

// Silence has keepalived speak no VRRP until SetPrimary says what this host is.
// Where no keepalived can run, there being no directory of the tracked file, it
// does nothing.
func (f Files) Silence() error {
	err := atomicfile.WriteVolatile(f.Track, []byte(strconv.Itoa(silencing)+"\n"), 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keepalived: write the tracked file: %w", err)
	}
	return nil
}
