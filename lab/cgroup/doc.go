// Package cgroup starts nothing: it names, kills, freezes and counts the
// processes of a lab's machines, by the control groups that they are in.
package cgroup
