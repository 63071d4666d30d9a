package volume

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const sector = 512

// A partition is one entry of a table, in bytes.
type partition struct {
	number        int
	start, length int64
}

// partitions reads the table of an image with util-linux's partx, because this
// kernel may have been built to read none.
func partitions(image string) ([]partition, error) {
	out, err := tool("partx", "--raw", "--noheadings", "--output", "NR,START,SECTORS", image)
	if err != nil {
		// That is how it says that there is no table.
		if strings.Contains(err.Error(), "failed to read partition table") {
			return nil, nil
		}
		return nil, err
	}
	var table []partition
	for line := range strings.Lines(out) {
		var p partition
		if _, err := fmt.Sscan(line, &p.number, &p.start, &p.length); err != nil {
			return nil, fmt.Errorf("partx %s: %q: %w", image, line, err)
		}
		p.start, p.length = p.start*sector, p.length*sector
		table = append(table, p)
	}
	return table, nil
}

// Create makes an image of size bytes with the two partitions of a volume
// without LVM: one of 1 MiB for the epoch, the rest for data.
func Create(image string, size int64) error {
	const mib = 1 << 20
	if size < 8*mib || size%mib != 0 {
		return fmt.Errorf("an image has at least 8 MiB and only whole ones, not %d bytes", size)
	}
	f, err := os.OpenFile(image, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(masterBootRecord([]partition{{1, mib, mib}, {2, 2 * mib, size - 2*mib}}), 0)
	return errors.Join(err, f.Truncate(size), f.Close())
}

// masterBootRecord is a table of at most four Linux partitions, in the layout
// that every PC has read since 1983.
func masterBootRecord(table []partition) []byte {
	b := make([]byte, sector)
	for _, p := range table {
		entry := b[446+16*(p.number-1):]
		entry[4] = 0x83
		binary.LittleEndian.PutUint32(entry[8:], uint32(p.start/sector))
		binary.LittleEndian.PutUint32(entry[12:], uint32(p.length/sector))
	}
	b[510], b[511] = 0x55, 0xaa
	return b
}

// addPartitions tells the kernel of a table, without reading the device.
func (l loop) addPartitions(table []partition) error {
	// Those of an earlier use are still there if they were mounted at its end.
	if err := l.deletePartitions(); err != nil {
		return err
	}
	for _, p := range table {
		_, err := tool("addpart", l.path(), strconv.Itoa(p.number), strconv.FormatInt(p.start/sector, 10), strconv.FormatInt(p.length/sector, 10))
		if err != nil {
			return err
		}
	}
	return nil
}

// deletePartitions fails for those that are in use.
func (l loop) deletePartitions() error {
	numbers, err := filepath.Glob(filepath.Join("/sys/block", l.name, l.name+"p*", "partition"))
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range numbers {
		number, err := os.ReadFile(file)
		if err != nil {
			continue // gone meanwhile
		}
		_, err = tool("delpart", l.path(), strings.TrimSpace(string(number)))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// toolTime is ample: none of the tools does I/O on a volume.
const toolTime = 10 * time.Second

// tool runs a command of util-linux and returns what it wrote.
func tool(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), toolTime)
	defer cancel()
	var out, complaint bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out.String(), nil
}
