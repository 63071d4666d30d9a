package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"golang.org/x/sys/unix"

	"tournant/internal/aws"
	"tournant/internal/ha"
	"tournant/internal/ha/link"
	"tournant/internal/postgres"
	"tournant/internal/storage"
	"tournant/internal/vip"
)

// mapping is what errors of one package mean.
type mapping []struct {
	err  error
	want ha.Code
}

func (m mapping) check(t *testing.T, code func(error) ha.Code) {
	t.Helper()
	for _, row := range m {
		wrapped := row.err
		if wrapped != nil {
			wrapped = fmt.Errorf("while doing it: %w", row.err)
		}
		for _, err := range []error{row.err, wrapped} {
			if got := code(err); got != row.want {
				t.Errorf("%v: code %d, want %d", err, got, row.want)
			}
		}
	}
}

func TestCodesOfAWS(t *testing.T) {
	awsError := func(c aws.Code) error { return &aws.Error{Op: "AttachVolume", Code: c} }
	mapping{
		{nil, ha.OK},
		{awsError(aws.Allowed), ha.OK},
		{awsError(aws.InUse), ha.InUse},
		{awsError(aws.AlreadyDone), ha.NotAttached},
		{awsError(aws.NotFound), ha.Misconfigured},
		{awsError(aws.ZoneMismatch), ha.Misconfigured},
		{awsError(aws.MultiAttach), ha.Misconfigured},
		{awsError(aws.NameTaken), ha.Failed},
		{awsError(aws.AttachmentLimit), ha.Misconfigured},
		{awsError(aws.AddressLimit), ha.Misconfigured},
		{awsError(aws.AddressTaken), ha.Misconfigured},
		{awsError(aws.WrongState), ha.Misconfigured},
		{awsError(aws.Unauthorized), ha.Denied},
		{awsError(aws.Auth), ha.Denied},
		{awsError(aws.Expired), ha.Denied},
		{awsError(aws.NoCredentials), ha.Denied},
		{awsError(aws.SkewedClock), ha.Denied},
		{awsError(aws.Throttled), ha.Throttled},
		{awsError(aws.ServerTrouble), ha.Throttled},
		{awsError(aws.Unreachable), ha.Unreachable},
		{awsError(aws.BadAnswer), ha.Unreachable},
		{awsError(aws.BadRequest), ha.Misconfigured},
		{awsError(aws.Other), ha.Failed},
		{&aws.Error{Code: aws.Unreachable, Err: context.DeadlineExceeded}, ha.Timeout},
		{context.Canceled, ha.Timeout},
		{errDetaching, ha.Busy},
		{fmt.Errorf("%w: %w", errInUse, context.DeadlineExceeded), ha.Busy},
		{errors.New("anything"), ha.Failed},
	}.check(t, codeOfAWS)
}

func TestCodesOfStorage(t *testing.T) {
	mapping{
		{nil, ha.OK},
		{&storage.ForeignError{}, ha.ForeignEpoch},
		{storage.ErrChanged, ha.ForeignEpoch},
		{storage.ErrDamaged, ha.BadEpochBlock},
		{storage.ErrNotPrepared, ha.Misconfigured},
		{storage.ErrVersion, ha.Misconfigured},
		{storage.ErrNotDivided, ha.Misconfigured},
		{storage.ErrNoEpoch, ha.Misconfigured},
		{&storage.UndividedError{}, ha.Misconfigured},
		{&storage.PartitionError{}, ha.Misconfigured},
		{&storage.GroupError{}, ha.Misconfigured},
		{storage.ErrNoDevice, ha.NoDevice},
		{&storage.NodeError{}, ha.NoDevice},
		{storage.ErrAmbiguous, ha.WrongDevice},
		{&storage.ForeignDeviceError{}, ha.WrongDevice},
		{&storage.FilesystemError{}, ha.Damaged},
		{&storage.HeldError{Err: context.DeadlineExceeded}, ha.Busy},
		{&storage.MountedError{}, ha.Busy},
		{unix.EIO, ha.IOError},
		{&fs.PathError{Op: "read", Err: unix.EIO}, ha.IOError},
		{unix.EROFS, ha.IOError},
		{unix.ENXIO, ha.IOError},
		{unix.ENODEV, ha.IOError},
		{unix.EUCLEAN, ha.Damaged},
		{unix.EBUSY, ha.Busy},
		{fmt.Errorf("%w: %w", errHangs, context.DeadlineExceeded), ha.Timeout},
		{fmt.Errorf("%w: %w", errBefore, context.Canceled), ha.Timeout},
		{errNotTaken, ha.Failed},
	}.check(t, codeOfStorage)
}

func TestCodesOfMount(t *testing.T) {
	mapping{
		{nil, ha.OK},
		{&postgres.VersionError{Volume: 14, Host: 15}, ha.WrongPostgres},
		{postgres.ErrNoCluster, ha.WrongPostgres},
		{uncheckedError{errors.New("no such program")}, ha.WrongPostgres},
		{uncheckedError{&fs.PathError{Op: "read", Err: unix.EIO}}, ha.IOError},
		{errors.Join(uncheckedError{errors.New("killed")}, context.Canceled), ha.Timeout},
		{&storage.FilesystemError{}, ha.Damaged},
		{unix.EIO, ha.IOError},
		{context.DeadlineExceeded, ha.Timeout},
	}.check(t, codeOfMount)
}

func TestCodesOfPostgres(t *testing.T) {
	mapping{
		{nil, ha.OK},
		{errNotTaken, ha.ForeignEpoch},
		{&storage.ForeignError{}, ha.ForeignEpoch},
		{storage.ErrDamaged, ha.BadEpochBlock},
		{&postgres.VersionError{}, ha.WrongPostgres},
		{postgres.ErrNotReady, ha.Failed},
		{errors.Join(context.DeadlineExceeded, postgres.ErrNotReady), ha.Timeout},
		{unix.EIO, ha.IOError},
		{errors.New("the unit failed"), ha.Failed},
	}.check(t, codeOfPostgres)
}

func TestCodesOfVIP(t *testing.T) {
	mapping{
		{nil, ha.OK},
		{vip.ErrLate, ha.Late},
		{errors.Join(vip.ErrLate, errors.New("and more")), ha.Late},
		{context.Canceled, ha.Timeout},
		{vip.ErrNoLease, ha.Failed},
	}.check(t, codeOfVIP)
}

func TestCodesOfPeer(t *testing.T) {
	mapping{
		{nil, ha.OK},
		{&link.RefusedError{Name: "be2", Text: "no"}, ha.Refused},
		{context.DeadlineExceeded, ha.Timeout},
		{errors.New("connection refused"), ha.Unreachable},
	}.check(t, codeOfPeer)
}
