package aws

import "fmt"

// Advice is a sentence for the operator: what to do next. It is empty where
// there is nothing to do but wait or ask again.
func (e *Error) Advice() string {
	switch e.Code {
	case Unauthorized:
		if !Action(e.Op).known() {
			return "Turn on the instance metadata service, version 2, for this instance."
		}
		return fmt.Sprintf("Allow ec2:%s in the IAM policy of the key in chef-server.rb, or of the instance's role.", e.Op)
	case Auth:
		return "Check ha['aws_access_key_id'] and ha['aws_secret_access_key']; remove both to use the role of the instance."
	case Expired:
		return "The role's credentials are renewed by the instance metadata: check that http://169.254.169.254 answers this host, and its clock."
	case NoCredentials:
		return "Give the instance a role with the five actions, or set ha['aws_access_key_id'] and ha['aws_secret_access_key']."
	case SkewedClock:
		return "Set this host's clock: run chrony or systemd-timesyncd."
	}
	return e.resourceAdvice()
}

func (e *Error) resourceAdvice() string {
	switch e.Code {
	case MultiAttach:
		return "Turn Multi-Attach off for the volume: only what one instance alone can hold tells who is primary."
	case ZoneMismatch:
		return "Use a volume of the zone of both backends: a copy by way of a snapshot, if it is elsewhere."
	case NotFound:
		return "Check ha['ebs_volume_id'] and ha['aws_region']: what was asked for is not there."
	case AttachmentLimit:
		return "Detach a volume that this instance does not need, or take a larger instance type."
	case AddressLimit:
		return "Take an address off the interface, or take an instance type that can have more."
	case AddressTaken:
		return "Choose an address for backend_vip that is no instance's primary one."
	case NameTaken:
		return "Choose another ha['ebs_device'] from /dev/sdf to /dev/sdp."
	case WrongState:
		return "Wait until the instance is running, or has stopped."
	case BadRequest:
		return "Check the ids and addresses in chef-server.rb against the EC2 console."
	case Unreachable:
		return "Check that this host reaches the EC2 endpoint on port 443: routes, security group, VPC endpoint, proxy."
	case Throttled:
		return "Look for who else calls EC2 in this account and region."
	case ServerTrouble:
		return "See https://health.aws.amazon.com."
	}
	return ""
}
