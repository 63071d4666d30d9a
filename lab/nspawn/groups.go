package nspawn

import (
	"errors"

	"tournant/lab/cgroup"
)

// groupsOf are the groups of the machine in a directory, in version 2 and in
// systemd's own hierarchy, which is "" where there is none.
func groupsOf(dir string) (group, named cgroup.Group, err error) {
	root, err := cgroup.Root()
	if err != nil {
		return "", "", err
	}
	namedRoot, err := cgroup.Named()
	if err == nil && namedRoot != "" {
		named = namedRoot.Of(dir)
	}
	return root.Of(dir), named, err
}

// makeGroups makes new ones: what is born into one that was killed dies.
func (m *Machine) makeGroups() error {
	err := errors.Join(m.removeGroups(), m.group.Make())
	if m.named != "" {
		err = errors.Join(err, m.named.Make())
	}
	return err
}

func (m *Machine) removeGroups() error {
	err := m.group.Remove()
	if m.named != "" {
		err = errors.Join(err, m.named.Remove())
	}
	return err
}
