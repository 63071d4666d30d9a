package fakeec2

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// account owns everything.
const account = "123456789012"

type describeInstancesAnswer struct {
	envelope
	Reservations []reservationXML `xml:"reservationSet>item"`
}

type reservationXML struct {
	ReservationID string        `xml:"reservationId"`
	OwnerID       string        `xml:"ownerId"`
	Groups        []struct{}    `xml:"groupSet>item"`
	Instances     []instanceXML `xml:"instancesSet>item"`
}

type instanceXML struct {
	InstanceID string `xml:"instanceId"`
	ImageID    string `xml:"imageId"`
	State      struct {
		Code int           `xml:"code"`
		Name InstanceState `xml:"name"`
	} `xml:"instanceState"`
	PrivateDNSName string         `xml:"privateDnsName"`
	InstanceType   string         `xml:"instanceType"`
	LaunchTime     xmlTime        `xml:"launchTime"`
	Placement      placementXML   `xml:"placement"`
	SubnetID       string         `xml:"subnetId"`
	VPCID          string         `xml:"vpcId"`
	PrivateAddress netip.Addr     `xml:"privateIpAddress"`
	SourceDest     bool           `xml:"sourceDestCheck"`
	RootDevice     string         `xml:"rootDeviceName"`
	Mappings       []mappingXML   `xml:"blockDeviceMapping>item"`
	Tags           []tagXML       `xml:"tagSet>item"`
	Interfaces     []interfaceXML `xml:"networkInterfaceSet>item"`
	Profile        *profileXML    `xml:"iamInstanceProfile"`
}

type placementXML struct {
	Zone      string `xml:"availabilityZone"`
	GroupName string `xml:"groupName"`
	Tenancy   string `xml:"tenancy"`
}

type mappingXML struct {
	DeviceName string `xml:"deviceName"`
	EBS        struct {
		VolumeID            string          `xml:"volumeId"`
		Status              AttachmentState `xml:"status"`
		AttachTime          xmlTime         `xml:"attachTime"`
		DeleteOnTermination bool            `xml:"deleteOnTermination"`
	} `xml:"ebs"`
}

type tagXML struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

type interfaceXML struct {
	InterfaceID    string     `xml:"networkInterfaceId"`
	SubnetID       string     `xml:"subnetId"`
	VPCID          string     `xml:"vpcId"`
	OwnerID        string     `xml:"ownerId"`
	Status         string     `xml:"status"`
	MAC            string     `xml:"macAddress"`
	PrivateAddress netip.Addr `xml:"privateIpAddress"`
	SourceDest     bool       `xml:"sourceDestCheck"`
	Attachment     struct {
		AttachmentID        string  `xml:"attachmentId"`
		DeviceIndex         int     `xml:"deviceIndex"`
		Status              string  `xml:"status"`
		AttachTime          xmlTime `xml:"attachTime"`
		DeleteOnTermination bool    `xml:"deleteOnTermination"`
	} `xml:"attachment"`
	Addresses []addressXML `xml:"privateIpAddressesSet>item"`
}

type addressXML struct {
	Address netip.Addr `xml:"privateIpAddress"`
	Primary bool       `xml:"primary"`
}

type profileXML struct {
	ARN string `xml:"arn"`
	ID  string `xml:"id"`
}

// describeInstances takes InstanceId.N and four filters.
func (s *Server) describeInstances(c *call) (plan, *Error) {
	dryRun, err := c.boolean("DryRun")
	if err != nil {
		return plan{}, err
	}
	ids := c.list("InstanceId")
	if err := checkIDs("i-", "InvalidInstanceID.Malformed", ids); err != nil {
		return plan{}, err
	}
	filters, err := c.filters("instance-id", "instance-state-name", "private-ip-address", "network-interface.addresses.private-ip-address")
	if err != nil {
		return plan{}, err
	}
	return plan{dryRun, func() (answer, *Error) {
		seen := s.seen(c)
		for _, id := range ids {
			if seen.instance(id) == nil {
				return nil, errInstanceNotFound(id)
			}
		}
		answer := &describeInstancesAnswer{envelope: envelope{action: c.action}}
		for _, in := range seen.instances {
			if (len(ids) == 0 || slices.Contains(ids, in.ID)) && matches(filters, in.filterValues) {
				answer.Reservations = append(answer.Reservations, reservationXML{
					ReservationID: "r-" + strings.TrimPrefix(in.ID, "i-"), OwnerID: account,
					Instances: []instanceXML{s.newInstanceXML(seen, in)},
				})
			}
		}
		return answer, nil
	}}, nil
}

func (in Instance) filterValues(name string) []string {
	switch name {
	case "instance-id":
		return []string{in.ID}
	case "instance-state-name":
		return []string{string(in.State)}
	}
	if in.State == Terminated {
		return nil
	}
	if name == "private-ip-address" {
		return []string{in.Interface.Primary.String()}
	}
	all := []string{in.Interface.Primary.String()}
	for _, a := range in.Interface.Secondary {
		all = append(all, a.String())
	}
	return all
}

func (s *Server) newInstanceXML(w world, in Instance) instanceXML {
	x := instanceXML{
		InstanceID: in.ID, ImageID: "ami-bff32ccc", PrivateDNSName: s.privateName(in), InstanceType: "m7i.large", LaunchTime: xmlTime(in.Launched),
		Placement: placementXML{Zone: in.Zone, Tenancy: "default"}, SubnetID: s.config.Subnet.ID, VPCID: s.config.Subnet.VPC,
		SourceDest: true, RootDevice: "/dev/xvda", Tags: []tagXML{{"Name", in.Name}},
	}
	if in.State != Terminated {
		x.PrivateAddress, x.Interfaces = in.Interface.Primary, []interfaceXML{s.newInterfaceXML(in)}
	}
	x.State.Code, x.State.Name = in.State.code(), in.State
	for _, v := range w.volumes {
		if a := v.Attachment; a != nil && a.Instance == in.ID {
			m := mappingXML{DeviceName: a.Device}
			m.EBS.VolumeID, m.EBS.Status, m.EBS.AttachTime = v.ID, a.State, xmlTime(a.Since)
			x.Mappings = append(x.Mappings, m)
		}
	}
	if in.Role != "" {
		x.Profile = &profileXML{ARN: "arn:aws:iam::" + account + ":instance-profile/" + in.Role, ID: "AIPA" + strings.ToUpper(strings.TrimPrefix(in.ID, "i-"))}
	}
	return x
}

func (s *Server) newInterfaceXML(in Instance) interfaceXML {
	n := in.Interface
	x := interfaceXML{
		InterfaceID: n.ID, SubnetID: s.config.Subnet.ID, VPCID: s.config.Subnet.VPC, OwnerID: account, Status: "in-use",
		MAC: n.MAC, PrivateAddress: n.Primary, SourceDest: true,
		Addresses: []addressXML{{n.Primary, true}},
	}
	for _, a := range n.Secondary {
		x.Addresses = append(x.Addresses, addressXML{Address: a})
	}
	x.Attachment.AttachmentID = "eni-attach-" + strings.TrimPrefix(n.ID, "eni-")
	x.Attachment.Status, x.Attachment.AttachTime, x.Attachment.DeleteOnTermination = "attached", xmlTime(in.Launched), true
	return x
}

// privateName is the name that AWS derives from an address.
func (s *Server) privateName(in Instance) string {
	return fmt.Sprintf("ip-%s.%s.compute.internal", strings.ReplaceAll(in.Interface.Primary.String(), ".", "-"), s.config.Region)
}
