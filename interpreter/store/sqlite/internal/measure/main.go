// Command measure prints what durable executions cost: over SQLite, and over a file
// that gets the same bytes with one fdatasync a Commit, which is the limit of the
// disk.
//
//	go run ./internal/measure                     # transitions a second
//	go run ./internal/measure -waiting 1000000    # many executions that wait
//	go run ./internal/measure -unfinished 100000  # recovery after a crash
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gostates/gostates/interpreter/store/sqlite"
)

func main() {
	dir := flag.String("dir", ".", "folder on the `disk` to measure")
	rounds := flag.Int("rounds", 5, "`rounds`, interleaved; medians are printed")
	executions := flag.Int("executions", 2000, "`executions` of a round with 64 at a time")
	waiting := flag.Int("waiting", 0, "measure so many `executions` that wait instead")
	unfinished := flag.Int("unfinished", 0, "measure the recovery of so many `executions` instead")
	profiles := flag.String("profiles", "", "`folder` for profiles of the processor and the heap")
	flag.Parse()
	temp, err := os.MkdirTemp(*dir, "measure-")
	if err == nil {
		defer os.RemoveAll(temp)
		switch {
		case *waiting > 0:
			err = measureWaiting(temp, *profiles, *waiting)
		case *unfinished > 0:
			err = measureUnfinished(temp, *profiles, *unfinished)
		default:
			err = measureSpeed(temp, *rounds, *executions)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// load returns the load of the machine, if it tells.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

func openSQLite(dir string) (*sqlite.Store, error) {
	return sqlite.Open(filepath.Join(dir, "executions.db"))
}
