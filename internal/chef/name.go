package chef

import "fmt"

// The alphabets of names (chef-api/objects.md section 0), all ASCII.
var (
	plainName  = alphabet(".-_", true)  // cookbooks, recipes, environments, clients, containers
	colonName  = alphabet(".-_:", true) // nodes, roles, data bags, items, keys, policies
	lowerName  = alphabet("-_", false)  // users, groups, organizations
	policySize = 255
)

type byteSet [256]bool

func alphabet(extra string, upper bool) *byteSet {
	var set byteSet
	for c := 'a'; c <= 'z'; c++ {
		set[c] = true
		set[c-'a'+'A'] = upper
	}
	for c := '0'; c <= '9'; c++ {
		set[c] = true
	}
	for i := range len(extra) {
		set[extra[i]] = true
	}
	return &set
}

func (s *byteSet) spells(name string) bool {
	for i := range len(name) {
		if !s[name[i]] {
			return false
		}
	}
	return name != ""
}

// ValidName reports whether name can be that of a cookbook, recipe,
// environment, client or container.
func ValidName(name string) bool { return plainName.spells(name) }

// ValidColonName reports whether name can be that of a node, role, data bag,
// data bag item or key.
func ValidColonName(name string) bool { return colonName.spells(name) }

// ValidPolicyName reports whether name can be that of a policy, a policy
// group, a policy revision or a cookbook artifact's identifier.
func ValidPolicyName(name string) bool {
	return colonName.spells(name) && len(name) <= policySize
}

// ValidUserName reports whether name can be that of a user or a group.
func ValidUserName(name string) bool { return lowerName.spells(name) }

// ValidOrganizationName reports whether name can be that of an organization.
func ValidOrganizationName(name string) bool {
	return lowerName.spells(name) && len(name) <= 255 && name[0] != '-' && name[0] != '_'
}

// CheckClientName returns the error for a bad client name.
func CheckClientName(name string) error {
	if ValidName(name) {
		return nil
	}
	return Errorf(Invalid, "Invalid client name '%s' using regex: 'Malformed client name.  Must be A-Z, a-z, 0-9, _, -, or .'.", name)
}

// CheckContainerName returns the error for a bad container name.
func CheckContainerName(name string) error {
	if ValidName(name) {
		return nil
	}
	return Errorf(Invalid, "Invalid name '%s' using regex: 'Malformed container name. Must only contain A-Z, a-z, 0-9, _, -, or .'.", name)
}

// CheckGroupName returns the error for a bad group name.
func CheckGroupName(name string) error {
	if ValidUserName(name) {
		return nil
	}
	return Errorf(Invalid, "Invalid group name.")
}

// The vocabulary of validation errors.

// MissingField is the error for a required key that is absent.
func MissingField(key string) error { return Errorf(Invalid, "Field '%s' missing", key) }

// InvalidField is the error for a key of the wrong type or form.
func InvalidField(key string) error { return Errorf(Invalid, "Field '%s' invalid", key) }

// InvalidKey is the error for a key that the object does not take.
func InvalidKey(key string) error {
	return Errorf(Invalid, "Invalid key %s in request body", key)
}

func invalidMapKey(key, field string) error {
	return Errorf(Invalid, "Invalid key '%s' for %s", key, field)
}

func invalidMapValue(raw []byte, field string) error {
	return Errorf(Invalid, "Invalid value '%s' for %s", erlangTerm(raw), field)
}

func notAHash(key string) error { return Errorf(Invalid, "Field '%s' is not a hash", key) }

func nameMismatch(what string) error {
	return &Error{Code: Invalid, Message: fmt.Sprintf("%s name mismatch.", what)}
}
