package volume

import (
	"path/filepath"
	"time"
)

// HangInAttach attaches with I/O that hangs while the device is made, and returns
// once it does.
func (v *Volume) HangInAttach(host string) error {
	p, err := v.connect(host, nil)
	if err != nil {
		return err
	}
	p.stall(true)
	v.files.add(host, p)
	made := make(chan error, 1)
	go func() {
		_, err := makeDevice(filepath.Join(v.mountPoint(), host), nil)
		made <- err
	}()
	for v.Held(host) == 0 {
		select {
		case err := <-made:
			return err
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}
