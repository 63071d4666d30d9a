package signing

import (
	"net/http"
	"strconv"
	"strings"
)

// Header names in the form that http.Header keeps them in.
const (
	headerUserID      = "X-Ops-Userid"
	headerTimestamp   = "X-Ops-Timestamp"
	headerSign        = "X-Ops-Sign"
	headerContentHash = "X-Ops-Content-Hash"
	headerAPIVersion  = "X-Ops-Server-Api-Version"
	headerSignature   = "X-Ops-Authorization-" // and a number, from 1
)

// timeLayout is the only form of X-Ops-Timestamp: UTC, whole seconds.
const timeLayout = "2006-01-02T15:04:05Z"

// lineLength is how many characters of the base64 signature go into one header.
const lineLength = 60

// signatureLines joins the lines of the signature, up to the first absent one.
func signatureLines(h http.Header) string {
	var joined strings.Builder
	joined.Grow(6 * lineLength) // what a key of 2048 bits makes
	name := []byte(headerSignature)
	for n := int64(1); ; n++ {
		// The conversion inside the index expression does not allocate.
		line := h[string(strconv.AppendInt(name, n, 10))]
		if len(line) == 0 || line[0] == "" {
			return joined.String()
		}
		joined.WriteString(line[0])
	}
}

// setSignatureLines replaces whatever signature h had.
func setSignatureLines(h http.Header, encoded string) {
	n := 1
	for ; encoded != ""; n++ {
		line := encoded[:min(lineLength, len(encoded))]
		h.Set(headerSignature+strconv.Itoa(n), line)
		encoded = encoded[len(line):]
	}
	// A request signed again with a smaller key has lines left over.
	for name := headerSignature + strconv.Itoa(n); h.Get(name) != ""; name = headerSignature + strconv.Itoa(n) {
		h.Del(name)
		n++
	}
}
