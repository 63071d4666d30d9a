package agent

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"

	"tournant/internal/ha"
)

// result is how a command ended that did not.
func result(code ha.Code, err error) ha.Result {
	if err == nil {
		return ha.Result{}
	}
	return ha.Result{Code: code, Text: err.Error()}
}

// codeOfTime is Timeout where time was over, whatever else is said.
func codeOfTime(err error) (ha.Code, bool) {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return ha.Timeout, true
	}
	return ha.OK, false
}

// codeOfKernel is what an error of the kernel says of a device.
func codeOfKernel(err error) ha.Code {
	for _, gone := range []unix.Errno{
		unix.EIO, unix.EROFS, unix.ENXIO, unix.ENODEV, unix.ENOMEDIUM, unix.EREMOTEIO,
		unix.ENOLINK, unix.ESHUTDOWN, unix.EBADE, unix.EILSEQ, unix.ENODATA, unix.ETIMEDOUT,
	} {
		if errors.Is(err, gone) {
			return ha.IOError
		}
	}
	switch {
	case errors.Is(err, unix.EUCLEAN):
		return ha.Damaged
	case errors.Is(err, unix.EBUSY):
		return ha.Busy
	}
	return ha.Failed
}
