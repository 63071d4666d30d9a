package aws

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
)

// Target is what permissions are asked for: this instance, the volume, the
// interface of the VIP. A policy may hold for some resources only.
type Target struct {
	VolumeID    string
	InstanceID  string
	Device      string
	InterfaceID string
	Primary     netip.Addr // the interface's own first address
}

// DryRun finds out whether an action would be allowed, and does nothing. It
// returns nil if so, an Error with Unauthorized, Auth, Expired or
// NoCredentials if not, and another one if that could not be found out.
//
// AssignPrivateIpAddresses has no dry run. It is asked to give an interface,
// as a secondary address, the primary one that it has, and not to take it from
// another: that is either refused, after the permission was found good, or
// changes nothing.
func (c *Client) DryRun(ctx context.Context, action Action, t Target) error {
	var params url.Values
	switch action {
	case DescribeInstances, DescribeVolumes:
		params = url.Values{}
	case AttachVolume:
		params = AttachRequest{VolumeID: t.VolumeID, InstanceID: t.InstanceID, Device: t.Device}.params()
	case DetachVolume:
		params = DetachRequest{VolumeID: t.VolumeID, InstanceID: t.InstanceID}.params()
	case AssignPrivateIPAddresses:
		return c.assignAllowed(ctx, t)
	default:
		return &Error{Op: string(action), Code: BadRequest, Message: "not one of the five actions"}
	}
	params.Set("DryRun", strconv.FormatBool(true))
	var out struct{}
	answer, err := c.call(ctx, action, params, &out)
	if err == nil {
		e := badAnswer(action, 0, answer, "a dry run was answered as if it had been done", nil)
		e.Uncertain = true
		return e
	}
	if CodeOf(err) == Allowed {
		return nil
	}
	return err
}

func (c *Client) assignAllowed(ctx context.Context, t Target) error {
	_, err := c.AssignPrivateIP(ctx, AssignRequest{InterfaceID: t.InterfaceID, Address: t.Primary})
	switch CodeOf(err) {
	case AddressTaken, AddressLimit, BadRequest:
		return nil
	}
	return err
}
