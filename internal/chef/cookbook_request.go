package chef

// ParseRunListRequest reads what a client sends to have its run list resolved.
func ParseRunListRequest(body []byte) ([]Requirement, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	raw, ok := f.Get("run_list")
	if !ok {
		return nil, nil
	}
	list, err := ParseDepsolverItems(raw)
	if err != nil {
		return nil, Errorf(Invalid, "Field 'run_list' is not a valid run list")
	}
	return list, nil
}
