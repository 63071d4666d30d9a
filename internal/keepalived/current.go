package keepalived

import (
	"errors"
	"fmt"
	"net"
)

// Current is what an agent that starts can know of a keepalived that runs:
// Master, or "" for anything else. Events tell of changes alone; but the mark is
// on lo while keepalived is master.
func (f Files) Current() (State, error) {
	if _, err := f.Running(); errors.Is(err, ErrNotRunning) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return "", fmt.Errorf("keepalived: %w", err)
	}
	addresses, err := lo.Addrs()
	if err != nil {
		return "", fmt.Errorf("keepalived: addresses of lo: %w", err)
	}
	for _, a := range addresses {
		if a.String() == mark+"/32" {
			return Master, nil
		}
	}
	return "", nil
}
