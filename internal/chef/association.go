package chef

// ParseAssociation returns the name of the user to associate.
func ParseAssociation(body []byte) (string, error) { return oneString(body, "username") }

// ParseInvitation returns the name of the user to invite.
func ParseInvitation(body []byte) (string, error) { return oneString(body, "user") }

// ParseInvitationResponse reports whether an invitation is accepted.
func ParseInvitationResponse(body []byte) (accept bool, err error) {
	answer, err := oneString(body, "response")
	if err == nil && answer != "accept" && answer != "reject" {
		err = Errorf(Invalid, "Param response must be either 'accept' or 'reject'")
	}
	return answer == "accept", err
}

// oneString returns the required string at key of a JSON object.
func oneString(body []byte, key string) (string, error) {
	f, err := ParseFields(body)
	if err != nil {
		return "", err
	}
	return requiredString(f, key)
}

// requiredString returns the string at key, which may be empty.
func requiredString(f *Fields, key string) (string, error) {
	return checkName(f, key, "", func(string) bool { return true })
}
