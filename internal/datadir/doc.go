// Package datadir is what the server and chef-server-ctl agree on in a data
// directory: the names of its files, who holds it, and where its server is.
package datadir

// The files of a data directory beside the database.
const (
	SuperuserKey = "pivotal.pem"    // private key of the superuser
	WebUIKey     = "webui_priv.pem" // private key of the web UI
	Certificate  = "server.crt"     // self-signed certificate
	TLSKey       = "server.key"     // its private key
	SearchIndex  = "search"         // directory; derived, deleting it is safe

	lockFile   = "lock"
	serverFile = "server.json"
)
