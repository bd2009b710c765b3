package asl

import (
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
)

// Pos is a position in the source of a definition.
type Pos struct {
	Offset       int // in bytes, from 0
	Line, Column int // from 1; the column counts bytes
}

// Node is embedded in every part of a definition: its position in the source
// and its location as AWS spells it (/States/Ship/Retry[0]).
type Node struct {
	Pos      Pos
	Location string
}

// Presence tells an absent field from a field that is null.
type Presence uint8

const (
	Absent  Presence = iota // not written
	Null                    // written as null
	Present                 // written with a value
)

// Opt is an optional field.
type Opt[T any] struct {
	Value    T // the zero T unless Presence is Present
	Presence Presence
	Pos      Pos // of the value
}

// IsSet reports whether the field has a value that is not null.
func (o Opt[T]) IsSet() bool { return o.Presence == Present }

// IsNull reports whether the field is written as null.
func (o Opt[T]) IsNull() bool { return o.Presence == Null }

// Or returns the field's value, or def if the field is absent or null.
func (o Opt[T]) Or(def T) T {
	if o.IsSet() {
		return o.Value
	}
	return def
}

// QueryLanguage is the language of a state's fields. The zero value is
// JSONPath.
type QueryLanguage uint8

const (
	JSONPath QueryLanguage = iota // the default
	JSONata                       // if QueryLanguage says so
)

// String returns the language as the field QueryLanguage spells it.
func (q QueryLanguage) String() string {
	if q == JSONata {
		return "JSONata"
	}
	return "JSONPath"
}

// Path is a field that holds a JSONPath, or an intrinsic function call
// (ErrorPath and CausePath only). Parsed and Call are nil if Text does not
// parse, which a Diagnostic reports.
type Path struct {
	Text   string
	Parsed *jsonpath.Path
	Call   *intrinsics.Call
}

// Expression is a JSONata expression: a string of a JSONata state that begins
// with {% and ends with %}.
type Expression struct {
	Text   string        // as written, with its {% %}
	Parsed *jsonata.Expr // nil if it does not parse, which Validate reports
}

// Boolean is a field that holds a boolean or, in a JSONata state, an expression.
type Boolean struct {
	Value      bool
	Expression *Expression // nil if the field holds a value
}

// Integer is a field that holds an integer or, in a JSONata state, an expression.
type Integer struct {
	Value      int64
	Expression *Expression // nil if the field holds a value
}

// Number is a field that holds a number or, in a JSONata state, an expression.
type Number struct {
	Value      float64
	Expression *Expression // nil if the field holds a value
}

// String is a field that holds a string or, in a JSONata state, an expression.
type String struct {
	Value      string
	Expression *Expression // nil if the field holds a value
}

// Template is a field that holds any JSON with parts to evaluate: in a JSONPath
// state the values of keys that end in ".$" (a payload template), in a JSONata
// state the strings that are expressions.
type Template struct {
	Source      any           // as written
	Root        *TemplateNode // of a JSONPath state: nil if there is nothing to evaluate
	Expressions []*Expression // of a JSONata state: in the order of the definition
}

// TemplateNode is one value of a payload template. At most one of Path, Call,
// Fields and Items is set. If none is, the value is Literal, which has nothing
// to evaluate.
type TemplateNode struct {
	Literal any
	Path    *jsonpath.Path
	Call    *intrinsics.Call
	Field   string // the key of a Path or Call, with its ".$"
	Fields  []TemplateField
	Items   []TemplateNode
}

// TemplateField is a member of an object that has something to evaluate. Its
// key has no ".$". Members are in the order in which AWS writes them: literal
// keys in the order of the template, then the ".$" keys in the order of a
// java.util.HashMap.
type TemplateField struct {
	Key  string
	Node TemplateNode
}

// StateMachine is a definition.
type StateMachine struct {
	Node
	Comment        Opt[string]
	QueryLanguage  Opt[string]
	Version        Opt[string]
	TimeoutSeconds Opt[int64]
	StartAt        Opt[string]
	States         *States

	Language QueryLanguage // the meaning of QueryLanguage: JSONPath if it is absent
}

// States is the States object of a machine, branch or processor, in the order
// of the source.
type States struct {
	Node
	List []State

	// Broken has the states of a definition with errors that are not in List, since their
	// type is not known. [StateMachine.All] and [Marshal] leave them out.
	Broken []BrokenState

	index  map[string]int
	broken map[string]bool // names of Broken
}

// BrokenState is a state that is not an object, or whose Type is missing or unknown.
type BrokenState struct {
	Node
	Name string
	Type string // as written; "" if it is missing or not a string
	Next string // as written; "" if it is missing or not a string
	End  bool   // End is true
}

// Get returns the state with a name, or nil.
func (s *States) Get(name string) State {
	if s == nil {
		return nil
	}
	if i, ok := s.index[name]; ok {
		return s.List[i]
	}
	return nil
}

// Branch is one branch of a Parallel state.
type Branch struct {
	Node
	Comment Opt[string]
	StartAt Opt[string]
	States  *States
}

// Processor is the ItemProcessor of a Map state, or its older form Iterator.
type Processor struct {
	Branch
	ProcessorConfig *ProcessorConfig
}

// ProcessorConfig sets how a Map state runs its iterations.
type ProcessorConfig struct {
	Node
	Mode          Opt[string] // INLINE (the default) or DISTRIBUTED
	ExecutionType Opt[string] // STANDARD or EXPRESS, if Mode is DISTRIBUTED
}

// Distributed reports whether iterations run as child executions.
func (p *Processor) Distributed() bool {
	return p != nil && p.ProcessorConfig != nil && p.ProcessorConfig.Mode.Value == "DISTRIBUTED"
}

// State is one of the eight state types: *TaskState, *PassState, *ChoiceState,
// *WaitState, *SucceedState, *FailState, *ParallelState, *MapState.
type State interface {
	Base() *StateBase
	state()
}

// StateBase has the fields that all state types share.
type StateBase struct {
	Node
	Name          string
	Type          string
	Comment       Opt[string]
	QueryLanguage Opt[string]

	Language QueryLanguage // the state's QueryLanguage, or the machine's
}

// Base returns the fields that all state types have.
func (b *StateBase) Base() *StateBase { return b }

func (*StateBase) state() {}

// Transition is the Next or End of a state. Choice, Succeed and Fail have none.
type Transition struct {
	Next Opt[string]
	End  Opt[bool]
}

// DataFlow selects a state's input and output. All state types but Fail have
// it.
type DataFlow struct {
	InputPath  Opt[Path]     // JSONPath
	OutputPath Opt[Path]     // JSONPath
	Output     Opt[Template] // JSONata
}

// Work has the fields that Task, Parallel and Map share: what they are given,
// what becomes of their result, and how they handle errors.
type Work struct {
	Parameters     Opt[Template] // JSONPath
	Arguments      Opt[Template] // JSONata; Task and Parallel only
	ResultSelector Opt[Template] // JSONPath
	ResultPath     Opt[Path]     // JSONPath
	Retry          []Retrier     // nil if absent
	Catch          []Catcher     // nil if absent
}

// TaskState runs the work that its Resource names.
type TaskState struct {
	StateBase
	Transition
	DataFlow
	Work
	Assign               Opt[Template]
	Resource             Opt[string]
	Credentials          Opt[Template]
	TimeoutSeconds       Opt[Integer]
	TimeoutSecondsPath   Opt[Path]
	HeartbeatSeconds     Opt[Integer]
	HeartbeatSecondsPath Opt[Path]
}

// PassState outputs its input or a fixed Result.
type PassState struct {
	StateBase
	Transition
	DataFlow
	Parameters Opt[Template]
	Result     Opt[any] // Present if it is written as null, which runs as if it were absent
	ResultPath Opt[Path]
	Assign     Opt[Template]
}

// WaitState waits. Exactly one of Seconds, SecondsPath, Timestamp and
// TimestampPath is set.
type WaitState struct {
	StateBase
	Transition
	DataFlow
	Seconds       Opt[Integer]
	SecondsPath   Opt[Path]
	Timestamp     Opt[String] // RFC 3339
	TimestampPath Opt[Path]
	Assign        Opt[Template]
}

// ChoiceState goes to the state of its first rule that is true, or to Default.
type ChoiceState struct {
	StateBase
	DataFlow
	Choices []ChoiceRule
	Default Opt[string]
	Assign  Opt[Template] // if no rule is true
}

// SucceedState ends its machine, branch or iteration.
type SucceedState struct {
	StateBase
	DataFlow
}

// FailState fails its machine, branch or iteration.
type FailState struct {
	StateBase
	Error     Opt[String]
	ErrorPath Opt[Path] // may be an intrinsic function call
	Cause     Opt[String]
	CausePath Opt[Path]
}

// ParallelState runs all its branches on the same input.
type ParallelState struct {
	StateBase
	Transition
	DataFlow
	Work
	Assign   Opt[Template]
	Branches []*Branch
}

// MapState runs its processor once for each item of an array.
type MapState struct {
	StateBase
	Transition
	DataFlow
	Work                           // Parameters is the older form of ItemSelector
	Assign                         Opt[Template]
	ItemProcessor                  *Processor
	Iterator                       *Processor // the older form of ItemProcessor
	ItemsPath                      Opt[Path]
	Items                          Opt[Template] // JSONata
	ItemSelector                   Opt[Template]
	MaxConcurrency                 Opt[Integer]
	MaxConcurrencyPath             Opt[Path]
	ToleratedFailureCount          Opt[Integer]
	ToleratedFailureCountPath      Opt[Path]
	ToleratedFailurePercentage     Opt[Number]
	ToleratedFailurePercentagePath Opt[Path]
	ItemReader                     *ItemReader
	ItemBatcher                    *ItemBatcher
	ResultWriter                   *ResultWriter
	Label                          Opt[string]
}

// Processor returns ItemProcessor or, if it is nil, Iterator.
func (m *MapState) Processor() *Processor {
	if m.ItemProcessor != nil {
		return m.ItemProcessor
	}
	return m.Iterator
}

// ItemReader sets where a distributed Map reads its items.
type ItemReader struct {
	Node
	Resource     Opt[string]
	Parameters   Opt[Template] // JSONPath
	Arguments    Opt[Template] // JSONata
	ReaderConfig *ReaderConfig
}

// ReaderConfig sets how to read the data of an ItemReader.
type ReaderConfig struct {
	Node
	InputType         Opt[string]
	Transformation    Opt[string]
	ManifestType      Opt[string]
	CSVDelimiter      Opt[string]
	CSVHeaderLocation Opt[string]
	CSVHeaders        []string
	ItemsPointer      Opt[string]
	MaxItems          Opt[Integer]
	MaxItemsPath      Opt[Path]
}

// ItemBatcher puts several items into the input of one child execution.
type ItemBatcher struct {
	Node
	BatchInput                Opt[Template]
	MaxItemsPerBatch          Opt[Integer]
	MaxItemsPerBatchPath      Opt[Path]
	MaxInputBytesPerBatch     Opt[Integer]
	MaxInputBytesPerBatchPath Opt[Path]
}

// ResultWriter sets where a distributed Map writes its results.
type ResultWriter struct {
	Node
	Resource     Opt[string]
	Parameters   Opt[Template] // JSONPath
	Arguments    Opt[Template] // JSONata
	WriterConfig *WriterConfig
}

// WriterConfig sets the format of a ResultWriter.
type WriterConfig struct {
	Node
	Transformation Opt[string]
	OutputType     Opt[string]
}

// ChoiceRule is a rule of a Choice state, or a rule within And, Or or Not.
// Exactly one of And, Or, Not, Variable and Condition is set.
type ChoiceRule struct {
	Node
	Comment Opt[string]
	Next    Opt[string]   // only of a rule in Choices
	Assign  Opt[Template] // only of a rule in Choices
	Output  Opt[Template] // JSONata

	Condition Opt[Boolean] // JSONata
	And, Or   []ChoiceRule
	Not       *ChoiceRule

	Variable    Opt[Path]
	Operator    string    // the name of the comparison without Path: "StringEquals"
	Operand     any       // a string, int64, float64, *big.Int or bool
	OperandPath Opt[Path] // instead of Operand, from the field with Path: "StringEqualsPath"
}

// Retrier is an element of Retry. An absent number has the default of the
// specification, see package retry.
type Retrier struct {
	Node
	Comment         Opt[string]
	ErrorEquals     []string
	IntervalSeconds Opt[int64]
	MaxAttempts     Opt[int64]
	BackoffRate     Opt[float64]
	MaxDelaySeconds Opt[int64]
	JitterStrategy  Opt[string]
}

// Catcher is an element of Catch.
type Catcher struct {
	Node
	Comment     Opt[string]
	ErrorEquals []string
	Next        Opt[string]
	ResultPath  Opt[Path]
	Output      Opt[Template]
	Assign      Opt[Template]
}
