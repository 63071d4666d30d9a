// Package signing implements the protocol with which Chef's clients sign their
// requests: headers X-Ops-*, protocol versions 1.0 to 1.3.
//
// A server calls [Parse], looks up the keys of the actor that the headers name,
// and asks [Signature.Verify] for each. A client calls [Signer.Sign].
package signing
