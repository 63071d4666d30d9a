package store

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// awaitPostgres opens a database, for which it waits as long as requests would.
func awaitPostgres(ctx context.Context, url string, opts Options) (*postgresDatabase, error) {
	cfg, err := postgresConfig(url)
	if err != nil {
		return nil, err
	}
	limit := time.NewTimer(opts.FailoverWait)
	defer limit.Stop()
	for told := false; ; told = true {
		db, err := openPostgres(ctx, cfg, opts)
		if !errors.Is(err, ErrNotFounded) && (err == nil || !away(err) || distrusted(err)) {
			return db, err
		}
		if !told {
			opts.Log.Error("the database cannot be used yet: waiting for it", "error", err, "at_most", opts.FailoverWait.String())
		}
		select {
		case <-limit.C:
			return nil, fmt.Errorf("waited %v for the database: %w", opts.FailoverWait, err)
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause()):
		}
	}
}

// distrusted reports whether the server's certificate is not to be trusted. A
// server that starts is told at once; one that runs waits for a better one.
func distrusted(err error) bool {
	var (
		authority   x509.UnknownAuthorityError
		name        x509.HostnameError
		certificate x509.CertificateInvalidError
	)
	return errors.As(err, &authority) || errors.As(err, &name) || errors.As(err, &certificate)
}

var errServerReadOnly = errors.New("the database server takes no writes")

// askTimeout bounds one question whether the database is there.
const askTimeout = 3 * time.Second

// ask returns a new connection, on which the database can be written to.
func (d *postgresDatabase) ask(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, d.asking)
	if err != nil {
		return nil, err
	}
	var readOnly string
	err = conn.QueryRow(ctx, "SHOW transaction_read_only").Scan(&readOnly)
	if err == nil && readOnly == "on" {
		err = errServerReadOnly
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// cut ends all connections, and has the pools forget those that nobody uses.
func (d *postgresDatabase) cut() {
	d.connections.cut()
	for _, db := range []*sql.DB{d.reads, d.writes} {
		db.SetMaxIdleConns(0)
		db.SetMaxIdleConns(db.Stats().MaxOpenConnections)
	}
}
