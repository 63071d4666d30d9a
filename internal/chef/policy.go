package chef

import "strings"

// PolicyRevision is one revision of a policy: a run list and the cookbook
// artifacts that it is locked to.
type PolicyRevision struct {
	Policy string
	ID     string

	// Document is the revision as it is stored and served.
	Document []byte
}

// ParsePolicyRevision validates a revision of the policy that a URL names.
func ParsePolicyRevision(body []byte, policy string) (*PolicyRevision, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	r := &PolicyRevision{}
	if r.ID, err = checkName(f, "revision_id", "", ValidPolicyName); err != nil {
		return nil, err
	}
	if r.Policy, err = checkName(f, "name", "", ValidPolicyName); err != nil {
		return nil, err
	}
	if err := checkPolicyRunList(f); err != nil {
		return nil, err
	}
	if err := checkCookbookLocks(f); err != nil {
		return nil, err
	}
	if r.Policy != policy {
		return nil, fieldMismatch("name", policy, r.Policy)
	}
	// A revision belongs to any number of groups, so it cannot name one.
	f.Delete("policy_group")
	r.Document = f.Bytes()
	return r, nil
}

// checkPolicyRunList requires fully spelled recipes: recipe[COOKBOOK::RECIPE].
func checkPolicyRunList(f *Fields) error {
	raw, ok := f.Get("run_list")
	if !ok {
		return MissingField("run_list")
	}
	invalid := Errorf(Invalid, "Field 'run_list' is not a valid run list")
	if !IsArray(raw) {
		return invalid
	}
	for _, item := range splitArray(raw) {
		if !IsString(item) || !isPolicyItem(unquote(item)) {
			return invalid
		}
	}
	return nil
}

func isPolicyItem(s string) bool {
	inner, ok := strings.CutPrefix(s, recipePrefix)
	inner, closed := strings.CutSuffix(inner, "]")
	cookbook, recipe, qualified := strings.Cut(inner, "::")
	return ok && closed && qualified && ValidName(cookbook) && ValidName(recipe)
}

func checkCookbookLocks(f *Fields) error {
	raw, ok := f.Get("cookbook_locks")
	if !ok {
		return MissingField("cookbook_locks")
	}
	if !IsObject(raw) {
		return InvalidField("cookbook_locks")
	}
	for _, lock := range splitObject(raw).list {
		if !ValidName(lock.key) {
			return invalidMapKey(lock.key, "cookbook_locks")
		}
		if !IsObject(lock.value) {
			return invalidMapValue(lock.value, "cookbook_locks")
		}
		if err := checkCookbookLock(splitObject(lock.value)); err != nil {
			return err
		}
	}
	return nil
}

func checkCookbookLock(f *Fields) error {
	if _, err := checkName(f, "identifier", "", ValidPolicyName); err != nil {
		return err
	}
	if f.Has("dotted_decimal_identifier") && !hasConstraint(f, "dotted_decimal_identifier") {
		return invalidVersion("dotted_decimal_identifier")
	}
	if !f.Has("version") {
		return MissingField("version")
	}
	if !hasConstraint(f, "version") {
		return invalidVersion("version")
	}
	return nil
}

func hasConstraint(f *Fields, key string) bool {
	text, ok := f.String(key)
	if !ok {
		return false
	}
	_, err := ParseConstraint(text)
	return err == nil
}

func invalidVersion(key string) error {
	return Errorf(Invalid, "Field '%s' is not a valid version", key)
}

// WithPolicyGroups returns a stored revision with the names of the groups that
// use it.
func WithPolicyGroups(document []byte, groups []string) ([]byte, error) {
	f, err := ParseFields(document)
	if err != nil {
		return nil, err
	}
	list := []byte{'['}
	for i, name := range groups {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, Quote(name)...)
	}
	f.Set("policy_group_list", append(list, ']'))
	return f.Bytes(), nil
}
