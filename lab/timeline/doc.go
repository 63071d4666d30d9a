// Package timeline draws what happened in a run of the lab: who was what, who
// had the volume and the address, and how clients fared, on one axis of time.
//
// A Record is read from what the run leaves behind (the agents' logs, the
// volume's log, the account's moves of the address, the load's history), kept as
// JSON, and drawn as an SVG that stands alone: no scripts, no fonts to fetch,
// readable on light and on dark ground, and told in words to who cannot see it.
package timeline
