package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/retry"
	"github.com/gostates/gostates/value"
)

// RulesVersion is the version of the behaviour of this package. An execution keeps
// the one that it was started with.
const RulesVersion = 1

// Options are what a Program needs to know besides the definition. The zero
// value works.
type Options struct {
	// StateMachineArn, StateMachineName and RoleArn are shown by the context
	// object. Execution ARNs and the region of service tasks are made from
	// StateMachineArn. Defaults: an ARN of region us-east-1, account
	// 000000000000 and the name; "StateMachine"; an ARN of that account.
	StateMachineArn  string
	StateMachineName string
	RoleArn          string

	// Express stands for the machine type EXPRESS: the context object has its
	// form, an execution takes at most 5 minutes, there is no limit on events,
	// and what waits for others (.sync, .waitForTaskToken, activities) is
	// refused.
	Express bool
	// EveryResource takes, in an EXPRESS machine too, the integrations and
	// activities that only a STANDARD one can have: TestState does.
	EveryResource bool

	// Activities names Resources that are activities though they are no
	// activity ARN.
	Activities []string

	Limits Limits // the zero value stands for AWS's
}

// Limits bound an execution. A field that is 0 has AWS's value, a negative one
// lifts that limit.
type Limits struct {
	PayloadBytes  int // of an input, output or task result: 262,144
	HistoryEvents int // of a STANDARD execution: 25,000
	VariableBytes int // of one variable, and of one Assign: 262,144
	VariablesSize int // of all variables of an execution: 10 MiB
	// HeldBytes is how much memory the payloads may take that the states of a
	// Parallel or Map made and that its branches, iterations and tasks hold, as
	// [value.Weight] counts them: 128 times PayloadBytes, which is 32 MiB. An
	// execution that holds more fails (docs/evidence.md#held). Payloads that
	// scopes share cost nothing.
	HeldBytes int
	// Duration is how long an execution may take, whatever its TimeoutSeconds:
	// a year, and 5 minutes of an EXPRESS one.
	Duration time.Duration
	// MapConcurrency is how many iterations of an inline Map run at a time
	// where its MaxConcurrency is 0: 40. It bounds the width, not what an
	// execution may do, so NoLimits leaves it alone.
	MapConcurrency int
	// ExpressionSteps is how much work the expressions of a state may do
	// together, counted as [jsonata.Limits] does: 50 million, about what AWS's
	// five seconds for an expression allow. What a state does on its way in and
	// what it does with a result count on their own. So do its Catcher, or the
	// Parallel or Map that ends with it, but these together. AWS's other limits
	// on expressions always apply.
	ExpressionSteps int
	// StepTransitions is how many states are entered in one Step before it
	// ends in a Yield: 10,000.
	StepTransitions int
	// StepExpressions is how much work the expressions of all states may do in
	// one Step, counted as ExpressionSteps is, before it ends in a Yield: 500,000,
	// about 50 ms. A state goes on to its end, unless Result.Meanwhile ends the
	// execution; each Step after a Yield enters one at least.
	StepExpressions int
}

// NoLimits lifts the limits on sizes, events and time. What is left is
// [value.MaxSize] for a payload.
var NoLimits = Limits{PayloadBytes: -1, HistoryEvents: -1, VariableBytes: -1, VariablesSize: -1, HeldBytes: -1, Duration: -1}

// awsLimits are the limits of AWS's quotas, and of this package where AWS has
// none.
var awsLimits = Limits{
	PayloadBytes:    256 << 10,
	HistoryEvents:   history.DefaultMaxEvents,
	VariableBytes:   256 << 10,
	VariablesSize:   10 << 20,
	MapConcurrency:  40,
	ExpressionSteps: int(jsonata.DefaultLimits.Steps),
	StepTransitions: 10_000,
	StepExpressions: 500_000,
}

// How long an execution may take on AWS.
const (
	standardDuration = 365 * 24 * time.Hour
	expressDuration  = 5 * time.Minute
)

// multiple is so many times a limit.
func multiple(limit, times int) int {
	if limit > unlimited/times {
		return unlimited
	}
	return limit * times
}

// heldPayloads is how many payloads of the largest size an execution holds.
const heldPayloads = 128

// expressionBytes is how much memory one expression may take in all.
const expressionBytes = 32 << 20

const unlimited = int(^uint(0) >> 1)

func (l Limits) resolve(express bool) Limits {
	if express && l.HistoryEvents == 0 {
		l.HistoryEvents = -1
	}
	if l.Duration == 0 {
		l.Duration = standardDuration
		if express {
			l.Duration = expressDuration
		}
	}
	set := func(field *int, def int) {
		switch {
		case *field == 0:
			*field = def
		case *field < 0:
			*field = unlimited
		}
	}
	set(&l.PayloadBytes, awsLimits.PayloadBytes)
	l.PayloadBytes = min(l.PayloadBytes, value.MaxSize)
	set(&l.HistoryEvents, awsLimits.HistoryEvents)
	set(&l.VariableBytes, awsLimits.VariableBytes)
	set(&l.VariablesSize, awsLimits.VariablesSize)
	set(&l.HeldBytes, multiple(l.PayloadBytes, heldPayloads))
	set(&l.MapConcurrency, awsLimits.MapConcurrency)
	set(&l.ExpressionSteps, awsLimits.ExpressionSteps)
	set(&l.StepTransitions, awsLimits.StepTransitions)
	set(&l.StepExpressions, awsLimits.StepExpressions)
	return l
}

// Program is a compiled state machine. It is immutable: any number of
// executions, on any number of goroutines, share it.
type Program struct {
	machine        *asl.StateMachine
	options        Options
	limits         Limits
	digest         string
	region         string
	arn            string // of an execution, up to its name
	started        history.Started
	machineContext *value.Object // what the context object says of the machine
	states         []state
	start          int32
	lastID         uint32        // of a history event
	timeout        time.Duration // of an execution; 0: none
}

// Machine returns the definition.
func (p *Program) Machine() *asl.StateMachine { return p.machine }

// Digest identifies what an execution depends on: the definition without its
// Comments and white space, and the options but for EveryResource, with their
// defaults filled in. An execution can only be continued with a Program of the
// same digest.
func (p *Program) Digest() string { return p.digest }

// Options returns the options that the Program was compiled with, defaults
// filled in.
func (p *Program) Options() Options { return p.options }

// Limits returns the limits of the executions, AWS's values filled in.
func (p *Program) Limits() Limits { return p.limits }

// Resources returns the Resources of all Task states, each once, in the order
// of the definition.
func (p *Program) Resources() []*Resource {
	var all []*Resource
	seen := make(map[string]bool)
	for i := range p.states {
		if t := p.states[i].task; t != nil && !seen[t.resource.Name] {
			seen[t.resource.Name] = true
			all = append(all, &t.resource)
		}
	}
	return all
}

// ExecutionArn returns the ARN of the execution of this ID (see [Start]).
func (p *Program) ExecutionArn(id string) string {
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	return p.arn + id
}

// ExecutionName returns the name of the execution of this ID (see [Start]).
func ExecutionName(id string) string {
	if !strings.HasPrefix(id, "arn:") {
		return id
	}
	parts := strings.Split(id, ":")
	if len(parts) > expressArnParts && parts[5] == "express" {
		return parts[len(parts)-2] // the last part is a UUID
	}
	return parts[len(parts)-1]
}

const expressArnParts = 8

// state is one state of the machine, with all that can be found out before it
// runs. Indexes of states are places in Program.states.
type state struct {
	name  string
	kind  stateKind
	next  int32 // none: its scope ends with it
	outer int32 // the Parallel or Map state that it is in; none: the machine

	entered, exited history.Type

	inputPath      field
	outputPath     field
	parameters     *asl.TemplateNode // nil: the input as it is
	resultSelector *asl.TemplateNode // nil: the result as it is
	resultPath     field
	assign         *asl.TemplateNode
	retry          *retry.Policy
	catch          *retry.Catch
	catchers       []catcher

	// plain is set of a Pass whose output is its input, and of a Task whose output
	// is its result: there is nothing to evaluate on the way.
	plain bool

	query *query // of a JSONata state; nil of the others

	pass     *asl.PassState
	task     *task
	wait     *wait
	choice   *choice
	fail     *asl.FailState
	parallel []int32 // the first state of each branch
	iterate  *iterate
}

type stateKind uint8

const (
	kindPass stateKind = iota
	kindTask
	kindChoice
	kindWait
	kindSucceed
	kindFail
	kindParallel
	kindMap
)

// digestOf identifies a definition and its options by what executions depend on.
// EveryResource only decides what is compiled.
func digestOf(text []byte, o *Options, l *Limits) string {
	activities := slices.Clone(o.Activities)
	slices.Sort(activities)
	limits := []int{l.PayloadBytes, l.HistoryEvents, l.VariableBytes, l.VariablesSize, l.MapConcurrency, l.ExpressionSteps, l.StepTransitions, l.StepExpressions, l.HeldBytes}
	for i := range limits {
		if limits[i] == unlimited {
			limits[i] = -1 // on every platform
		}
	}
	h := sha256.New()
	h.Write(text)
	fmt.Fprintf(h, "\n%q %q %q %q %t %d %d", o.StateMachineArn, o.StateMachineName, o.RoleArn, slices.Compact(activities),
		o.Express, max(l.Duration, -1), limits)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
