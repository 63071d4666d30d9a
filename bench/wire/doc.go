// Package wire sends prepared, signed requests to a Chef server at as little
// cost to the sender as possible: on a machine that the server shares, what
// the load generator computes is lost to the server. A request is signed once
// and sent many times, there are no goroutines and channels between a worker
// and its connection, and answers are counted, not decompressed or kept.
package wire
