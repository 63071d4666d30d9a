package ha

// Code is what a Result means to the machine. An executor maps the errors of
// EC2, of the kernel and of systemd to it, and keeps their words in Text.
type Code uint8

// The codes.
const (
	OK            Code = iota
	Timeout            // no answer by the deadline: it may have happened or not
	Failed             // an error that no other code describes: it did not happen, or not whole
	Unreachable        // nobody answered, or the answer was lost: it may have happened or not
	Throttled          // RequestLimitExceeded or a 5xx: later
	Denied             // UnauthorizedOperation, AuthFailure, ExpiredToken: an operator's matter
	Misconfigured      // NotFound, ZoneMismatch, Multi-Attach, a volume that is not prepared or is a later release's: an operator's matter
	InUse              // VolumeInUse
	WrongState         // IncorrectState
	NotAttached        // InvalidAttachment.NotFound
	Busy               // still detaching, still mounted, still running
	NoDevice           // no device has the volume's serial
	WrongDevice        // a device is not the volume that it should be
	IOError            // EIO, a read-only file system, a device that is gone
	ForeignEpoch       // the epoch block holds another's taking
	BadEpochBlock      // both copies of the epoch block are damaged
	WrongPostgres      // PG_VERSION is not the local major, or cannot be compared with it
	Damaged            // the file system needs more than its journal
	Late               // the lease to renew had ended
	Refused            // the peer said no
)
