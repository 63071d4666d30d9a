package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// awayCodes are what PostgreSQL says when it is not there for anyone, or has
// ended the connection.
var awayCodes = []string{
	"25006", // read-only: a standby, or not yet a primary
	"57P01", // shutting down
	"57P02", // another process of it crashed
	"57P03", // starting, or in recovery
	"57P05", // an idle connection was ended
}

// thereCodes are what it says when it is there nevertheless: trying again will
// do.
var thereCodes = []string{
	"25P03", // a transaction that was idle for too long: we were frozen
	"53300", // out of connections
	lockNotAvailable,
	ioError,
}

// away reports whether an error says nothing of what was asked, only that
// PostgreSQL could not answer just now. It may have done what it was told.
func away(err error) bool {
	if err == nil {
		return false
	}
	if there(err) {
		return true
	}
	if c := code(err); c != "" {
		return slices.Contains(awayCodes, c) || c[:2] == "08" // connection exceptions
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var network net.Error
	return errors.As(err, &network) || broken(err)
}

func broken(err error) bool {
	return slices.ContainsFunc([]error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone, pgconn.ErrConnClosed,
	}, func(end error) bool { return errors.Is(err, end) })
}

// there reports whether what away reports is no reason to believe that
// PostgreSQL is away for others.
func there(err error) bool {
	return slices.Contains(thereCodes, code(err)) || errors.Is(err, errUnchecked)
}
