package ctl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// confirm asks until the answer is yes or no. No ends the command.
func (a *app) confirm(yes bool, question string) error {
	if yes {
		return nil
	}
	if a.answers == nil {
		a.answers = bufio.NewReader(a.Stdin) // it reads ahead, also of the next question's answer
	}
	for {
		fmt.Fprintf(a.Stdout, "%s? (Y/N) ", question)
		line, err := a.answers.ReadString('\n')
		switch answer := strings.TrimSpace(line); {
		case answer == "Y" || answer == "y":
			return nil
		case answer == "N" || answer == "n":
			a.print("You said no, so I'm done here.")
			return &failure{code: exitDeclined}
		case err != nil:
			return &failure{code: exitDeclined, text: "\nNo answer: nothing was changed."}
		default:
			a.print("I have no idea what to do with '%s'", answer)
			a.print("Just say Y or N, please.")
		}
	}
}

// askSecret reads a line without showing it.
func (a *app) askSecret(prompt string) (string, error) {
	file, ok := a.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", fail("Standard input is no terminal to ask on: give --password-file FILE, or - for standard input.")
	}
	fmt.Fprint(a.Stderr, prompt)
	secret, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(a.Stderr)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(secret), nil
}

// readSecret returns the first line of a file, or of standard input when the
// file is called "-".
func (a *app) readSecret(file string) (string, error) {
	in := a.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		defer f.Close()
		in = f
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
