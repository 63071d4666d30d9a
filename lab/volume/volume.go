package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"tournant/internal/storage"
)

// A Config says what a volume is made of.
type Config struct {
	// ID is EC2's: vol-049df61146c4d7901.
	ID string
	// Image is the file of its bytes. It stays when the volume is closed.
	Image string
	// Dir is where hosts find their devices, DIR/HOST/dev and DIR/HOST/sys, and
	// where the filesystem is mounted.
	Dir string
	// Log is the file that writes are appended to.
	Log string
}

// A Volume is open until Close.
type Volume struct {
	config Config
	image  *os.File
	size   int64
	files  *files

	// mu orders everything that is applied to the image: a write, with its line
	// in the log, holds it alone; a cut does as well and so returns after the last
	// write that it allows.
	mu          sync.RWMutex
	log         *log
	epoch       epochArea
	attachments int
	// ports are the hosts' present attachments.
	ports map[string]*port

	// deviceMu guards what is below and orders attaching and removing.
	deviceMu sync.Mutex
	devices  map[string]*device
	stalled  map[string]bool
	failing  map[string]bool
}

// Open mounts the filesystem that the volume's files will be in. Nothing is
// attached.
func Open(c Config) (*Volume, error) {
	if !strings.HasPrefix(c.ID, "vol-") {
		return nil, fmt.Errorf("volume id %q does not start with vol-", c.ID)
	}
	image, err := os.OpenFile(c.Image, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	v := &Volume{
		config: c, image: image,
		ports: map[string]*port{}, devices: map[string]*device{}, stalled: map[string]bool{}, failing: map[string]bool{},
	}
	if err := v.open(); err != nil {
		return nil, errors.Join(err, image.Close())
	}
	return v, nil
}

func (v *Volume) open() error {
	info, err := v.image.Stat()
	if err != nil {
		return err
	}
	v.size = info.Size()
	// One process at a time, or two could each have one attached.
	if err := unix.Flock(int(v.image.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("%s is open elsewhere: %w", v.config.Image, err)
	}
	if v.log, err = openLog(v.config.Log); err != nil {
		return err
	}
	// Last, so that nothing can fail while it is mounted.
	if err = v.log.write(Entry{Instance: "-", OK: true, Event: Opened}); err == nil {
		v.files, err = mountFiles(v.mountPoint())
	}
	if err != nil {
		return errors.Join(err, v.log.Close())
	}
	return nil
}

func (v *Volume) mountPoint() string { return filepath.Join(v.config.Dir, "files-"+v.config.ID) }

// Dev is the directory with host's device nodes, as /dev.
func (v *Volume) Dev(host string) string { return filepath.Join(v.config.Dir, host, "dev") }

// Sys is the directory that describes host's devices, as /sys.
func (v *Volume) Sys(host string) string { return filepath.Join(v.config.Dir, host, "sys") }

// serial is what an NVMe device of EBS has as its serial number: the volume's
// id without the dash.
func (v *Volume) serial() string { return strings.Replace(v.config.ID, "-", "", 1) }

// Close cuts all I/O, removes all devices and unmounts. The error says what
// could not be removed because somebody has it mounted or open.
func (v *Volume) Close() error {
	var errs []error
	for _, host := range v.attachedHosts() {
		v.Cut(host)
		errs = append(errs, v.Remove(host))
	}
	errs = append(errs, v.files.unmount(), v.log.Close(), v.image.Close())
	errs = append(errs, leftovers(v.mountPoint()))
	return errors.Join(errs...)
}

func (v *Volume) attachedHosts() []string {
	v.deviceMu.Lock()
	defer v.deviceMu.Unlock()
	var hosts []string
	for host := range v.devices {
		hosts = append(hosts, host)
	}
	return hosts
}

// An epochArea is where on the image the epoch block is, and what it says.
type epochArea struct {
	offset int64 // negative where there is none
	number uint64
}

const epochSize = storage.Copies * storage.BlockSize

// readEpoch looks where the epoch block is, at the beginning of the first
// partition, and what it says.
func (v *Volume) readEpoch(table []partition) error {
	v.epoch.offset = -1
	for _, p := range table {
		if p.number == 1 && p.length >= epochSize {
			v.epoch.offset = p.start
		}
	}
	if v.epoch.offset < 0 {
		return nil
	}
	for i := range int64(storage.Copies) {
		if err := v.readCopy(i, func(n uint64) { v.epoch.number = max(v.epoch.number, n) }); err != nil {
			return err
		}
	}
	return nil
}

// wrote takes note of the epoch in what was just written: not the newest that
// there is, but that of the copy written, so that an old writer shows.
func (v *Volume) wrote(offset int64, length int) error {
	at := v.epoch.offset
	if at < 0 {
		return nil
	}
	for i := range int64(storage.Copies) {
		start := at + i*storage.BlockSize
		if offset < start+storage.BlockSize && start < offset+int64(length) {
			if err := v.readCopy(i, func(n uint64) { v.epoch.number = n }); err != nil {
				return err
			}
		}
	}
	return nil
}

// readCopy calls found if that copy of the record is whole.
func (v *Volume) readCopy(i int64, found func(epoch uint64)) error {
	block := make([]byte, storage.BlockSize)
	if _, err := v.image.ReadAt(block, v.epoch.offset+i*storage.BlockSize); err != nil {
		return fmt.Errorf("read the epoch block: %w", err)
	}
	if r, err := storage.DecodeRecord(block); err == nil {
		found(r.Epoch)
	}
	return nil
}
