package fakeec2

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"
)

// A Config is the account as it is at the start: one subnet, its instances, the
// volumes, and who may ask.
type Config struct {
	Region string `json:"region"`
	Subnet Subnet `json:"subnet"`
	// Seed makes delays and request ids repeatable.
	Seed      uint64           `json:"seed"`
	Keys      []Key            `json:"keys"`
	Instances []InstanceConfig `json:"instances"`
	Volumes   []VolumeConfig   `json:"volumes"`
	Times     Times            `json:"times"`
	Limits    Limits           `json:"limits"`
}

// A Subnet is the one that all instances are in.
type Subnet struct {
	ID     string       `json:"id"`
	VPC    string       `json:"vpc"`
	Prefix netip.Prefix `json:"prefix"`
}

// A Key is a long-lived access key and the actions that its policy allows; nil
// means the five.
type Key struct {
	ID      string   `json:"id"`
	Secret  string   `json:"secret"`
	Actions []string `json:"actions,omitempty"`
}

// An InstanceConfig is a running instance with one network interface.
type InstanceConfig struct {
	// Name is the host's in the lab: be1, fe2.
	Name      string     `json:"name"`
	ID        string     `json:"id"`
	Zone      string     `json:"zone"`
	Interface string     `json:"interface"`
	MAC       string     `json:"mac"`
	Address   netip.Addr `json:"address"`
	// Secondary are addresses that the interface has from the start.
	Secondary []netip.Addr `json:"secondary,omitempty"`
	// Role, when not empty, gives the instance credentials of its own.
	Role        string   `json:"role,omitempty"`
	RoleActions []string `json:"role_actions,omitempty"`
}

// A VolumeConfig is an available volume.
type VolumeConfig struct {
	ID          string `json:"id"`
	Zone        string `json:"zone"`
	SizeGiB     int    `json:"size_gib"`
	MultiAttach bool   `json:"multi_attach,omitempty"`
}

// Times are how long EC2 takes; each is drawn evenly from its range. All zero
// is an EC2 with instant operations.
type Times struct {
	Attach Range `json:"attach"`
	Detach Range `json:"detach"`
	// Force is how long a forced detachment shows as detaching; the I/O is cut
	// at its start.
	Force Range `json:"force"`
	// Propagate is how long the network and the metadata keep an address where
	// it was.
	Propagate Range `json:"propagate"`
	// Busy is how often a plain detachment looks whether the volume is still in
	// use. Default 50 ms.
	Busy Duration `json:"busy"`
	// Credentials is the lifetime of a role's credentials. Default 6 h.
	Credentials Duration `json:"credentials"`
}

// A Range is a duration from Min up to Max.
type Range struct {
	Min Duration `json:"min"`
	Max Duration `json:"max"`
}

// Limits are those of the instance type and of the account's request rate.
type Limits struct {
	// Volumes an instance may have. Default 28, a small Nitro instance's.
	Volumes int `json:"volumes"`
	// Addresses an interface may have, the primary included. Default 10.
	Addresses int `json:"addresses"`
	// Describe and Change are the buckets of the two Describe actions and of the
	// three others. Default 100 and 20/s, 50 and 5/s.
	Describe Bucket `json:"describe"`
	Change   Bucket `json:"change"`
}

// A Bucket holds Burst requests and gets Rate of them back each second.
type Bucket struct {
	Burst float64 `json:"burst"`
	Rate  float64 `json:"rate"`
}

// A Duration is written as Go writes it: "1.5s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// ReadConfig reads JSON. Unknown fields are errors.
func ReadConfig(file string) (Config, error) {
	f, err := os.Open(file)
	if err != nil {
		return Config{}, err
	}
	defer f.Close()
	var c Config
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	c.Times = c.Times.withDefaults()
	orElse(&c.Limits.Volumes, 28)
	orElse(&c.Limits.Addresses, 10)
	orElse(&c.Limits.Describe, Bucket{100, 20})
	orElse(&c.Limits.Change, Bucket{50, 5})
	return c
}

func (t Times) withDefaults() Times {
	orElse(&t.Busy, Duration(50*time.Millisecond))
	orElse(&t.Credentials, Duration(6*time.Hour))
	return t
}

func orElse[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// validate names the first field that cannot be.
func (c Config) validate() error {
	if c.Region == "" {
		return errors.New("config: region is empty")
	}
	if !c.Subnet.Prefix.IsValid() {
		return errors.New("config: subnet.prefix is missing")
	}
	seen := map[string]bool{}
	once := func(what, id string) error {
		if id == "" {
			return fmt.Errorf("config: %s is empty", what)
		}
		if seen[id] {
			return fmt.Errorf("config: %s %s is there twice", what, id)
		}
		seen[id] = true
		return nil
	}
	for _, in := range c.Instances {
		if err := errors.Join(once("instance name", in.Name), once("instance id", in.ID), once("interface", in.Interface)); err != nil {
			return err
		}
		if _, err := net.ParseMAC(in.MAC); err != nil {
			return fmt.Errorf("config: instance %s: mac: %w", in.Name, err)
		}
		for _, a := range slices.Concat([]netip.Addr{in.Address}, in.Secondary) {
			if !c.Subnet.Prefix.Contains(a) {
				return fmt.Errorf("config: instance %s: address %s is not in subnet %s", in.Name, a, c.Subnet.Prefix)
			}
			if err := once("address", a.String()); err != nil {
				return err
			}
		}
	}
	for _, v := range c.Volumes {
		if err := once("volume", v.ID); err != nil {
			return err
		}
	}
	for _, k := range c.Keys {
		if err := once("key", k.ID); err != nil {
			return err
		}
	}
	return nil
}
