// Package config derives everything that a server is configured with from
// chef-server.rb, as docs/configuration.md describes. The file is the
// original's: each of its settings is known here, and one without a meaning is
// named in a warning.
package config
