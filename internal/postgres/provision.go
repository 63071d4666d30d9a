package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Provision makes the role and the database of the API servers, and lets the
// role have this password. What is so already stays. The server gets to see a
// verifier of the password only, which is of no use to who reads its log.
func (c *Cluster) Provision(ctx context.Context, s Settings, password string) error {
	return c.session(ctx, s, func(conn *pgx.Conn) error {
		if err := makeRole(ctx, conn, s.Role, password); err != nil {
			return fmt.Errorf("make the role %s: %w", s.Role, err)
		}
		if err := makeDatabase(ctx, conn, s); err != nil {
			return fmt.Errorf("make the database %s: %w", s.Database, err)
		}
		return nil
	})
}

func makeRole(ctx context.Context, conn *pgx.Conn, role, password string) error {
	var verifier *string
	err := conn.QueryRow(ctx, "SELECT rolpassword FROM pg_authid WHERE rolname = $1", role).Scan(&verifier)
	name := pgx.Identifier{role}.Sanitize()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		if _, err := conn.Exec(ctx, "CREATE ROLE "+name+" LOGIN"); err != nil {
			return err
		}
	case err != nil:
		return err
	case verifier != nil && verifies(*verifier, password):
		return nil
	}
	made, err := newVerifier(password)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER ROLE "+name+" LOGIN PASSWORD '"+made+"'")
	return err
}

func makeDatabase(ctx context.Context, conn *pgx.Conn, s Settings) error {
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.Database).Scan(&there); err != nil {
		return err
	}
	name := pgx.Identifier{s.Database}.Sanitize()
	if !there {
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" OWNER "+pgx.Identifier{s.Role}.Sanitize()+" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
		if err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, "REVOKE ALL ON DATABASE "+name+" FROM PUBLIC")
	return err
}
