// Package page types the documentation's steps on the machines of a lab, one after
// the other, and says of each command that it cannot type as it stands there what it
// types in its stead, and why.
package page
