// Package bench puts load on a Chef server, any Chef server, and says what it
// took: the single loads that reference measurements exist for, and a fleet of
// simulated nodes that do what chef-client does. It is the command
// "tournant bench".
package bench
