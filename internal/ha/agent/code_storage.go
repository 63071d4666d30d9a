package agent

import (
	"errors"

	"tournant/internal/ha"
	"tournant/internal/storage"
)

// codeOfStorage is what an error of the volume means to the machine.
func codeOfStorage(err error) ha.Code {
	if err == nil {
		return ha.OK
	}
	if code, known := codeOfEpoch(err); known {
		return code
	}
	if code, known := codeOfDevice(err); known {
		return code
	}
	if code, over := codeOfTime(err); over {
		return code
	}
	return codeOfKernel(err)
}

// codeOfEpoch is of the epoch block.
func codeOfEpoch(err error) (ha.Code, bool) {
	var foreign *storage.ForeignError
	switch {
	case errors.As(err, &foreign), errors.Is(err, storage.ErrChanged):
		return ha.ForeignEpoch, true
	case errors.Is(err, storage.ErrDamaged):
		return ha.BadEpochBlock, true
	case errors.Is(err, storage.ErrNotPrepared), errors.Is(err, storage.ErrVersion):
		return ha.Misconfigured, true
	}
	return ha.OK, false
}

// codeOfDevice is of the disk, how it is divided, and its mount.
func codeOfDevice(err error) (ha.Code, bool) {
	var (
		foreign    *storage.ForeignDeviceError
		stale      *storage.NodeError
		undivided  *storage.UndividedError
		partition  *storage.PartitionError
		group      *storage.GroupError
		filesystem *storage.FilesystemError
		held       *storage.HeldError
		mounted    *storage.MountedError
	)
	switch {
	case errors.Is(err, storage.ErrNoDevice), errors.As(err, &stale):
		return ha.NoDevice, true
	case errors.Is(err, storage.ErrAmbiguous), errors.As(err, &foreign):
		return ha.WrongDevice, true
	case errors.Is(err, storage.ErrNotDivided), errors.Is(err, storage.ErrNoEpoch),
		errors.As(err, &undivided), errors.As(err, &partition), errors.As(err, &group):
		return ha.Misconfigured, true
	case errors.As(err, &filesystem):
		return ha.Damaged, true
	case errors.As(err, &held), errors.As(err, &mounted):
		return ha.Busy, true
	}
	return ha.OK, false
}

// uncheckedError is why this host could not find out whether it can run the
// cluster.
type uncheckedError struct{ error }

func (e uncheckedError) Unwrap() error { return e.error }

// codeOfMount is of Mount too, which compares versions of PostgreSQL. One that
// cannot be compared is as good as a wrong one: trying again at once changes
// nothing, and the other host may be able to.
func codeOfMount(err error) ha.Code {
	if code := codeOfPostgres(err); code == ha.WrongPostgres {
		return code
	}
	code := codeOfStorage(err)
	var unchecked uncheckedError
	if code == ha.Failed && errors.As(err, &unchecked) {
		return ha.WrongPostgres
	}
	return code
}
