package postgres

import "fmt"

// VolumeFull is a setting of ours, 'on' while the volume is nearly full: each
// session of an API server, on whichever host, asks for it before it writes
// what takes room.
const VolumeFull = "tournant.volume_full"

// roomFile is read with PostgreSQL's other settings.
const roomFile = "room.conf"

// SetFull writes VolumeFull. A server reads it when it starts, and one that runs
// when it is told to Reload, for the sessions that there are, too.
func (c *Cluster) SetFull(full bool) error {
	who, err := c.Credential()
	if err != nil {
		return err
	}
	value := "off"
	if full {
		value = "on"
	}
	if _, err := write(c.conf(roomFile), []byte(VolumeFull+" = "+value+"\n"), int(who.Gid)); err != nil {
		return fmt.Errorf("write whether the volume is full: %w", err)
	}
	return nil
}
