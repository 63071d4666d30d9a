package bench

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tournant/bench/fixture"
)

// cookbooks uploads the versions that the list lacks, one cookbook at a time
// with the files of all its versions in one sandbox.
func (s *setup) cookbooks(ctx context.Context) error {
	missing, err := s.missingCookbooks(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	var done atomic.Int64
	defer s.progress.Show(func() string {
		return fmt.Sprintf("preparing: cookbook %d of %d", done.Load(), len(missing))
	})()
	for _, versions := range missing {
		if err := s.uploadFiles(ctx, versions); err != nil {
			return fmt.Errorf("files of cookbook %s: %w", versions[0].Name, err)
		}
		for _, c := range versions {
			if err := s.putCookbook(ctx, c); err != nil {
				return err
			}
		}
		done.Add(1)
	}
	return nil
}

// missingCookbooks returns the versions that the server does not have, by
// cookbook.
func (s *setup) missingCookbooks(ctx context.Context) ([][]*fixture.Cookbook, error) {
	type version struct {
		Version string `json:"version"`
	}
	type versions struct {
		Versions []version `json:"versions"`
	}
	existing, err := list[versions](ctx, s.admin, "/cookbooks?num_versions=all")
	if err != nil {
		return nil, err
	}
	var missing [][]*fixture.Cookbook
	for c := range s.fixture.Cookbooks {
		if slices.Contains(existing[c.Name].Versions, version{c.Version}) {
			continue
		}
		if n := len(missing); n > 0 && missing[n-1][0].Name == c.Name {
			missing[n-1] = append(missing[n-1], c)
		} else {
			missing = append(missing, []*fixture.Cookbook{c})
		}
	}
	return missing, nil
}

// sandbox is the answer to POST /sandboxes.
type sandbox struct {
	ID        string `json:"sandbox_id"`
	Checksums map[string]struct {
		NeedsUpload bool   `json:"needs_upload"`
		URL         string `json:"url"`
	} `json:"checksums"`
}

func (s *setup) uploadFiles(ctx context.Context, versions []*fixture.Cookbook) error {
	files, checksums := map[string][]byte{}, map[string]*struct{}{}
	for _, c := range versions {
		for i := range c.Files {
			checksum := c.Files[i].Checksum()
			files[checksum], checksums[checksum] = c.Files[i].Content, nil
		}
	}
	box, err := s.openSandbox(ctx, checksums)
	if err != nil {
		return err
	}
	group, uploading := errgroup.WithContext(ctx)
	group.SetLimit(setupWorkers)
	for checksum, file := range box.Checksums {
		if file.NeedsUpload {
			group.Go(func() error { return s.upload(uploading, file.URL, files[checksum]) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	_, err = s.admin.want(ctx, http.MethodPut, "/sandboxes/"+box.ID, []byte(`{"is_completed":true}`))
	return err
}

func (s *setup) openSandbox(ctx context.Context, checksums map[string]*struct{}) (sandbox, error) {
	body, err := json.Marshal(struct {
		Checksums map[string]*struct{} `json:"checksums"`
	}{checksums})
	if err != nil {
		return sandbox{}, err
	}
	status, answer, err := s.admin.org(ctx, http.MethodPost, "/sandboxes", body)
	if err := expect("POST /sandboxes", status, answer, err); err != nil {
		return sandbox{}, err
	}
	var box sandbox
	if err := json.Unmarshal(answer, &box); err != nil {
		return sandbox{}, fmt.Errorf("POST /sandboxes: %w", err)
	}
	return box, nil
}

// upload puts a file to the presigned URL, with the headers that belong to the
// signature.
func (s *setup) upload(ctx context.Context, url string, content []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(content))
	if err != nil {
		return err
	}
	sum := md5.Sum(content) // the API's checksum
	r.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	r.Header.Set("Content-Type", "application/x-binary")
	status, answer, err := s.admin.do(r)
	return expect("PUT "+url, status, answer, err)
}

// putCookbook stores a version as today's clients do, or as those of API
// version 0 for a server that knows nothing else.
func (s *setup) putCookbook(ctx context.Context, c *fixture.Cookbook) error {
	path := "/cookbooks/" + c.Name + "/" + c.Version
	body, err := json.Marshal(c.Manifest())
	if err != nil {
		return err
	}
	status, err := s.admin.want(ctx, http.MethodPut, path, body, http.StatusBadRequest, http.StatusNotAcceptable)
	if err != nil || status/100 == 2 {
		return err
	}
	if body, err = json.Marshal(c.SegmentedManifest()); err != nil {
		return err
	}
	status, answer, err := s.admin.root(ctx, http.MethodPut, s.admin.target.prefix+path, "0", body)
	return expect("PUT "+path, status, answer, err)
}
