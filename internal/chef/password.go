package chef

import "strings"

// Password is a stored password: its hash, the salt where the scheme keeps one
// beside it, and the scheme's name.
type Password struct {
	Hash   string
	Salt   string
	Scheme string
}

// Credentials are what someone logs in with.
type Credentials struct {
	Username string
	Password string
}

// parseCredentials reads the two fields, checking them in the given order. An
// empty body is refused with the text empty.
func parseCredentials(body []byte, empty string, order ...string) (Credentials, error) {
	if len(body) == 0 {
		return Credentials{}, Errorf(Invalid, "%s", empty)
	}
	f, err := ParseFields(body)
	if err != nil {
		return Credentials{}, err
	}
	values := map[string]string{}
	for _, key := range order {
		values[key], err = checkName(f, key, "", func(s string) bool { return strings.TrimSpace(s) != "" })
		if err != nil {
			return Credentials{}, err
		}
	}
	return Credentials{Username: values["username"], Password: values["password"]}, nil
}

// ParseAuthentication reads the body of /authenticate_user.
func ParseAuthentication(body []byte) (Credentials, error) {
	return parseCredentials(body, "invalid user authentication request", "password", "username")
}

// ParseRecovery reads the body of /system_recovery.
func ParseRecovery(body []byte) (Credentials, error) {
	return parseCredentials(body, "Invalid system recovery request", "username", "password")
}
