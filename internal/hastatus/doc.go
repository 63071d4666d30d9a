// Package hastatus is what ha-status shows. On a backend that is the document of
// its agent or, while that does not answer, what the host itself shows: its
// units, its network interfaces, its disks and mounts. On a frontend it is what
// the frontend sees of the two backends and of the VIP.
package hastatus
