package chef

// Metadata that API versions before 2 check too.
var oldConstraintMaps = []string{"recommendations", "suggestions", "conflicting", "replacing"}

// checkMetadata checks a cookbook version's metadata. Its fields are named in
// errors by their path, such as metadata.version.
func checkMetadata(f *Fields, version string, hasAllFiles bool) error {
	raw, ok := f.Get("metadata")
	if !ok {
		return MissingField("metadata")
	}
	if !IsObject(raw) {
		return InvalidField("metadata")
	}
	m := splitObject(raw)
	if err := requireLiteral(m, "version", "metadata.version", version); err != nil {
		return err
	}
	if name, ok := m.Get("name"); ok && (!IsString(name) || !ValidName(unquote(name))) {
		return InvalidField("metadata.name")
	}
	for _, key := range []string{"description", "long_description", "maintainer", "maintainer_email", "license"} {
		if text, ok := m.Get(key); ok && !IsString(text) {
			return InvalidField("metadata." + key)
		}
	}
	maps := []string{"platforms", "dependencies"}
	if !hasAllFiles {
		maps = append(maps, oldConstraintMaps...)
	}
	for _, key := range maps {
		if err := checkMetadataMap(m, key); err != nil {
			return err
		}
	}
	if groupings, ok := m.Get("groupings"); ok && !hasAllFiles && !IsObject(groupings) {
		return InvalidField("metadata.groupings")
	}
	return nil
}

func checkMetadataMap(m *Fields, key string) error {
	raw, ok := m.Get(key)
	if !ok {
		return nil
	}
	if !IsObject(raw) {
		return InvalidField("metadata." + key)
	}
	return checkConstraints(raw, "metadata."+key)
}

// requireLiteral requires key to be there and to be exactly the string want;
// label is its name in errors.
func requireLiteral(f *Fields, key, label, want string) error {
	raw, ok := f.Get(key)
	if !ok {
		return MissingField(label)
	}
	if !IsString(raw) || unquote(raw) != want {
		return InvalidField(label)
	}
	return nil
}
