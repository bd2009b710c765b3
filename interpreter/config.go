package interpreter

import (
	"context"
	"io"
	"log/slog"
	"math"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
)

// Config configures an [Interpreter]. The zero value works for machines without
// tasks.
type Config struct {
	// Resolver finds the handlers of tasks, usually a [Mux]. Default: none.
	Resolver Resolver
	// ResolverOf returns the resolver of one execution, or nil: see StartOptions.Resolver,
	// which comes first. It is asked before each task, from many goroutines, with the ARN
	// and the Tags of the execution, which must not be changed: so an execution in Store
	// has its resolver in each process. A child of a Map Run has an ARN of its own, and no
	// Tags. An error halts the execution; in Store it is parked, and tried again. It is a
	// hook: see [HookError]. [Interpreter.Check] and [Interpreter.CheckStored] do not ask
	// it. Default: none.
	ResolverOf func(executionArn string, tags map[string]string) (Resolver, error)
	// Errors makes Go errors of the errors with which executions end, by name:
	// "CardDeclined", "States.Timeout". They are found by errors.As and errors.Is in the errors of
	// [Run] and [Execution.Wait] and in Description.Failure, in this process and after a
	// restart. The functions get the cause, which is the message of an [ErrorNamer], and may
	// return nil. They are called whenever errors.As or errors.Is look, by any goroutine.
	// See [Func]. Default: none.
	Errors map[string]func(cause string) error
	// Activities are the activities whose tasks workers poll with
	// [Interpreter.GetActivityTask]: Resources as the definition spells them, or
	// patterns as in a [Mux]. Other Resources than activity ARNs and those of
	// Options.Activities do not match. Resolver is not asked for these. Their tasks
	// wait in memory, and take none of the Workers. Default: none; each activity needs
	// a handler.
	Activities []string
	// ActivityExists says whether one of Activities exists now. It is asked when a state
	// enters its task, and by [Interpreter.GetActivityTask]. A task of an activity that
	// does not exist fails with States.Runtime, as on AWS. Tasks that are scheduled
	// already stay: workers can poll them if the activity exists again. It is a hook: see
	// [HookError]. Default: all exist.
	ActivityExists func(activity string) bool
	// Pollers limits how many workers wait for tasks of one activity at the same time.
	// Others get [ErrActivityWorkerLimitExceeded]. Default: 1,000, as on AWS.
	Pollers int
	// Objects is the object store that ItemReaders of Map states read and ResultWriters
	// write: [objects.Dir] for a folder, or Amazon S3 by the module
	// github.com/gostates/gostates/interpreter/objects/s3. Default: none.
	Objects objects.Objects
	// ItemReader reads the items of Map states in DISTRIBUTED mode that have an
	// ItemReader. Default: an [itemreader.ObjectReader] of Objects; without these such a
	// state fails with States.ItemReaderFailed.
	ItemReader itemreader.Reader
	// ResultWriter writes the results of Map states that have a ResultWriter with a
	// Resource. Default: a [resultwriter.Files] of Objects without a Folder; without
	// Objects such a state fails with States.ResultWriterFailed. With Store, set one with
	// a Folder: otherwise a Map Run that a crash interrupts loses its results, and fails.
	ResultWriter resultwriter.Writer
	// Clock gives the time and wakes the interpreter. Default: the system's clock.
	Clock Clock
	// History receives all events of all executions, before the interpreter acts on
	// them. With Store it receives them once they are stored, and never those of the
	// last change before a crash: [Interpreter.History] has all. A [history.ResumedSink] is
	// also told where a restored execution stands. See [history.Sink] for how a sink may
	// fail, and for the calls that it and the other hooks may make.
	// Default: none, at no cost.
	History history.Sink
	// OnEnd is called after an execution has ended, on a goroutine of its own: once
	// with executions in memory, and at least once with Store, where its end is on disk
	// before. If the process ends before OnEnd has returned, the next one calls it again.
	// An execution that was redriven ends again. OnEnd may call everything, also Redrive
	// and Delete. Up to 16 calls run at the same time, and others wait; Shutdown waits
	// for all of them, and ctx ends with the interpreter. A panic is logged. With Store
	// it costs one more change an execution. Executions that were halted have not ended.
	// Retention deletes nothing before. Three calls may be lost with a crash: that for an
	// end that a redrive undoes before the next process calls OnEnd, that for a child of a
	// Map Run, and that for an execution that cannot be loaded any longer.
	// Default: none.
	OnEnd func(ctx context.Context, e *Execution)
	// Workers limits how many handlers run at the same time. Other tasks wait in a
	// queue; their timeouts start when their handlers do. As many executions may
	// also be driven at the same time because of a deadline. A handler that
	// outlives its task counts until it returns. If handlers wait for other
	// executions, there must be enough workers for the tasks of those. Default:
	// 256.
	Workers int
	// Logger receives panics of handlers, failures of the clock and of the Store, and
	// why executions are parked. Data of executions is left out: of a panic it receives
	// the stack and the type, and the text only if it is one of package runtime. The
	// cause of the task's failure has the text. Default: slog.Default().
	Logger *slog.Logger
	// LogEvents also writes every event of executions to Logger, with its machine, state,
	// resource and attempt: failures at level Warn, all others at Debug. The message is
	// what [history.Place.TypeName] returns: the events of a Go function are Task events.
	// Inputs, outputs, variables and causes are left out. Names of errors are written; a
	// Fail state with an ErrorPath takes its name from data.
	LogEvents bool
	// Rand is the source of seeds, token keys and default names of executions. A
	// predictable source makes tokens predictable. Default: crypto/rand.
	Rand io.Reader

	// Store keeps executions on disk, so that they outlive the process: see
	// "Durability" in the documentation of the package. The interpreter does not close
	// it: close it after [Interpreter.Shutdown] or [Interpreter.Close]. Programs that
	// are different state machines need different names or ARNs in their Options, or
	// names of executions in one would be taken in the other. Default: none;
	// executions are in memory only.
	Store store.Store
	// Codec encodes what Store keeps of executions: records, snapshots, events for
	// other processes and definitions. It does not see the heads, by which executions
	// are found: names, ARNs, digests, statuses, times, parents, tags, and why one is
	// parked. An execution whose contents it cannot decode is parked with
	// [store.ErrCorrupt]. It is a hook: see [HookError]. Default: none; contents are
	// stored as they are.
	Codec store.Codec
	// Programs are those of stored executions, current and earlier ones. An execution
	// whose program is not among them continues under the definition and options that
	// the Store has kept.
	Programs []*Program
	// Namespace is part of the key of every execution that this interpreter starts or
	// finds by name in Store. It is UTF-8 without zero bytes, and has at most 2,048 bytes
	// together with the ARN of the state machine and the name; otherwise starts fail with
	// [ErrInvalidName].
	Namespace string
	// Lease is how long a [store.Shared] store keeps the executions of this process for
	// it if the process dies or hangs. Then others continue them. At least 100 ms; default:
	// 15 s.
	Lease time.Duration
	// MaxDeliveries is how often a task of a stored execution is given to a handler.
	// It is given again only if the process ended while its handler ran. After that
	// it fails with [ErrorMaxDeliveries], which a Retrier or Catcher can take.
	// Default: 20.
	MaxDeliveries int
	// Retention says when executions of Namespace in Store are deleted after their
	// end: the first rule that selects an execution decides. They are deleted in small
	// groups, about an hour late at most, with their histories. Executions that run are
	// never deleted, nor are those that a running execution has started. A failure is
	// logged, and tried again later. Default: none; all executions are kept for ever, as
	// they are with a [VirtualClock].
	Retention []Retention
	// RedriveWindow is how long after its end an execution can be redriven
	// ([Interpreter.Redrive]). The snapshot of a stored one that did not succeed is
	// larger until then. Default: 14 days, as on AWS. Less than 0: none can be redriven,
	// and a snapshot at the end keeps the result only.
	RedriveWindow time.Duration
}

const (
	defaultWorkers       = 256
	defaultPollers       = 1_000
	mostWorkers          = math.MaxInt32 / 2 // sums do not overflow
	defaultMaxDeliveries = 20
	defaultRedriveWindow = 14 * 24 * time.Hour
)
