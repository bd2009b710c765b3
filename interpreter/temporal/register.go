package temporal

import (
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

// Config configures a worker.
type Config struct {
	// Resolver finds the handlers of tasks, as in [interpreter.Config]. A task that has
	// none on this worker is tried again until a worker has one. It is called from
	// many goroutines.
	Resolver interpreter.Resolver
	// Machines are started by states:startExecution as child workflows, by the
	// StateMachineArn of the tasks or by the name in it. An execution that starts
	// another one waits for a worker that has it. If it is nil, such tasks are those of
	// Resolver; executions that run must not see it change between nil and not.
	Machines map[string]*machine.Program
	// Liveness is how long a worker may be silent until Temporal gives its task to
	// another one, with the same token and Task.Resumed; workers beat by themselves
	// every third of it. It does not apply to tasks with HeartbeatSeconds. Default: 30
	// seconds. If negative, a task whose worker has died waits for its TimeoutSeconds,
	// if it has any.
	Liveness time.Duration
	// Objects is the object store that ItemReaders of Map states read.
	Objects objects.Objects
	// ItemReader reads the items of Map states in DISTRIBUTED mode that have an
	// ItemReader. Default: an [itemreader.ObjectReader] of Objects; without these such a
	// state fails with States.ItemReaderFailed.
	ItemReader itemreader.Reader
	// ResultWriter writes the results of Map states that have a ResultWriter with a
	// Resource. Several workers write those of a Map Run one after another, so that what
	// it keeps between the calls must be theirs in common: a [resultwriter.Files] needs a
	// Folder on a file system that all workers share. Default: none; such a state then
	// fails with States.ResultWriterFailed.
	ResultWriter resultwriter.Writer
	// Queue returns the task queue for a task. Default: the workflow's.
	Queue func(state, resource string) string
	// Local reports whether a task runs as a local activity: within the worker of the
	// workflow, for calls that take less than some seconds and need no heartbeat.
	// Executions that run must get the same answer as before. Default: none does.
	Local func(state, resource string) bool
	// DataConverter is that of the client that has downloaded a history for [Replay], if
	// it has another one than the SDK's. A worker has that of its client.
	DataConverter converter.DataConverter
}

const defaultLiveness = 30 * time.Second

// engine is what workflows and activities of a worker share.
type engine struct {
	Config
	rules    uint8 // the newest that this worker knows
	programs programs
}

func newEngine(c Config) *engine {
	if c.Liveness == 0 {
		c.Liveness = defaultLiveness
	}
	if c.ItemReader == nil && c.Objects != nil {
		c.ItemReader = &itemreader.ObjectReader{Objects: c.Objects}
	}
	return &engine{Config: c, rules: machine.RulesVersion}
}

// Register registers the workflows and the activities of state machines, under the names
// [WorkflowType], [MapRunType], [ActivityType], [ReadItemsType] and [WriteResultsType].
func Register(w worker.Registry, c Config) {
	newEngine(c).register(w)
}

func (e *engine) register(w worker.Registry) {
	w.RegisterWorkflowWithOptions(e.runExecution, workflow.RegisterOptions{Name: WorkflowType})
	w.RegisterWorkflowWithOptions(e.runMapRun, workflow.RegisterOptions{Name: MapRunType})
	w.RegisterActivityWithOptions(e.performTask, activity.RegisterOptions{Name: ActivityType})
	w.RegisterActivityWithOptions(e.writeResults, activity.RegisterOptions{Name: WriteResultsType})
	w.RegisterActivityWithOptions(e.readItems, activity.RegisterOptions{Name: ReadItemsType})
}
