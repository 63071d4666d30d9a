// Package haverify looks whether a backend could be primary, and the other take
// over from it, before that is needed: AWS, the volume, the network, this host.
// It changes nothing. What it asks of EC2 to be allowed, it asks by dry runs.
package haverify
