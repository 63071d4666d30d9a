package chef

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Organization is what a body makes of an organization.
type Organization struct {
	Name     string
	FullName string

	// Echo is the body as it was sent, which is the answer to an update.
	Echo []byte
}

// maxFullName is the longest full name, in bytes.
const maxFullName = 1023

// ParseOrganization validates an organization. current is its name on an
// update, when it cannot change, and empty on a creation.
func ParseOrganization(body []byte, current string) (*Organization, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	o := &Organization{}
	if o.Name, err = checkName(f, "name", "", ValidOrganizationName); err != nil {
		return nil, err
	}
	if current != "" && o.Name != current {
		return nil, InvalidField("name")
	}
	if o.FullName, err = checkName(f, "full_name", "", validFullName); err != nil {
		return nil, err
	}
	o.Echo = f.Bytes()
	return o, nil
}

// validFullName takes any line that does not start with a blank.
func validFullName(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return name != "" && len(name) <= maxFullName && !unicode.IsSpace(first) && !strings.Contains(name, "\n")
}
