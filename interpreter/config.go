package interpreter

import (
	"io"
	"log/slog"

	"github.com/gostates/gostates/history"
)

// Config configures an [Interpreter]. The zero value works for machines without
// tasks.
type Config struct {
	// Resolver finds the handlers of tasks, usually a [Mux]. Default: none.
	Resolver Resolver
	// Clock gives the time and wakes the interpreter. Default: the system's clock.
	Clock Clock
	// History receives all events of all executions, before the interpreter acts on
	// them. See [history.Sink] for how a sink may fail, and for the calls that it
	// and the other hooks may make. Default: none, at no cost.
	History history.Sink
	// Workers limits how many handlers run at the same time. Other tasks wait in a
	// queue; their timeouts start when their handlers do. As many executions may
	// also be driven at the same time because of a deadline. A handler that
	// outlives its task counts until it returns. If handlers wait for other
	// executions, there must be enough workers for the tasks of those. Default:
	// 256.
	Workers int
	// Logger receives panics of handlers and failures of the clock. Default:
	// slog.Default().
	Logger *slog.Logger
	// LogEvents also writes every event of executions to Logger: failures at level
	// Warn, all others at Debug. Inputs, outputs, variables and causes are left
	// out. Names of errors are written; a Fail state with an ErrorPath takes its
	// name from data.
	LogEvents bool
	// Rand is the source of seeds, token keys and default names of executions. A
	// predictable source makes tokens predictable. Default: crypto/rand.
	Rand io.Reader
}

const defaultWorkers = 256
