package ctl

import "path/filepath"

// path is where something of the installed server is.
func (a *app) path(elements ...string) string {
	return filepath.Join(append([]string{"/", a.Prefix}, elements...)...)
}

// needRoot refuses who may not change the system.
func (a *app) needRoot() error {
	if !a.Root {
		return fail("This command must be run as root")
	}
	return nil
}
