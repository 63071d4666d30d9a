package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tournant/internal/command"
)

// Signature is what a device says it holds.
type Signature struct {
	Type  string // a filesystem, or LVM2_member; "": none
	Table string // a partition table; "": none
}

// Blank reports whether nothing is known to be there.
func (s Signature) Blank() bool { return s == Signature{} }

func (s Signature) String() string {
	switch {
	case s.Type != "":
		return s.Type
	case s.Table != "":
		return "a partition table (" + s.Table + ")"
	}
	return "nothing"
}

const lvmMember = "LVM2_member"

// blkidNothing is the code that blkid(8) ends with where it knows nothing.
const blkidNothing = 2

// Probe looks at what a device holds, past blkid's cache.
func (h *Host) Probe(ctx context.Context, n Node) (Signature, error) {
	out, err := h.Run.Output(ctx, "blkid", "--probe", "--output", "export", n.Path)
	var failure *command.Failure
	if errors.As(err, &failure) && failure.Code == blkidNothing {
		return Signature{}, nil
	}
	if err != nil {
		return Signature{}, fmt.Errorf("look at what %s holds: %w", n.Path, err)
	}
	return parseSignature(out), nil
}

func parseSignature(out string) Signature {
	var s Signature
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "TYPE":
			s.Type = value
		case "PTTYPE":
			s.Table = value
		}
	}
	return s
}
