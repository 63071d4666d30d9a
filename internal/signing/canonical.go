package signing

import "strings"

// claim is everything that a signature covers.
type claim struct {
	method     string
	path       string // escaped, without the query
	bodyHash   string // base64
	timestamp  string
	userID     string
	apiVersion string // covered from 1.3 on
}

// canonical returns the string that is signed. It has no newline at its end.
func (p protocol) canonical(c claim) []byte {
	if p.version == "1.3" {
		return p.canonicalSeven(c)
	}
	return p.canonicalFive(c)
}

func (p protocol) canonicalFive(c claim) []byte {
	b := make([]byte, 0, 256+len(c.userID))
	b = append(b, "Method:"...)
	b = append(b, strings.ToUpper(c.method)...)
	b = append(b, "\nHashed Path:"...)
	b = p.appendHash(b, []byte(CanonicalPath(c.path)))
	b = append(b, "\nX-Ops-Content-Hash:"...)
	b = append(b, c.bodyHash...)
	b = append(b, "\nX-Ops-Timestamp:"...)
	b = append(b, c.timestamp...)
	b = append(b, "\nX-Ops-UserId:"...)
	if p.hashedName {
		return p.appendHash(b, []byte(c.userID))
	}
	return append(b, c.userID...)
}

func (p protocol) canonicalSeven(c claim) []byte {
	b := make([]byte, 0, 256+len(c.path)+len(c.userID))
	b = append(b, "Method:"...)
	b = append(b, strings.ToUpper(c.method)...)
	b = append(b, "\nPath:"...)
	b = append(b, CanonicalPath(c.path)...)
	b = append(b, "\nX-Ops-Content-Hash:"...)
	b = append(b, c.bodyHash...)
	// Without the algorithm, even when the header names one.
	b = append(b, "\nX-Ops-Sign:version="...)
	b = append(b, p.version...)
	b = append(b, "\nX-Ops-Timestamp:"...)
	b = append(b, c.timestamp...)
	b = append(b, "\nX-Ops-UserId:"...)
	b = append(b, c.userID...)
	b = append(b, "\nX-Ops-Server-API-Version:"...)
	return append(b, c.apiVersion...)
}

// CanonicalPath returns the path that is signed: repeated slashes are one, and
// there is none at the end unless the path is "/". Escapes stay as the client
// wrote them, so a server gives it the path of Request.RequestURI rather than
// one that it decoded and encoded again.
func CanonicalPath(escapedPath string) string {
	if strings.Contains(escapedPath, "//") {
		escapedPath = collapseSlashes(escapedPath)
	}
	if trimmed := strings.TrimSuffix(escapedPath, "/"); trimmed != "" {
		return trimmed
	}
	return "/"
}

func collapseSlashes(path string) string {
	b := make([]byte, 0, len(path))
	for i := range len(path) {
		if i == 0 || path[i] != '/' || path[i-1] != '/' {
			b = append(b, path[i])
		}
	}
	return string(b)
}
