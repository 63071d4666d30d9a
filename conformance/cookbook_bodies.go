package conformance

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"
)

// cookbookBody is the smallest manifest of a version, with more keys at the
// end of it: `,"recipes":[...]`.
func cookbookBody(name, version, more string) string {
	return cookbookWith(name, version, fmt.Sprintf(`"version":%q,"name":%q`, version, name), more)
}

// cookbookDeps is a cookbookBody that depends: `"foo":">= 1.0"`.
func cookbookDeps(name, version, dependencies string) string {
	return cookbookWith(name, version, fmt.Sprintf(`"version":%q,"name":%q,"dependencies":{%s}`, version, name, dependencies), "")
}

func cookbookWith(name, version, metadata, more string) string {
	return fmt.Sprintf(`{"name":"%[1]s-%[2]s","cookbook_name":%[1]q,"version":%[2]q,"json_class":"Chef::CookbookVersion",
		"chef_type":"cookbook_version","frozen?":false,"metadata":{%[3]s}%[4]s}`, name, version, metadata, more)
}

// file is an entry of a manifest as versions 0 and 1 of the API have it.
func file(at, content string) string {
	return fmt.Sprintf(`{"name":%q,"path":%q,"checksum":%q,"specificity":"default"}`, path.Base(at), at, checksum(content))
}

// file2 is an entry of all_files.
func file2(name, at, content string) string {
	return fmt.Sprintf(`{"name":%q,"path":%q,"checksum":%q,"specificity":"default"}`, name, at, checksum(content))
}

// served is a file entry with the URL that answers carry.
func served(entry string) string { return strings.TrimSuffix(entry, "}") + `,"url":"<string>"}` }

// cookbook creates a version without files.
func (o *org) cookbook(t *testing.T, name, version string) {
	t.Helper()
	o.super.Put("/cookbooks/"+name+"/"+version, cookbookBody(name, version, "")).Ok(t)
}

// depends creates a version that depends on others.
func (o *org) depends(t *testing.T, name, version, dependencies string) {
	t.Helper()
	o.super.Put("/cookbooks/"+name+"/"+version, cookbookDeps(name, version, dependencies)).Ok(t)
}

// dropCookbooks deletes every version of every cookbook.
func (o *org) dropCookbooks(t *testing.T) {
	t.Helper()
	var all map[string]struct {
		Versions []struct{ URL string }
	}
	o.super.Get("/cookbooks?num_versions=all").Ok(t).Decode(t, &all)
	for _, c := range all {
		for _, v := range c.Versions {
			o.super.Delete(v.URL).Ok(t)
		}
	}
}

// urls returns the download URL of each checksum in a manifest.
func (r *response) urls(t *testing.T) map[string]string {
	t.Helper()
	var manifest map[string]json.RawMessage
	r.Decode(t, &manifest)
	found := map[string]string{}
	for _, segment := range manifest {
		var files []struct{ Checksum, URL string }
		if json.Unmarshal(segment, &files) != nil {
			continue
		}
		for _, f := range files {
			found[f.Checksum] = f.URL
		}
	}
	return found
}

const artifactID = "1111111111111111111111111111111111111111"

// artifactBody is the smallest manifest of an artifact.
func artifactBody(name, id string) string {
	return fmt.Sprintf(`{"name":%q,"identifier":%q,"version":"1.0.0","chef_type":"cookbook_version",
		"metadata":{"version":"1.2.3.beta.5","dependencies":{}}}`, name, id)
}

// policyBody is the smallest revision of a policy.
func policyBody(name, revision string) string {
	return fmt.Sprintf(`{"name":%q,"revision_id":%q,"run_list":["recipe[a::default]"],
		"cookbook_locks":{"a":{"identifier":%q,"version":"1.2.3"}}}`, name, revision, artifactID)
}
