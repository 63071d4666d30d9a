package chef

// CookbookArtifact is a cookbook named by what is in it: policies lock to it.
// Unlike a cookbook version it never changes.
type CookbookArtifact struct {
	Name       string
	Identifier string

	// Checksums are those of the files, sorted, each once.
	Checksums []string

	// Document is the artifact as it is stored.
	Document []byte
}

// ParseCookbookArtifact validates the artifact that a URL names. Metadata may
// be anything.
func ParseCookbookArtifact(body []byte, name, identifier string) (*CookbookArtifact, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	a := &CookbookArtifact{Document: body}
	if a.Name, err = checkName(f, "name", "", ValidName); err != nil {
		return nil, err
	}
	if a.Identifier, err = checkName(f, "identifier", "", ValidPolicyName); err != nil {
		return nil, err
	}
	if a.Name != name {
		return nil, fieldMismatch("name", name, a.Name)
	}
	if a.Identifier != identifier {
		return nil, fieldMismatch("identifier", identifier, a.Identifier)
	}
	for _, key := range append([]string{allFiles}, segments...) {
		if err := checkFiles(f, key, "name", "checksum"); err != nil {
			return nil, err
		}
	}
	a.Checksums = manifestChecksums(f)
	return a, nil
}

// fieldMismatch is the error for a field that names another than the URL does.
func fieldMismatch(field, url, body string) error {
	return Errorf(Invalid, "Field '%s' invalid : %s does not match %s", field, url, body)
}
