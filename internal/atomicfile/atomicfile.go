// Package atomicfile gives a file its whole content at once: whoever reads it
// finds the old content or the new, never a part of either, nor a new one with
// the old's mode or owner.
//
// A file that was a symbolic link is a file of its own afterwards.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write gives a file its content and mode, whatever the umask, for good: once
// it has returned nil, a power cut leaves the new file, and before, one of the
// two. The file's directory must be there.
func Write(name string, content []byte, mode fs.FileMode) error {
	return WriteAs(name, content, mode, -1, -1)
}

// WriteAs is Write for a file that is to be another's, which only root may do.
// A uid or gid of -1 leaves that of the process.
func WriteAs(name string, content []byte, mode fs.FileMode, uid, gid int) error {
	made, err := beside(name, content, mode, uid, gid, (*os.File).Sync)
	if err != nil {
		return err
	}
	if err := into(made, name); err != nil {
		return err
	}
	// The rename itself is kept by the directory.
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// WriteVolatile is Write for a file that means nothing after a reboot, or that
// must be written while no disk answers: it waits for none, and a power cut may
// leave anything.
func WriteVolatile(name string, content []byte, mode fs.FileMode) error {
	made, err := beside(name, content, mode, -1, -1, func(*os.File) error { return nil })
	if err != nil {
		return err
	}
	return into(made, name)
}

// beside makes the new file in the directory of the old one, since only within
// a filesystem can one replace the other. Until it is whole nobody else may read
// it, and its name, which no package of settings reads, begins with a dot.
func beside(name string, content []byte, mode fs.FileMode, uid, gid int, sync func(*os.File) error) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil && (uid >= 0 || gid >= 0) {
		err = f.Chown(uid, gid) // before the mode, of which it takes bits away
	}
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = sync(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func into(made, name string) error {
	if err := os.Rename(made, name); err != nil {
		return errors.Join(err, os.Remove(made))
	}
	return nil
}
