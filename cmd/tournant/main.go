// Command tournant is a Chef Infra Server in one binary.
package main

func main() {}
