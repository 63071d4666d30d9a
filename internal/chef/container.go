package chef

// ParseContainer returns the name of the container to create: "id" or, without
// one, "containername".
func ParseContainer(body []byte) (string, error) {
	f, err := ParseFields(body)
	if err != nil {
		return "", err
	}
	for _, key := range []string{"id", "containername"} {
		raw, ok := f.Get(key)
		if !ok {
			continue
		}
		if !IsString(raw) {
			return "", InvalidField(key)
		}
		return unquote(raw), CheckContainerName(unquote(raw))
	}
	return "", MissingField("containername")
}
