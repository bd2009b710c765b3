package machine

import "time"

// ItemSource is the evaluated ItemReader of a Map Run.
type ItemSource struct {
	Resource   string       // as in the definition: "arn:aws:states:::s3:getObject"
	Parameters any          // the evaluated Parameters or Arguments; nil: none
	Config     ReaderConfig // zero if the ItemReader has none
}

// ReaderConfig holds the fields of an ItemReader's ReaderConfig, with their values
// at run time. Strings are empty if the field is missing.
type ReaderConfig struct {
	InputType         string   // CSV, JSON, JSONL, PARQUET or MANIFEST
	Transformation    string   // NONE or LOAD_AND_FLATTEN
	ManifestType      string   // S3_INVENTORY or ATHENA_DATA
	CSVDelimiter      string   // COMMA, PIPE, SEMICOLON, SPACE or TAB
	CSVHeaderLocation string   // FIRST_ROW or GIVEN
	CSVHeaders        []string // nil: none
	ItemsPointer      string   // a JSON Pointer
	MaxItems          int64    // the Map Run asks for no more items than that; 0: all
}

// ResultDestination is the evaluated ResultWriter of a Map Run that exports its
// results. Without one, or with a WriterConfig alone, the results are the result of
// the state, and the host gets no commands about them.
type ResultDestination struct {
	Resource   string       // as in the definition: "arn:aws:states:::s3:putObject"
	Parameters any          // the evaluated Parameters or Arguments; nil: none
	Config     WriterConfig // with defaults
}

// WriterConfig holds the fields of a ResultWriter's WriterConfig.
type WriterConfig struct {
	Transformation string // NONE (the default with a destination), COMPACT or FLATTEN
	OutputType     string // JSON (the default) or JSONL
}

// Child is a child execution of a Map Run. It must not be changed.
type Child struct {
	// Index is the number of the child in the Map Run, from 0. With an ItemBatcher it
	// is that of the batch.
	Index int64
	// Items is the number of items in its input: 1 without an ItemBatcher.
	Items int
	// ID is its ARN, which is the same after a crash. Use it as Start.ID and to
	// recognise a child that was started before.
	ID string
	// Input is a value of package value. If it exceeds Limits.PayloadBytes, the child
	// fails at once by its own rules.
	Input any
	// Forgotten says that the Map Run does not know the Input of a child to be redriven
	// any longer: those of many failed children are not part of the execution.
	Forgotten bool

	// Status is how a child to be redriven has ended.
	Status Status

	redrive bool // RedriveChild, not StartChild
}

// MapRunCounts counts the items or the child executions of a Map Run, as AWS's
// DescribeMapRun does.
type MapRunCounts struct {
	Pending               int64 // read, and not started
	Running               int64
	Succeeded             int64
	Failed                int64
	TimedOut              int64
	Aborted               int64
	Total                 int64 // all that were read
	ResultsWritten        int64
	FailuresNotRedrivable int64
	PendingRedrive        int64
}

// MapRun describes a Map Run.
type MapRun struct {
	Task      TaskID // of the commands and events
	State     string // the name of the Map state
	Arn       string
	Status    Status    // Running, Succeeded, Failed or Aborted
	StartedAt time.Time // of the MapRunStarted event, in UTC
	StoppedAt time.Time // zero while it runs

	MaxConcurrency             int64   // the most children that run at a time; 10,000 if the state has none
	ToleratedFailureCount      int64   // 0 if the state has none
	ToleratedFailurePercentage float64 // 0 if the state has none
	Items                      MapRunCounts
	Executions                 MapRunCounts
	Redrives                   int       // how often it was redriven
	RedrivenAt                 time.Time // the latest time; zero: never
}

// MapRunCommand is what the commands of a Map Run have in addition to Task and State.
// It must not be changed.
type MapRunCommand struct {
	Arn     string   // of the Map Run
	Program *Program // of its children: see [Program.Child]
	// Begun is the Task of the first attempt of the Map Run: that of the command, unless
	// it was redriven.
	Begun TaskID
	// Redrives is how often the Map Run was redriven. Each redrive has results of its
	// own, and receipts of its own.
	Redrives int

	// Destination is where the results go; nil if there is none. After a crash, a host
	// opens it with the Receipt, before it carries out any of the commands of
	// [Program.Pending], which all have both.
	Destination *ResultDestination
	// Receipt is the latest one from the host, in the commands of [Program.Pending] and
	// in the EndMapRun of a Map Run that is aborted.
	// Whatever was written after it is written again: the host must drop it first,
	// unless it recognises it by the index.
	Receipt []byte

	// Of ReadItems.
	Source   *ItemSource
	First    int64  // the index of the first item to read, from 0
	Cursor   []byte // of the latest ItemsRead event; nil: the beginning
	MaxItems int    // the most that the answer may have
	MaxBytes int    // a host should not read more than that, in JSON, unless one item has more

	// Pending are the children of WritePending, which were never started, in order.
	// Their IDs are empty.
	Pending []Child

	// Unfinished are, of OpenResults, the results of an earlier attempt that was
	// aborted or could not be written. The host completes them first. nil: none.
	Unfinished *UnfinishedResults

	// Of WriteResults and EndMapRun.
	Run *MapRun
	// Open are, of the EndMapRun of a Map Run that is aborted, the children that run, in
	// order.
	Open []*Child
	// Of EndMapRun: the execution has ended, and a redrive goes on with the Map Run.
	Kept bool
	// Of EndMapRun: ResultsFailed was received. If Kept is set, the host must keep what
	// Unfinished needs.
	Unwritten bool
}

// UnfinishedResults are results of an attempt of a Map Run that are not complete.
type UnfinishedResults struct {
	Redrives int    // of the attempt
	Aborted  bool   // with its execution: the host completes them without a redrive too
	Receipt  []byte // the latest one: the results end there
}

// MapRunEvent is what the events of a Map Run have in addition to Task, Error, Cause
// and Output.
type MapRunEvent struct {
	// Index is, of ChildEnded, that of the child; of ItemsRead, that of the first item,
	// which is First of the command.
	Index int64

	// Of ItemsRead.
	Items  []any    // values of package value; none only with End
	Keys   []string // by item, if they are members of an object; nil: they are not
	Source string   // of all Items, as $$.Map.Item.Source: "s3://bucket/key"
	Cursor []byte   // where the next item is; opaque, at most MaxCursor bytes
	End    bool     // there are no more items

	// Of ChildEnded, and Status also of MapRunEnded.
	Status               Status    // Succeeded, Failed, TimedOut or Aborted
	NotRedrivable        bool      // of a child of RedriveChild that was not run again
	StartedAt, StoppedAt time.Time // of the child; only needed without a destination

	// Of ResultsFailed: what was written before is lost, so that a redrive begins with a
	// new Map Run.
	Lost bool

	// Receipt says how far the results of ChildEnded and WritePending are durable. It
	// is opaque, at most MaxCursor bytes, and stored with the execution. nil keeps the
	// latest one. All events may have it.
	Receipt []byte

	// Of MapRunUpdated. nil leaves a value unchanged.
	MaxConcurrency             *int64
	ToleratedFailureCount      *int64
	ToleratedFailurePercentage *float64
}

// MaxCursor is the greatest length of a cursor and of a receipt, in bytes.
const MaxCursor = 4096
