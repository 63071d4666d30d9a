package setup

import (
	"context"
	"time"

	"tournant/internal/config"
	"tournant/internal/selfsigned"
)

const (
	certificateFile = ConfigDir + "/" + config.SharedCertificate
	keyFile         = ConfigDir + "/" + config.SharedKey
)

// certificate makes the one that all hosts of a server show, where the secrets are
// made, unless somebody gave one. It goes to the other hosts with the secrets.
func (r *run) certificate(context.Context) error {
	if !r.c.SharesCertificate() {
		return nil
	}
	if r.c.Bootstrap && !exists(r.path(certificateFile)) {
		pair, err := selfsigned.Make(r.c.ClusterNames(), time.Now())
		if err != nil {
			return err
		}
		// The key first: it is the certificate by which one knows that both are there.
		if err := r.file(keyFile, pair.Key, 0o600); err != nil {
			return err
		}
		if err := r.file(certificateFile, pair.Certificate, 0o644); err != nil {
			return err
		}
	}
	if exists(r.path(certificateFile)) {
		r.c.UseSharedCertificate()
	}
	return nil
}
