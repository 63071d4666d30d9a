// Package load is clients of a Chef server that is being hurt. They write what
// nobody else writes, read what others wrote, repeat nothing by themselves, and
// remember every request with its times; so that afterwards can be told what was
// lost, done twice or read stale, and for how long nobody was served.
package load
