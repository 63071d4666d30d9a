// Package postgres is PostgreSQL on the volume: the distribution's programs of
// this host's major version over a cluster of ours, with settings that keep
// what was acknowledged and bound how long recovery takes. It starts and stops
// nothing itself: Command and UnitText say how, DESIGN.md why.
package postgres
