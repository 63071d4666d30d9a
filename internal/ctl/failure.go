package ctl

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tournant/internal/apiclient"
	"tournant/internal/config"
)

// The exit codes of Chef's commands beside 0 and 1.
const (
	exitArguments = 2   // arguments given to a command that takes none
	exitDeclined  = 3   // the answer to a question was no
	exitDown      = 3   // status: the service does not run
	exitSecrets   = 44  // reconfigure: another host makes the secrets
	exitRefused   = 100 // the server refused the request
)

// failure ends the command with a code. Its text, if any, is printed as it is.
type failure struct {
	code int
	text string
	err  error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// fail ends the command with exit code 1 and a text.
func fail(format string, args ...any) error {
	return &failure{code: 1, text: fmt.Sprintf(format, args...)}
}

// fatal is fail in the words of knife, which the original runs.
func fatal(format string, args ...any) error { return fail("FATAL: "+format, args...) }

// failWith ends the command with a code once everything was said; err, if not
// nil, is reported instead.
func failWith(code int, err error) error {
	if err != nil {
		return err
	}
	return &failure{code: code}
}

// report prints what an error has to tell and returns its exit code.
func (a *app) report(err error) int {
	var f *failure
	var refused *apiclient.Error
	var mistakes config.Problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f):
		if f.text != "" {
			fmt.Fprintln(a.Stderr, strings.TrimSuffix(f.text, "\n"))
		}
		return f.code
	case errors.As(err, &mistakes):
		for _, mistake := range mistakes {
			fmt.Fprintln(a.Stderr, "ERROR:", mistake)
		}
		return mistakes.ExitCode()
	case errors.As(err, &refused):
		fmt.Fprintf(a.Stderr, "ERROR: %s\nResponse: %s\n", headline(refused.Status), refused.Message())
		return exitRefused
	}
	fmt.Fprintln(a.Stderr, "ERROR:", err)
	return 1
}

// headline is how knife words a status.
func headline(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The data in your request was invalid"
	case http.StatusUnauthorized:
		return "Failed to authenticate"
	case http.StatusForbidden:
		return "You authenticated successfully but you are not authorized for this action."
	case http.StatusNotFound:
		return "The object you are looking for could not be found"
	case http.StatusInternalServerError:
		return "internal server error"
	case http.StatusServiceUnavailable:
		return "Service temporarily unavailable"
	}
	return http.StatusText(status)
}

// flagError words what is wrong with a flag.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		return fail("Error: Invalid argument %s detected. Please remove or use a different command.\n%s",
			dashed(unknown.GetSpecifiedName()), c.UsageString())
	}
	var empty *pflag.ValueRequiredError
	if errors.As(err, &empty) {
		return fail("Error: Missing valid input for argument %s.", dashed(empty.GetSpecifiedName()))
	}
	return fail("Error: %v\n%s", err, c.UsageString())
}

func dashed(flag string) string {
	if len(flag) == 1 {
		return "-" + flag
	}
	return "--" + flag
}

// none takes no arguments, with the words and the exit code of the original.
func none(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &failure{code: exitArguments, text: fmt.Sprintf("The command %s does not accept any arguments", c.Name())}
	}
	return nil
}

// between takes from least to most arguments and says what they are.
func between(least, most int, missing string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fatal("%s\n%s", missing, c.UsageString())
		case len(args) > most:
			return fatal("%s takes no argument %q\n%s", c.Name(), args[most], c.UsageString())
		}
		return nil
	}
}

// exactly is between with one number.
func exactly(n int, missing string) cobra.PositionalArgs { return between(n, n, missing) }
