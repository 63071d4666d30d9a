package page

import (
	"fmt"
	"path/filepath"
)

// Packages are the files that are installed.
type Packages struct{ Tournant, HA string }

// Find finds the packages in a directory, where make packages leaves them.
func Find(dir string) (Packages, error) {
	var p Packages
	for _, want := range []struct {
		file  *string
		named string
	}{{&p.Tournant, "tournant_*.deb"}, {&p.HA, "tournant-ha_*.deb"}} {
		found, err := filepath.Glob(filepath.Join(dir, want.named))
		if err != nil {
			return p, err
		}
		if len(found) != 1 {
			return p, fmt.Errorf("%s has %d files %s, not one: make packages", dir, len(found), want.named)
		}
		if *want.file, err = filepath.Abs(found[0]); err != nil {
			return p, err
		}
	}
	return p, nil
}
