package timeline

import (
	"strings"
	"unicode"
)

// A font is a class of the style sheet, with its size in pixels.
type font struct {
	class string
	size  float64
	bold  bool
}

// The fonts. Their sizes stand in the style sheet as well.
var (
	fontTitle = font{"title", 19, true}
	fontAbout = font{"about", 12.5, false}
	fontName  = font{"name", 13, true}
	fontWhat  = font{"what", 10.5, false}
	fontSpan  = font{"span", 11.5, false}
	fontTick  = font{"tick", 10.5, false}
	fontMark  = font{"mark", 11.5, true}
	fontGap   = font{"gap", 13, true}
)

// width is how wide a text is at most, in pixels: as in DejaVu Sans, which is
// the widest of the faces that the style sheet asks for. Nobody measures text
// where there is no screen.
func (f font) width(s string) float64 {
	w := 0.0
	for _, r := range s {
		w += ems(r)
	}
	if f.bold {
		w *= 1.15
	}
	return w * f.size
}

// ems is the width of a rune as it is drawn: see escape.
func ems(r rune) float64 {
	switch {
	case r < ' ' && !strings.ContainsRune("\t\n\r", r):
		return ems(unicode.ReplacementChar)
	case strings.ContainsRune("ijlIJ'", r):
		return 0.3
	case strings.ContainsRune(" ,.:;|!()[]ftr-/\\", r):
		return 0.42
	case strings.ContainsRune("mwMW@%…", r):
		return 1.02
	case r >= 'A' && r <= 'Z', strings.ContainsRune("+<=>&#−", r):
		return 0.84
	case r < 0x250: // the other letters and digits of Latin scripts
		return 0.66
	default:
		return 1.1
	}
}

// wrap breaks a text between words, so that no line is wider than most. A word
// that is wider by itself is cut.
func (f font) wrap(s string, most float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		word = f.fit(word, most)
		if with := strings.TrimSpace(line + " " + word); f.width(with) <= most {
			line = with
			continue
		}
		lines = append(lines, line)
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fit cuts a text to a width.
func (f font) fit(s string, most float64) string {
	if f.width(s) <= most {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && f.width(string(runes)+"…") > most {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
