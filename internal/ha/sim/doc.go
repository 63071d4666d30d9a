// Package sim runs two of internal/ha's machines in a simulated world and lets
// everything go wrong: hosts, agents, keepalived, PostgreSQL, the volume, EC2,
// networks, clocks and operators. Time is virtual and everything random comes
// from one seed, so that a seed is a history. After every step the invariants
// I1 to I9 must hold:
//
//	I1  one writer: no write of an older epoch is accepted after a newer was taken
//	I2  no acknowledged write is lost
//	I3  a read returns nothing older than what was known when it began
//	I4  the VIP follows the volume: no former primary answers after the new one
//	I5  a healthy backend serves within bounds of the last fault
//	I6  no eviction against a working detector, of a young hold, or in a duel
//	I7  only the five EC2 actions
//	I8  nothing is mounted whose serial was not looked at
//	I9  no failover without a cause
package sim
