package agent

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// lockMemory keeps this program in memory. What ends a node's service is never
// run until the disk that the program is on may be the one that hangs, so what
// there is of it is read now and stays; what is added later stays once touched.
func lockMemory() error {
	err := errors.Join(
		unix.Mlockall(unix.MCL_CURRENT),
		unix.Mlockall(unix.MCL_CURRENT|unix.MCL_FUTURE|unix.MCL_ONFAULT),
	)
	if err != nil {
		return fmt.Errorf("keep the agent in memory: %w", err)
	}
	return nil
}
