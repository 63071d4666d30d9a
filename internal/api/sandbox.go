package api

import (
	"net/http"
	"slices"
	"strings"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

func (s *Server) sandboxRoutes() {
	s.orgRoute("/sandboxes", resource{
		"POST": take(func(rq *request) ([]string, error) { return chef.ParseSandbox(rq.body) }, createSandbox),
	})
	s.orgRoute("/sandboxes/{id}", resource{
		"PUT": take(func(rq *request) (struct{}, error) { return struct{}{}, chef.ParseSandboxCommit(rq.body) }, commitSandbox),
	})
}

// announced is a file of a new sandbox.
type announced struct {
	URL         string `json:"url,omitempty"`
	NeedsUpload bool   `json:"needs_upload"`
}

func createSandbox(rq *request, checksums []string) (*response, error) {
	if _, err := rq.container("sandboxes", authz.Create); err != nil {
		return nil, err
	}
	box, known, err := rq.Store.CreateSandbox(rq.Context(), rq.org.ID, checksums)
	if err != nil {
		return nil, err
	}
	files := make(map[string]announced, len(checksums))
	for _, sum := range checksums {
		if known[sum] {
			files[sum] = announced{}
		} else {
			files[sum] = announced{rq.Presigner.Put(rq.base, rq.org.GUID, sum, uploadTTL), true}
		}
	}
	uri := rq.url("sandboxes", box.ID)
	return created(uri, struct {
		ID        string               `json:"sandbox_id"`
		URI       string               `json:"uri"`
		Checksums map[string]announced `json:"checksums"`
	}{box.ID, uri, files})
}

func commitSandbox(rq *request, _ struct{}) (*response, error) {
	if _, err := rq.container("sandboxes", authz.Create); err != nil {
		return nil, err
	}
	id := rq.PathValue("id")
	box, missing, err := rq.Store.CommitSandbox(rq.Context(), rq.org.ID, id)
	if err != nil {
		return nil, orMissing(err, chef.Errorf(chef.NotFound, "No such sandbox '%s'.", id))
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, chef.Errorf(chef.Unavailable, "Cannot update sandbox %s: the following checksums have not been uploaded: %s",
			id, strings.Join(missing, ", "))
	}
	return answer(http.StatusOK, "", struct {
		GUID      string   `json:"guid"`
		Name      string   `json:"name"`
		Checksums []string `json:"checksums"`
		Created   string   `json:"create_time"`
		Completed bool     `json:"is_completed"`
	}{id, id, box.Checksums, rq.started.UTC().Format("2006-01-02T15:04:05+00:00"), true})
}
