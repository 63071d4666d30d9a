package api

import (
	"strconv"
	"strings"

	"tournant/internal/chef"
)

// minClient is the first chef-client whose requests are served.
const minClient = 10

// checkClient refuses clients that are too old. Those that do not say what
// they are are taken, and so are the 0.10 ones, which came right before 10.
func (rq *request) checkClient() error {
	version := rq.Header.Get("X-Chef-Version")
	first, rest, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(first)
	if err != nil || major >= minClient {
		return nil //nolint:nilerr // a version that cannot be read is not an old one
	}
	if minor, _, _ := strings.Cut(rest, "."); major == 0 && minor == strconv.Itoa(minClient) {
		return nil
	}
	return chef.Plainf(chef.Invalid, "400 - Bad Request: Chef Client version %d or higher required. Your version of Chef is %s.",
		minClient, version)
}
