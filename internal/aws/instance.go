package aws

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
)

// InstanceState is the state of an instance.
type InstanceState string

// The states of an instance.
const (
	Pending      InstanceState = "pending"
	Running      InstanceState = "running"
	ShuttingDown InstanceState = "shutting-down"
	Terminated   InstanceState = "terminated"
	Stopping     InstanceState = "stopping"
	Stopped      InstanceState = "stopped"
)

// Instance is an instance as EC2 describes it, which may be as it was some
// time ago.
type Instance struct {
	ID         string
	State      InstanceState
	Zone       string
	Interfaces []Interface // a terminated instance has none
}

// Interface is a network interface of an instance.
type Interface struct {
	ID          string
	Subnet      string
	MAC         string       // in lower case, with colons
	DeviceIndex int          // 0 is the primary one
	Primary     netip.Addr   // its first IPv4 address
	Addresses   []netip.Addr // all of them
}

// Off tells that the instance runs nothing any more: what it had not written
// by then is lost, and it writes no more.
func (i Instance) Off() bool { return i.State == Stopped || i.State == Terminated }

// Interface returns the interface with a MAC address.
func (i Instance) Interface(mac string) (Interface, bool) {
	for _, n := range i.Interfaces {
		if n.MAC == mac {
			return n, true
		}
	}
	return Interface{}, false
}

// DescribeInstance describes an instance.
func (c *Client) DescribeInstance(ctx context.Context, id string) (Instance, Answer, error) {
	instances, answer, err := c.describeInstances(ctx, url.Values{"InstanceId.1": {id}})
	if err == nil && (len(instances) != 1 || instances[0].ID != id) {
		err = badAnswer(DescribeInstances, 0, answer, "not of the one instance that was asked for", nil)
	}
	if err != nil {
		return Instance{}, answer, err
	}
	return instances[0], answer, nil
}

// DescribeInstanceAt describes the instance that has an address in a subnet,
// stopped or not. It fails with NotFound if there is none: a terminated
// instance has no address.
func (c *Client) DescribeInstanceAt(ctx context.Context, subnet string, address netip.Addr) (Instance, Answer, error) {
	instances, answer, err := c.describeInstances(ctx, url.Values{
		"Filter.1.Name":    {"network-interface.addresses.private-ip-address"},
		"Filter.1.Value.1": {address.String()},
	})
	// Other networks of the account may have the same address.
	for _, i := range instances {
		if i.has(subnet, address) {
			return i, answer, nil
		}
	}
	if err == nil {
		err = &Error{
			Op: string(DescribeInstances), Code: NotFound, RequestID: answer.RequestID, Date: answer.Date,
			Message: "no instance has " + address.String() + " in " + subnet,
		}
	}
	return Instance{}, answer, err
}

func (i Instance) has(subnet string, address netip.Addr) bool {
	for _, n := range i.Interfaces {
		for _, a := range n.Addresses {
			if n.Subnet == subnet && a == address {
				return true
			}
		}
	}
	return false
}

func (c *Client) describeInstances(ctx context.Context, params url.Values) ([]Instance, Answer, error) {
	var out instancesXML
	answer, err := c.call(ctx, DescribeInstances, params, &out)
	if err != nil {
		return nil, answer, err
	}
	return out.instances(), answer, nil
}

// AssignRequest is what AssignPrivateIpAddresses is asked.
type AssignRequest struct {
	InterfaceID       string
	Address           netip.Addr // of the interface's subnet
	AllowReassignment bool       // take it from whichever interface has it
}

func (r AssignRequest) params() url.Values {
	return url.Values{
		"NetworkInterfaceId": {r.InterfaceID},
		"PrivateIpAddress.1": {r.Address.String()},
		"AllowReassignment":  {strconv.FormatBool(r.AllowReassignment)},
	}
}

// AssignPrivateIP moves an address to an interface. EC2 does so some time
// after it has said yes: Metadata.Addresses tells when it is done.
func (c *Client) AssignPrivateIP(ctx context.Context, r AssignRequest) (Answer, error) {
	var out struct {
		InterfaceID string `xml:"networkInterfaceId"`
	}
	answer, err := c.call(ctx, AssignPrivateIPAddresses, r.params(), &out)
	if err == nil && out.InterfaceID != "" && out.InterfaceID != r.InterfaceID {
		err = badAnswer(AssignPrivateIPAddresses, 0, answer, "not of the interface that was asked for", nil)
	}
	return answer, err
}
