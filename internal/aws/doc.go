// Package aws is what the HA agent knows of AWS: a client of exactly five EC2
// actions, the metadata of this instance, and where credentials come from.
//
// The actions are those of the IAM policy that operators are asked for, and
// the client can send no other. Each method is one attempt: the caller
// decides whether a deed is still wanted before it tries again. A deed whose
// answer was lost is found out by asking for it again: each one says, done a
// second time, that it is done.
package aws
