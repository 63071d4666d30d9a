package chef

import (
	"encoding/json"
	"slices"
)

// CookbookVersion is one version of a cookbook as a client uploads it: a
// manifest of metadata and files.
type CookbookVersion struct {
	Name    string
	Version Version
	Frozen  bool

	// Dependencies is the object of metadata.dependencies, each name once, {}
	// when absent.
	Dependencies json.RawMessage

	// Recipes are the names that run lists know, sorted.
	Recipes []string

	// Checksums are those of the files, sorted, each once.
	Checksums []string

	fields *Fields
}

var (
	cookbookKeys = []string{
		"chef_type", "cookbook_name", "frozen?", "json_class", "metadata", "name", "version",
	}
	segmentKeys  = slices.Concat(cookbookKeys, segments)
	allFilesKeys = append(slices.Clone(cookbookKeys), allFiles)
)

// CheckCookbookName returns the error for a bad cookbook name in a URL.
func CheckCookbookName(name string) error {
	if ValidName(name) {
		return nil
	}
	return Errorf(Invalid, "Invalid cookbook name '%s' using regex: 'Malformed cookbook name. Must only contain A-Z, a-z, 0-9, _, . or -'.", name)
}

// ParseCookbookPath reads the version in a URL.
func ParseCookbookPath(version string) (Version, error) {
	v, err := ParseVersion(version)
	if err != nil {
		return v, Errorf(Invalid, "Invalid cookbook version '%s'.", version)
	}
	return v, nil
}

// ParseCookbookVersion validates and completes the cookbook version that a URL
// names. hasAllFiles tells the form of API version 2, one list of files, from
// that of the versions before, a list for each segment.
func ParseCookbookVersion(body []byte, name, version string, hasAllFiles bool) (*CookbookVersion, error) {
	v, err := ParseCookbookPath(version)
	if err != nil {
		return nil, err
	}
	if err := CheckCookbookName(name); err != nil {
		return nil, err
	}
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	keys := segmentKeys
	if hasAllFiles {
		keys = allFilesKeys
	}
	if err := checkKeys(f, keys); err != nil {
		return nil, err
	}
	if err := checkCookbook(f, name, version, hasAllFiles); err != nil {
		return nil, err
	}
	c := &CookbookVersion{Name: name, Version: v, fields: f}
	return c, c.complete()
}

// checkCookbook checks the fields in the order that decides which of several
// errors a client sees.
func checkCookbook(f *Fields, name, version string, hasAllFiles bool) error {
	f.Default("json_class", `"Chef::CookbookVersion"`)
	f.Default("chef_type", `"cookbook_version"`)
	f.Default("frozen?", "false")
	for _, want := range []struct{ key, value string }{
		{"name", name + "-" + version},
		{"cookbook_name", name},
		{"json_class", "Chef::CookbookVersion"},
		{"chef_type", "cookbook_version"},
	} {
		if err := requireLiteral(f, want.key, want.key, want.value); err != nil {
			return err
		}
	}
	if err := checkMetadata(f, version, hasAllFiles); err != nil {
		return err
	}
	for _, segment := range fileLists(hasAllFiles) {
		if err := checkFiles(f, segment, "name", "path", "checksum", "specificity"); err != nil {
			return err
		}
	}
	return checkLiteral(f, "version", version)
}

// complete draws from checked fields what the server keeps beside the document.
func (c *CookbookVersion) complete() (err error) {
	if c.Frozen, err = c.fields.Bool("frozen?"); err != nil {
		return err
	}
	metadata, _ := c.fields.Get("metadata")
	c.Dependencies = json.RawMessage("{}")
	if dependencies, ok := splitObject(metadata).Get("dependencies"); ok {
		// Of a name given twice only the value that counts was checked.
		c.Dependencies = splitObject(dependencies).Bytes()
	}
	c.Checksums = manifestChecksums(c.fields)
	c.Recipes = manifestFiles(c.fields).recipes(c.Name)
	return nil
}

// Freeze makes the version immutable but by force: a frozen version stays
// frozen whatever a later upload says.
func (c *CookbookVersion) Freeze() {
	c.Frozen = true
	c.fields.Set("frozen?", json.RawMessage("true"))
}

// Document returns the manifest, completed, as it is stored and echoed.
func (c *CookbookVersion) Document() []byte { return c.fields.Bytes() }
