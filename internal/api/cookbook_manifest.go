package api

import (
	"net/http"
	"time"

	"tournant/internal/catalog"
	"tournant/internal/chef"
)

// urlLength is about how long the URL of a file is, without its base.
const urlLength = 360

// uploadTTL is how long the URLs of a sandbox are good for.
const uploadTTL = 900 * time.Second

// manifest answers with a cookbook version.
func (rq *request) manifest(v *catalog.Version, form chef.ManifestForm) (*response, error) {
	found, err := rq.manifests.Get(rq.Context(), []*catalog.Version{v}, form)
	if err != nil {
		return nil, err
	}
	body := make([]byte, 0, rq.manifestSize(found[0]))
	return raw(http.StatusOK, "", rq.appendManifest(body, found[0]))
}

func (rq *request) manifestSize(m *chef.Manifest) int {
	return m.Size() + m.Files()*(len(rq.base)+urlLength)
}

// appendManifest appends a manifest with URLs that are good from now on.
func (rq *request) appendManifest(dst []byte, m *chef.Manifest) []byte {
	return m.Append(dst, func(dst []byte, checksum string) []byte {
		return rq.Presigner.AppendGet(dst, rq.base, rq.org.GUID, checksum, rq.FileURLTTL)
	})
}
