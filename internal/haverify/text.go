package haverify

import (
	"fmt"
	"io"
)

// WriteFinding prints one as it is found.
func WriteFinding(w io.Writer, f Finding) {
	if f.OK {
		fmt.Fprintf(w, "[OK] %s\n", f.Text)
		return
	}
	fmt.Fprintf(w, "[FAILED] %s\n", f.Text)
	for _, more := range []string{f.Reason, f.Advice} {
		if more != "" {
			fmt.Fprintf(w, "     %s\n", more)
		}
	}
}

// WriteEnd prints what it comes to.
func WriteEnd(w io.Writer, r Report) {
	failed := 0
	for _, f := range r.Checks {
		if !f.OK {
			failed++
		}
	}
	if r.OK {
		fmt.Fprintf(w, "\n[OK] %d checks passed: %s can be primary, and hand over.\n", len(r.Checks), r.Host)
		return
	}
	fmt.Fprintf(w, "\n[FAILED] %d of %d checks failed. Put the first right first: later ones may follow from it.\n", failed, len(r.Checks))
}
