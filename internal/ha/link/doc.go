// Package link is how the hosts of one server talk about who is primary: TLS by
// which they know each other, the questions and answers of port 4020, and the
// proof of a lease that frontends pass on. Who decides anything by it is
// elsewhere.
package link
