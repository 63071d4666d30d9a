package blob

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"syscall"

	"tournant/internal/chef"
)

// ErrDigest is returned for content that has another MD5 than was promised.
var ErrDigest = errors.New("the content does not have the promised MD5")

// ErrTooLarge is returned for content beyond the limit.
var ErrTooLarge = errors.New("the file is too large")

// ErrReceive is in the chain of errors from the sender of an upload.
var ErrReceive = errors.New("receive file")

// spooled is the received content of an upload, in a file without a name: it
// goes when it is closed, or when the process ends.
type spooled struct {
	*os.File
	size int64
	sum  []byte // MD5
}

// spoolError words the error of the spool. Its disk may be full when the
// database's is not.
func spoolError(err error) error {
	err = fmt.Errorf("spool upload: %w", err)
	if errors.Is(err, syscall.ENOSPC) {
		return &chef.Error{Code: chef.InsufficientStorage, Message: "The server has no room to receive the file.", Err: err}
	}
	return err
}

// receive copies a body to the spool.
func (d *Database) receive(body io.Reader) (*spooled, error) {
	f, err := os.CreateTemp(d.spool, "upload-")
	if err != nil {
		return nil, spoolError(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("spool upload: %w", err), f.Close())
	}
	sp := &spooled{File: f}
	if err := sp.fill(body, d.opts.MaxSize); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return sp, nil
}

func (sp *spooled) fill(body io.Reader, limit int64) (err error) {
	sum := md5.New()
	// One byte more tells a file of the largest size from a larger one.
	source := &sender{Reader: io.LimitReader(body, limit+1), sum: sum}
	if sp.size, err = io.Copy(sp.File, source); err != nil {
		return spoolError(err)
	}
	if sp.size > limit {
		return ErrTooLarge
	}
	sp.sum = sum.Sum(nil)
	return nil
}

// sender hashes what it reads, and marks its errors as the client's.
type sender struct {
	io.Reader
	sum hash.Hash
}

func (s *sender) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrReceive, err)
	}
	return n, err
}

func (sp *spooled) matches(checksum, contentMD5 string) bool {
	if contentMD5 != "" && contentMD5 != base64.StdEncoding.EncodeToString(sp.sum) {
		return false
	}
	return strings.EqualFold(checksum, hex.EncodeToString(sp.sum))
}
