package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"tournant/internal/ctl"
)

// generateCommand is run where packages are built.
func generateCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "generate DIR",
		Short:   "Write the manual pages and the completions of shells below a directory",
		Long:    "Write the manual pages and the completions of shells below DIR, dated by SOURCE_DATE_EPOCH if that is set.",
		Example: "  tournant generate dist/stage",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, root := range []*cobra.Command{command(), ctl.Command()} {
				if err := describe(root, args[0]); err != nil {
					return fmt.Errorf("describe %s: %w", root.Name(), err)
				}
			}
			return nil
		},
	}
}

// describe writes man8/COMMAND-SUBCOMMAND.8 and bash/COMMAND, zsh/_COMMAND and
// fish/COMMAND.fish.
func describe(root *cobra.Command, dir string) error {
	root.DisableAutoGenTag = true // the header of a page has its date
	name := root.Name()
	completions := map[string]func(file string) error{
		"bash/" + name:           func(file string) error { return root.GenBashCompletionFileV2(file, true) },
		"zsh/_" + name:           root.GenZshCompletionFile,
		"fish/" + name + ".fish": func(file string) error { return root.GenFishCompletionFile(file, true) },
	}
	for file, write := range completions {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // of a package, for everybody to read
			return err
		}
		if err := write(file); err != nil {
			return err
		}
	}
	man := filepath.Join(dir, "man8")
	if err := os.MkdirAll(man, 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	return doc.GenManTree(root, &doc.GenManHeader{Section: "8", Source: "Tournant", Manual: "Tournant"}, man)
}
