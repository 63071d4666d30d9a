package api

import (
	"os"
	"testing"

	"tournant/internal/pgtest"
	"tournant/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// The same as without Postgres in their names, over a database that is another
// process. Its CPU is not the benchmark's.

func BenchmarkPostgresGetNode(b *testing.B) {
	newTestServerOn(b, storetest.Postgres()).benchGetNode(b)
}

func BenchmarkPostgresPutNode(b *testing.B) {
	newTestServerOn(b, storetest.Postgres()).benchPutNode(b)
}
