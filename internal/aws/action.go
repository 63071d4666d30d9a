package aws

import "slices"

// Action is the name of an EC2 action.
type Action string

// The actions there are. An IAM policy that allows them allows all that this
// package does.
const (
	DescribeInstances        Action = "DescribeInstances"
	DescribeVolumes          Action = "DescribeVolumes"
	AttachVolume             Action = "AttachVolume"
	DetachVolume             Action = "DetachVolume"
	AssignPrivateIPAddresses Action = "AssignPrivateIpAddresses"
)

// Actions returns all there are.
func Actions() []Action {
	return []Action{DescribeInstances, DescribeVolumes, AttachVolume, DetachVolume, AssignPrivateIPAddresses}
}

func (a Action) known() bool { return slices.Contains(Actions(), a) }
