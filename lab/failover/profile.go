package failover

import (
	"fmt"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
)

// A Profile is how fast the surroundings are.
type Profile struct {
	Name   string
	Advert time.Duration
	Times  fakeec2.Times
}

// Profiles are the two that there are figures for.
func Profiles() []Profile {
	between := func(least, most time.Duration) fakeec2.Range {
		return fakeec2.Range{Min: fakeec2.Duration(least), Max: fakeec2.Duration(most)}
	}
	return []Profile{
		// EC2 as it is reported to be, and keepalived's default.
		{Name: "aws", Advert: 0, Times: fakeec2.Times{
			Attach: between(time.Second, 4*time.Second), Detach: between(time.Second, 4*time.Second),
			Force: between(time.Second, 4*time.Second), Propagate: between(3*time.Second, 3*time.Second),
		}},
		// What is left of a fail-over when EC2 takes no time and the standby
		// notices at once.
		{Name: "instant", Advert: 200 * time.Millisecond},
	}
}

// FindProfile is the profile of a name.
func FindProfile(name string) (Profile, error) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("failover: no profile is called %q", name)
}

// Apply makes a cluster's surroundings so.
func (p Profile) Apply(c *cluster.Config) { c.Advert, c.Times = p.Advert, p.Times }
