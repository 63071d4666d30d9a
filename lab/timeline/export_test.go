package timeline

// Width is how wide a text of a class is held to be.
func Width(class, s string) float64 {
	for _, f := range []font{fontTitle, fontAbout, fontName, fontWhat, fontSpan, fontTick, fontMark, fontGap} {
		if f.class == class {
			return f.width(s)
		}
	}
	return 0
}

// Size is a class's, in pixels.
func Size(class string) float64 {
	for _, f := range []font{fontTitle, fontAbout, fontName, fontWhat, fontSpan, fontTick, fontMark, fontGap} {
		if f.class == class {
			return f.size
		}
	}
	return 0
}

// Escape is what stands in a picture for a text.
func Escape(s string) string { return escape(s) }
