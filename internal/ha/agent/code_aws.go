package agent

import (
	"errors"

	"tournant/internal/aws"
	"tournant/internal/ha"
)

// textOfAWS is an error of EC2 or of the metadata in people's words, and what to do
// about it.
func textOfAWS(err error) string {
	var e *aws.Error
	if errors.As(err, &e) && e.Advice() != "" {
		return err.Error() + ". " + e.Advice()
	}
	return err.Error()
}

// codeOfAWS is what an error of EC2 or of the metadata means to the machine.
func codeOfAWS(err error) ha.Code {
	if err == nil {
		return ha.OK
	}
	if errors.Is(err, errDetaching) || errors.Is(err, errInUse) {
		return ha.Busy
	}
	if code, over := codeOfTime(err); over {
		return code
	}
	switch aws.CodeOf(err) {
	case aws.Allowed:
		return ha.OK
	case aws.InUse:
		return ha.InUse
	case aws.AlreadyDone:
		return ha.NotAttached
	case aws.Unauthorized, aws.Auth, aws.Expired, aws.NoCredentials, aws.SkewedClock:
		return ha.Denied
	case aws.Throttled, aws.ServerTrouble:
		return ha.Throttled
	case aws.Unreachable, aws.BadAnswer:
		return ha.Unreachable
	case aws.NotFound, aws.ZoneMismatch, aws.MultiAttach, aws.AttachmentLimit,
		aws.AddressLimit, aws.AddressTaken, aws.BadRequest, aws.WrongState:
		return ha.Misconfigured
	case aws.NameTaken, aws.Other:
		return ha.Failed
	}
	return ha.Failed
}
