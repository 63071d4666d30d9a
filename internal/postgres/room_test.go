package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"tournant/internal/postgres"
)

// Sessions that there are hear that the volume is full, and that it is not any
// more; a server that starts knows.
func TestSetFull(t *testing.T) {
	r := prepare(t)
	shows := func(ctx context.Context, conn *pgx.Conn) (value string) {
		t.Helper()
		if err := conn.QueryRow(ctx, "SELECT coalesce(current_setting($1, true), '')", postgres.VolumeFull).Scan(&value); err != nil {
			t.Fatal(err)
		}
		return value
	}
	r.start(t)
	r.super(t, func(ctx context.Context, conn *pgx.Conn) {
		if got := shows(ctx, conn); got != "" {
			t.Errorf("before anybody said so it is %q", got)
		}
		for _, full := range []bool{true, false, true} {
			want := map[bool]string{true: "on", false: "off"}[full]
			if err := r.SetFull(full); err != nil {
				t.Fatal(err)
			}
			if err := r.Reload(ctx, r.settings); err != nil {
				t.Fatal(err)
			}
			for shows(ctx, conn) != want { // until the signal has arrived, or ctx ends
			}
		}
	})
	if err := r.units.Stop(patience(t), postgres.Unit); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	r.super(t, func(ctx context.Context, conn *pgx.Conn) {
		if got := shows(ctx, conn); got != "on" {
			t.Errorf("after a start it is %q, want on", got)
		}
	})
}
