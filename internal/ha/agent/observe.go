package agent

import (
	"context"
	"errors"
	"os"

	"tournant/internal/ha"
	"tournant/internal/storage"
)

// observe looks at this host.
func (x *executor) observe(ctx context.Context) (r ha.Result) {
	err := x.look.do(ctx, func(ctx context.Context) (err error) {
		r.Local, err = x.local(ctx)
		return err
	})
	if err != nil {
		r.Code, r.Text = codeOfStorage(err), err.Error()
	}
	return r
}

func (x *executor) local(ctx context.Context) (l ha.Local, err error) {
	if l.Device, err = x.device.there(); err != nil {
		return l, err
	}
	if l.Mounted, err = storage.MountedAt(x.cfg.Mount); err != nil {
		return l, err
	}
	if l.Address, err = x.address.here(); err != nil {
		return l, err
	}
	for unit, into := range map[string]*ha.Service{unitPostgres: &l.Postgres, unitAPI: &l.API} {
		if *into, err = x.services.look(ctx, unit); err != nil {
			return l, err
		}
	}
	keepalived, err := x.services.look(ctx, unitKeepalived)
	if err != nil {
		return l, err
	}
	l.Keepalived = keepalived == ha.Running
	l.RootFull = x.root.isFull(ctx)
	switch {
	case !l.Mounted:
	case x.device.answers():
		l.DataFull = x.data.isFull(ctx)
	default: // no more I/O that would hang
		l.DataFull = x.data.wasFull()
	}
	return l, nil
}

// there tells whether a disk of this host is the volume. Several that say so
// are no reason to think it gone.
func (d *device) there() (bool, error) {
	_, err := d.find()
	switch {
	case err == nil, errors.Is(err, storage.ErrAmbiguous):
		return true, nil
	case errors.Is(err, storage.ErrNoDevice):
		return false, nil
	}
	var foreign *storage.ForeignDeviceError
	if errors.As(err, &foreign) {
		return false, nil
	}
	return false, err
}

// reserve looks how full the volume is, and gives back the room that was kept
// for when it is.
func reserve(mount string) (bool, error) {
	reserve, err := storage.ReserveAt(mount)
	if err != nil {
		return false, err
	}
	_, full, err := reserve.Watch()
	return full, err
}

// full tells that nothing can be written in a directory: what says so best is
// to try.
func full(dir string) (bool, error) {
	f, err := os.CreateTemp(dir, ".room-*")
	if err != nil {
		return true, nil //nolint:nilerr // it is the answer
	}
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name())) != nil, nil
}
