package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tournant/lab/fakeec2"
)

// A config is the account, and what on this machine stands for it.
type config struct {
	fakeec2.Config
	// Network, when not empty, begins the names of network namespaces: one for
	// each instance, with an address on one bridge, and PREFIX-aws, which the API
	// and the metadata listen in.
	Network string `json:"network"`
	// API and Metadata are TCP addresses. Control is the path of a socket that
	// only root can connect to; its default is DIR/control.
	API      string `json:"api"`
	Metadata string `json:"metadata"`
	Control  string `json:"control"`
	// Dir is where the hosts' devices, the volumes' files and the logs are.
	Dir string `json:"dir"`
	// Disks are the images of volumes, by volume id. A volume without one is
	// attached and detached without a device.
	Disks map[string]diskConfig `json:"disks"`
}

// A diskConfig is an image, which is made if it is not there.
type diskConfig struct {
	Image   string `json:"image"`
	SizeMiB int64  `json:"size_mib"`
}

func readConfig(name string) (config, error) {
	if name == "" {
		return config{}, errors.New("--config is missing")
	}
	f, err := os.Open(name)
	if err != nil {
		return config{}, err
	}
	defer f.Close()
	var c config
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return config{}, fmt.Errorf("%s: %w", name, err)
	}
	if c.Dir == "" {
		return config{}, fmt.Errorf("%s: dir is missing", name)
	}
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return config{}, err
	}
	if c.Control == "" {
		c.Control = filepath.Join(c.Dir, "control")
	}
	return c, nil
}
