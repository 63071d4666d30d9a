package chef

// Environment bounds the cookbook versions that its nodes may use.
type Environment struct {
	Name string

	// Document is the whole environment, completed, as it is stored and served.
	Document []byte
}

var environmentKeys = []string{
	"name", "description", "json_class", "chef_type", "default_attributes",
	"override_attributes", "cookbook_versions",
}

// ParseEnvironment validates and completes an environment. The name is always
// required: one that differs from the URL's renames.
func ParseEnvironment(body []byte) (*Environment, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	e := &Environment{}
	if e.Name, err = checkName(f, "name", "", ValidName); err != nil {
		return nil, err
	}
	if err := completeEnvironment(f); err != nil {
		return nil, err
	}
	if err := checkKeys(f, environmentKeys); err != nil {
		return nil, err
	}
	e.Document = f.Bytes()
	return e, nil
}

func completeEnvironment(f *Fields) error {
	if raw, ok := f.Get("description"); ok && !IsString(raw) {
		return InvalidField("description")
	}
	if err := checkLiteral(f, "json_class", "Chef::Environment"); err != nil {
		return err
	}
	if err := checkLiteral(f, "chef_type", "environment"); err != nil {
		return err
	}
	if err := checkHashes(f, "default_attributes", "override_attributes"); err != nil {
		return err
	}
	if raw, ok := f.Get("cookbook_versions"); ok {
		if err := checkConstraints(raw, "cookbook_versions"); err != nil {
			return err
		}
	}
	f.Default("description", `""`)
	f.Default("json_class", `"Chef::Environment"`)
	f.Default("chef_type", `"environment"`)
	f.Default("default_attributes", "{}")
	f.Default("override_attributes", "{}")
	f.Default("cookbook_versions", "{}")
	return nil
}

// NewDefaultEnvironment returns the environment that an organization is born
// with.
func NewDefaultEnvironment() *Environment {
	return &Environment{
		Name: DefaultEnvironment,
		Document: []byte(`{"name":"_default","description":"The default Chef environment","json_class":"Chef::Environment",` +
			`"chef_type":"environment","default_attributes":{},"override_attributes":{},"cookbook_versions":{}}`),
	}
}

// CookbookConstraints reads the version constraints from a stored environment.
func CookbookConstraints(document []byte) (map[string]Constraint, error) {
	f, err := ParseFields(document)
	if err != nil {
		return nil, err
	}
	raw, ok := f.Get("cookbook_versions")
	if !ok {
		return nil, nil
	}
	pairs := splitObject(raw).list
	out := make(map[string]Constraint, len(pairs))
	for _, pair := range pairs {
		if out[pair.key], err = ParseConstraint(unquote(pair.value)); err != nil {
			return nil, err
		}
	}
	return out, nil
}
