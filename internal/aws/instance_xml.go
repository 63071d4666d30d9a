package aws

import (
	"net/netip"
	"strings"
)

// instancesXML is the answer of DescribeInstances.
type instancesXML struct {
	Instances []instanceXML `xml:"reservationSet>item>instancesSet>item"`
	NextToken string        `xml:"nextToken"`
}

type instanceXML struct {
	ID         string         `xml:"instanceId"`
	State      string         `xml:"instanceState>name"`
	Zone       string         `xml:"placement>availabilityZone"`
	Interfaces []interfaceXML `xml:"networkInterfaceSet>item"`
}

type interfaceXML struct {
	ID          string `xml:"networkInterfaceId"`
	Subnet      string `xml:"subnetId"`
	MAC         string `xml:"macAddress"`
	DeviceIndex int    `xml:"attachment>deviceIndex"`
	Addresses   []struct {
		Address addressXML `xml:"privateIpAddress"`
		Primary bool       `xml:"primary"`
	} `xml:"privateIpAddressesSet>item"`
}

// addressXML is an IPv4 address, which may be left empty.
type addressXML struct{ netip.Addr }

func (a *addressXML) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	return a.Addr.UnmarshalText(text)
}

func (x *instancesXML) check() string {
	if x.NextToken != "" {
		return "in pages, which were not asked for"
	}
	for _, i := range x.Instances {
		if i.ID == "" || i.State == "" || i.Zone == "" {
			return "an instance without id, state or zone"
		}
	}
	return ""
}

func (x *instancesXML) instances() []Instance {
	instances := make([]Instance, 0, len(x.Instances))
	for _, i := range x.Instances {
		instance := Instance{ID: i.ID, State: InstanceState(i.State), Zone: i.Zone}
		for _, n := range i.Interfaces {
			instance.Interfaces = append(instance.Interfaces, n.networkInterface())
		}
		instances = append(instances, instance)
	}
	return instances
}

func (x interfaceXML) networkInterface() Interface {
	n := Interface{ID: x.ID, Subnet: x.Subnet, MAC: strings.ToLower(x.MAC), DeviceIndex: x.DeviceIndex}
	for _, a := range x.Addresses {
		if !a.Address.IsValid() {
			continue
		}
		if a.Primary {
			n.Primary = a.Address.Addr
		}
		n.Addresses = append(n.Addresses, a.Address.Addr)
	}
	return n
}
