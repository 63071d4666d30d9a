package volume

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// files is the FUSE filesystem with one file for each attachment.
type files struct {
	server     *fuse.Server
	root       *fs.Inode
	connection int // as the kernel calls it
}

func mountFiles(dir string) (*files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root := &fs.Inode{}
	server, err := fs.Mount(dir, root, &fs.Options{MountOptions: fuse.MountOptions{
		DirectMountStrict: true, // fusermount need not be there
		FsName:            "ebs", Name: "ebs",
		DisableXAttrs: true,
		MaxBackground: 64,
	}})
	if err != nil {
		return nil, fmt.Errorf("mount %s: %w", dir, err)
	}
	var s unix.Stat_t
	if err := unix.Stat(dir, &s); err != nil {
		return nil, errors.Join(fmt.Errorf("look at %s: %w", dir, err), server.Unmount())
	}
	return &files{server, root, int(unix.Minor(s.Dev))}, nil
}

// add makes the port a file.
func (f *files) add(name string, p *port) {
	node := f.root.NewPersistentInode(context.Background(), &file{port: p}, fs.StableAttr{Mode: syscall.S_IFREG})
	f.root.AddChild(name, node, true)
}

// remove takes the name away. Who has the file open keeps it.
func (f *files) remove(name string) {
	f.root.RmChild(name)
}

// lingers is how long a filesystem that was unmounted may be kept by others.
const lingers = 2 * time.Second

// unmount ends the filesystem, also where a mount namespace that was made
// meanwhile, another lab's, has a copy of the mount: it would keep it for as long
// as it lives.
func (f *files) unmount() error {
	ended := make(chan error, 1)
	go func() { ended <- f.server.Unmount() }() // it waits for the kernel to let go
	var err, aborted error
	select {
	case err = <-ended:
	case <-time.After(lingers):
		aborted = abortConnections(f.connection)
		err = <-ended
	}
	if err != nil {
		err = fmt.Errorf("unmount the volume's files: %w", err)
	}
	return errors.Join(err, aborted)
}

// A file is a port as the kernel sees it.
type file struct {
	fs.Inode
	port *port
}

var (
	_ fs.NodeOpener    = (*file)(nil)
	_ fs.NodeGetattrer = (*file)(nil)
	_ fs.NodeReader    = (*file)(nil)
	_ fs.NodeWriter    = (*file)(nil)
	_ fs.NodeFsyncer   = (*file)(nil)
)

// Open has all I/O pass the page cache by.
func (f *file) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = syscall.S_IFREG | 0o600
	out.Size = uint64(f.port.volume.size)
	return 0
}

func (f *file) Read(_ context.Context, _ fs.FileHandle, dest []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	n, e := f.port.read(dest, offset)
	return fuse.ReadResultData(dest[:n]), e
}

func (f *file) Write(_ context.Context, _ fs.FileHandle, data []byte, offset int64) (uint32, syscall.Errno) {
	if e := f.port.write(data, offset); e != 0 {
		return 0, e
	}
	return uint32(len(data)), 0
}

func (f *file) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno { return f.port.sync() }
