package chef

import "encoding/json"

// Role is a named run list with attributes.
type Role struct {
	Name string

	// Document is the whole role, completed, as it is stored and served.
	Document []byte
}

var roleKeys = []string{
	"chef_type", "default_attributes", "description", "env_run_lists",
	"json_class", "name", "override_attributes", "run_list",
}

// ParseRole validates and completes a role. name is that of the URL on an
// update and empty on a creation.
func ParseRole(body []byte, name string) (*Role, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	if err := checkKeys(f, roleKeys); err != nil {
		return nil, err
	}
	r := &Role{}
	if r.Name, err = checkNamed(f, "name", name, "Role"); err != nil {
		return nil, err
	}
	if err := completeRole(f); err != nil {
		return nil, err
	}
	r.Document = f.Bytes()
	return r, nil
}

func completeRole(f *Fields) error {
	if err := checkLiteral(f, "json_class", "Chef::Role"); err != nil {
		return err
	}
	if err := checkLiteral(f, "chef_type", "role"); err != nil {
		return err
	}
	if err := checkHashes(f, "default_attributes", "override_attributes"); err != nil {
		return err
	}
	if err := checkRunList(f, "run_list"); err != nil {
		return err
	}
	if err := checkEnvRunLists(f); err != nil {
		return err
	}
	f.Default("json_class", `"Chef::Role"`)
	f.Default("chef_type", `"role"`)
	f.Default("default_attributes", "{}")
	f.Default("override_attributes", "{}")
	f.Default("env_run_lists", "{}")
	return nil
}

func checkEnvRunLists(f *Fields) error {
	raw, ok := f.Get("env_run_lists")
	if !ok {
		return nil
	}
	invalid := Errorf(Invalid, "Field 'env_run_lists' contains invalid run lists")
	if !IsObject(raw) {
		return invalid
	}
	lists := splitObject(raw)
	for i := range lists.list {
		pair := &lists.list[i]
		if !ValidName(pair.key) {
			return invalidMapKey(pair.key, "env_run_lists")
		}
		items, err := ParseRunList(pair.value)
		if err != nil {
			return invalid
		}
		pair.value = items.Normalize().Marshal()
	}
	f.Set("env_run_lists", lists.Bytes())
	return nil
}

// RoleRunLists are the run lists of a stored role.
type RoleRunLists struct {
	RunList     json.RawMessage            `json:"run_list"`
	EnvRunLists map[string]json.RawMessage `json:"env_run_lists"`
}

// ParseRoleRunLists reads the run lists from a stored role.
func ParseRoleRunLists(document []byte) (RoleRunLists, error) {
	var lists RoleRunLists
	err := json.Unmarshal(document, &lists)
	return lists, err
}
