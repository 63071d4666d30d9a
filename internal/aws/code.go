package aws

import (
	"slices"
	"strings"
)

// Code is what an error means to us. AWS's own code, of which several may
// mean the same, is kept beside it.
type Code string

// The codes.
const (
	// InUse: AttachVolume found the volume attached, to another or to the
	// asker itself, or on its way from one state to another. Asking again is
	// how to wait for it.
	InUse Code = "volume in use"
	// AlreadyDone: DetachVolume found nothing to detach.
	AlreadyDone Code = "already done"
	// NotFound: the volume, instance or interface does not exist, or is so new
	// that EC2 has not heard of it everywhere.
	NotFound Code = "not found"
	// ZoneMismatch: volume and instance are in different availability zones.
	ZoneMismatch Code = "another zone"
	// MultiAttach: the volume can be attached to several instances at once, so
	// that its attachment is no lock. Found here, not by EC2.
	MultiAttach Code = "multi-attach"
	// NameTaken: the device name is in use on the instance; another will do.
	NameTaken Code = "device name taken"
	// AttachmentLimit: the instance has as many volumes as its type can have.
	AttachmentLimit Code = "attachment limit"
	// AddressLimit: the interface has as many addresses as it can have.
	AddressLimit Code = "address limit"
	// AddressTaken: another interface has the address, as its primary one or
	// because reassignment was not allowed.
	AddressTaken Code = "address taken"
	// WrongState: the instance is not running, or not in a state for this.
	WrongState Code = "wrong state"
	// Allowed: the request was a dry run and would have been done.
	Allowed Code = "allowed"
	// Unauthorized: credentials are good, the policy lacks the action.
	Unauthorized Code = "unauthorized"
	// Auth: AWS does not accept the credentials.
	Auth Code = "credentials refused"
	// Expired: the credentials were good once.
	Expired Code = "credentials expired"
	// NoCredentials: there are no keys in the configuration, and the instance
	// has no role.
	NoCredentials Code = "no credentials"
	// SkewedClock: this host's clock is too far from AWS's, and signing by
	// AWS's did not help either.
	SkewedClock Code = "skewed clock"
	// Throttled: too many requests, perhaps not ours: the limit is the
	// account's in the region.
	Throttled Code = "throttled"
	// ServerTrouble: AWS's own fault.
	ServerTrouble Code = "server trouble"
	// Unreachable: no answer, or none in time.
	Unreachable Code = "unreachable"
	// BadAnswer: an answer that makes no sense: cut short, too large, of
	// something else than was asked for.
	BadAnswer Code = "bad answer"
	// BadRequest: AWS does not take what was asked for; an id in the
	// configuration is likely wrong.
	BadRequest Code = "bad request"
	// Other is any code that this package does not know.
	Other Code = "other"
)

// codes maps EC2's codes, where they mean the same for every action:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
var codes = map[string]Code{
	"VolumeInUse": InUse,

	"InvalidAttachment.NotFound":          NotFound,
	"InvalidVolume.NotFound":              NotFound,
	"InvalidInstanceID.NotFound":          NotFound,
	"InvalidNetworkInterfaceID.NotFound":  NotFound,
	"InvalidNetworkInterfaceId.NotFound":  NotFound,
	"InvalidVolume.ZoneMismatch":          ZoneMismatch,
	"InvalidVolumeID.ZoneMismatch":        ZoneMismatch,
	"AttachmentLimitExceeded":             AttachmentLimit,
	"PrivateIpAddressLimitExceeded":       AddressLimit,
	"Resource.AlreadyAssigned":            AddressTaken,
	"InvalidIPAddress.InUse":              AddressTaken,
	"IncorrectInstanceState":              WrongState,
	"InvalidParameter":                    BadRequest,
	"InvalidParameterValue":               BadRequest,
	"InvalidParameterCombination":         BadRequest,
	"MissingParameter":                    BadRequest,
	"UnknownParameter":                    BadRequest,
	"InvalidAction":                       BadRequest,
	"InvalidVolumeID.Malformed":           BadRequest,
	"InvalidInstanceID.Malformed":         BadRequest,
	"InvalidNetworkInterfaceId.Malformed": BadRequest,
	"InvalidNetworkInterfaceID.Malformed": BadRequest,
	"UnsupportedOperation":                BadRequest,
	"OperationNotPermitted":               BadRequest,

	"DryRunOperation":       Allowed,
	"UnauthorizedOperation": Unauthorized,

	"AuthFailure":                 Auth,
	"InvalidClientTokenId":        Auth,
	"UnrecognizedClientException": Auth,
	"SignatureDoesNotMatch":       Auth,
	"IncompleteSignature":         Auth,
	"MissingAuthenticationToken":  Auth,
	"OptInRequired":               Auth,
	"Blocked":                     Auth,
	"PendingVerification":         Auth,
	"ExpiredToken":                Expired,
	"ExpiredTokenException":       Expired,
	"RequestExpired":              Expired,
	"RequestTimeTooSkewed":        SkewedClock,

	"RequestLimitExceeded":     Throttled,
	"Throttling":               Throttled,
	"ThrottlingException":      Throttled,
	"TooManyRequestsException": Throttled,
	"EC2ThrottledException":    Throttled,

	"InternalError":      ServerTrouble,
	"InternalFailure":    ServerTrouble,
	"ServerInternal":     ServerTrouble,
	"ServiceUnavailable": ServerTrouble,
	"Unavailable":        ServerTrouble,
	"RetryableError":     ServerTrouble,
}

// meaning tells what AWS's code means for an action. Answers of something in
// between, a proxy say, have no code but a status.
func meaning(action Action, status int, awsCode, message string) Code {
	// Older texts have the codes with a prefix, "Client.VolumeInUse".
	awsCode = strings.TrimPrefix(strings.TrimPrefix(awsCode, "Client."), "Server.")
	if code, ok := meaningFor(action, awsCode, message); ok {
		return code
	}
	if code, ok := codes[awsCode]; ok {
		return code
	}
	switch {
	case status == 429:
		return Throttled
	case status >= 500:
		return ServerTrouble
	}
	return Other
}

// meaningFor knows the codes that mean different things for different
// actions. InvalidParameterValue means nearly anything; what AWS says with it,
// known from reports only, decides.
func meaningFor(action Action, awsCode, message string) (Code, bool) {
	says := func(words ...string) bool {
		return awsCode == "InvalidParameterValue" && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(message, w) })
	}
	switch {
	case action == AttachVolume && awsCode == "IncorrectState":
		return InUse, true
	case action == AttachVolume && says("already in use"):
		return NameTaken, true
	case action == AssignPrivateIPAddresses && says("already in use", "already assigned", "move is not allowed", "primary address"):
		return AddressTaken, true
	case action == DetachVolume && (awsCode == "IncorrectState" || awsCode == "InvalidAttachment.NotFound"):
		return AlreadyDone, true
	case action == DetachVolume && awsCode == "InvalidInstanceID.NotFound":
		// Who does not exist holds nothing: EC2 forgets terminated instances
		// after an hour.
		return AlreadyDone, true
	case awsCode == "IncorrectState":
		return WrongState, true
	}
	return "", false
}
