package machine

import (
	"encoding/json"
	"fmt"
	"os"
)

// A Spec is a machine as its init is told of it. Directories are the host's.
type Spec struct {
	Name string
	Root string // an empty directory to build the root in
	Run  string // what is /run inside, emptied at boot
	Dev  string // what is /dev inside
	Sys  string // whose block directory is /sys/block inside
	// Cgroup is the machine's, of version 2.
	Cgroup string
	// Keep are the directories and files that are the machine's disk: where
	// they are inside, and on the host.
	Keep  map[string]string
	Units []Unit
}

// specVariable holds the file with the Spec, in an init's environment.
const specVariable = "TOURNANT_LAB_MACHINE"

func readSpec(file string) (Spec, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Spec{}, err
	}
	var s Spec
	if err := json.Unmarshal(text, &s); err != nil {
		return Spec{}, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}
