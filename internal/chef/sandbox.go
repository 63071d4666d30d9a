package chef

// ParseSandbox returns the checksums, in the order given, of the files that a
// client is about to upload.
func ParseSandbox(body []byte) ([]string, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	raw, ok := f.Get("checksums")
	if !ok {
		return nil, MissingField("checksums")
	}
	if !IsObject(raw) {
		return nil, InvalidField("checksums")
	}
	sums := splitObject(raw)
	if len(sums.list) == 0 {
		return nil, errChecksums()
	}
	for _, sum := range sums.list {
		if !ValidChecksum(sum.key) || string(sum.value) != "null" {
			return nil, errChecksums()
		}
	}
	return sums.Keys(), nil
}

func errChecksums() error { return Errorf(Invalid, "Bad checksums!") }

// ParseSandboxCommit requires that a client says that it has uploaded all.
func ParseSandboxCommit(body []byte) error {
	f, err := ParseFields(body)
	if err != nil {
		return err
	}
	if done, err := f.Bool("is_completed"); err != nil || !done {
		return Errorf(Invalid, `JSON body must contain key '"complete"' with value 'true'.`)
	}
	return nil
}

// ValidChecksum reports whether s can be the MD5 of a file: 32 hexadecimal
// digits.
func ValidChecksum(s string) bool {
	if len(s) != 32 {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
