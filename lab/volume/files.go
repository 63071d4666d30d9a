package volume

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// files is the FUSE filesystem with one file for each attachment.
type files struct {
	server *fuse.Server
	root   *fs.Inode
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
	return &files{server, root}, nil
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

func (f *files) unmount() error {
	if err := f.server.Unmount(); err != nil {
		return fmt.Errorf("unmount the volume's files: %w", err)
	}
	f.server.Wait()
	return nil
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
