package postgres_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/survive"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

var (
	kills      = flag.Int("kills", 20, "how often TestKillsOfProcessesThatShare kills a process")
	executions = flag.Int("executions", 60, "how many executions TestKillsOfProcessesThatShare starts")
)

// envDatabase is set in a process of survivor: to the connection of its database.
const envDatabase = "GOSTATES_POSTGRES_DATABASE"

const survivorLease = time.Second

// survivor is a process that shares its executions with others until it is killed.
var survivor = survive.Process{
	Lease: survivorLease,
	Busy:  50 * time.Millisecond, // a process that hangs has some under way
	Open: func(string) (store.Store, func() error, error) {
		ctx := context.Background()
		pool, err := pgxpool.New(ctx, os.Getenv(envDatabase))
		if err != nil {
			return nil, nil, err
		}
		s, err := postgres.New(ctx, pool, postgres.Options{})
		return s, func() error { pool.Close(); return nil }, err
	},
	Repeats: func(err error) bool { return strings.Contains(err.Error(), "postgres: ") }, // the server is down
}
