package ctl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// format is how results are printed.
type format string

func (f *format) flag(c *cobra.Command) {
	c.Flags().StringVarP((*string)(f), "format", "F", "text", "text or json")
}

// show prints an answer of the server as knife does.
func (a *app) show(f format, raw json.RawMessage) error {
	switch f {
	case "json":
		var b bytes.Buffer
		if err := json.Indent(&b, raw, "", "  "); err != nil {
			return fmt.Errorf("print the answer: %w", err)
		}
		a.print("%s", b.String())
		return nil
	case "text", "summary":
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			return fmt.Errorf("print the answer: %w", err)
		}
		fmt.Fprint(a.Stdout, text(v))
		return nil
	}
	return fail("Error: -F %s: give text or json", f)
}

// showJSON is show for a value of ours.
func (a *app) showJSON(f format, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	return a.show(f, raw)
}

// text is a value in knife's form: sorted keys in a column, deeper ones
// indented, the elements of a list on lines of their own.
func text(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case map[string]any:
		textOfObject(&b, v)
	case []any:
		for i, item := range v {
			b.WriteString(text(item))
			if !single(item) && i < len(v)-1 {
				b.WriteByte('\n')
			}
		}
	case nil:
		b.WriteByte('\n')
	default:
		fmt.Fprintln(&b, v)
	}
	return b.String()
}

func textOfObject(b *strings.Builder, o map[string]any) {
	width := 0
	for key := range o {
		width = max(width, len(key)+1)
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		value := o[key]
		if list, ok := value.([]any); ok && len(list) == 1 && single(list[0]) {
			value = list[0]
		}
		if single(value) {
			fmt.Fprintf(b, "%-*s %s", width, key+":", text(value))
			continue
		}
		fmt.Fprintf(b, "%s:\n", key)
		for line := range strings.Lines(text(value)) {
			b.WriteString("  " + line)
		}
	}
}

func single(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}
