package storage

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// MountedAtBoot tells what a file as fstab(5) has it mounts at a path when the
// host boots, "" if it mounts nothing there.
func MountedAtBoot(fstab, path string) (source string, err error) {
	text, err := os.ReadFile(fstab)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look what is mounted at boot: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && !strings.HasPrefix(fields[0], "#") && fields[1] == path {
			return fields[0], nil
		}
	}
	return "", nil
}
