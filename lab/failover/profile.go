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

// String says it in words, for who sees times that came of it.
func (p Profile) String() string {
	advert := p.Advert
	if advert == 0 {
		advert = time.Second // keepalived's default
	}
	ec2 := "EC2 takes no time"
	if p.Times != (fakeec2.Times{}) {
		ec2 = fmt.Sprintf("EC2 takes %s to attach or detach and %s to move the address", span(p.Times.Attach), span(p.Times.Propagate))
	}
	return fmt.Sprintf("%s, keepalived speaks every %g s", ec2, advert.Seconds())
}

func span(r fakeec2.Range) string {
	least, most := time.Duration(r.Min).Seconds(), time.Duration(r.Max).Seconds()
	if least == most {
		return fmt.Sprintf("%g s", least)
	}
	return fmt.Sprintf("%g-%g s", least, most)
}
