package agent

import (
	"errors"

	"tournant/internal/ha"
	"tournant/internal/vip"
)

// codeOfVIP is what an error of the lease or the address means to the machine.
func codeOfVIP(err error) ha.Code {
	if err == nil {
		return ha.OK
	}
	if errors.Is(err, vip.ErrLate) {
		return ha.Late
	}
	if code, over := codeOfTime(err); over {
		return code
	}
	return ha.Failed
}
