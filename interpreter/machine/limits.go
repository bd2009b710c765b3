package machine

import (
	"errors"
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// Limits bound an execution. 0 means AWS's value, a negative number means no limit.
type Limits struct {
	PayloadBytes  int // of an input, output or task result; 0: 262,144
	HistoryEvents int // of a STANDARD execution; 0: 25,000
	VariableBytes int // of one variable, and of one Assign; 0: 262,144
	VariablesSize int // bytes of all variables of an execution; 0: 10 MiB
	// HeldBytes bounds the memory, counted by [value.Weight], of payloads that the
	// states of a Parallel or Map state made and that its branches, iterations and
	// tasks hold. An execution that holds more fails (docs/evidence.md#held).
	// Payloads shared between scopes are not counted. Inputs of a Map Run's children
	// do not count either: while they hold more, package interpreter reads no items.
	// 0 means 128 times PayloadBytes, which is 32 MiB.
	HeldBytes int
	// Duration bounds an execution in addition to TimeoutSeconds. 0 means a year,
	// or 5 minutes for EXPRESS.
	Duration time.Duration
	// MapConcurrency is the number of concurrent iterations of an inline Map state
	// whose MaxConcurrency is 0, and the most for any other. 0 means 40. NoLimits
	// does not change it, since it does not restrict what an execution may do.
	MapConcurrency int
	// ExpressionSteps bounds the work of a state's expressions, counted as in
	// [jsonata.Limits]. 0 means 50 million, about the five seconds that AWS allows
	// for an expression. The expressions on entering a state and those on its
	// result are bounded separately. So are, together, those of its Catcher and of
	// a Parallel or Map state that ends with it. AWS's other limits on expressions
	// always apply.
	ExpressionSteps int
	// StepTransitions is the number of states that one Step may enter before it
	// ends with a Yield. 0 means 10,000.
	StepTransitions int
	// StepExpressions is the work that all expressions may do in one Step, counted
	// as in ExpressionSteps, before it ends with a Yield. 0 means 500,000, about 50
	// ms. The current state is finished first, unless Result.Meanwhile ends the
	// execution. Each Step after a Yield enters at least one state.
	StepExpressions int
}

// limitField is one of the Limits.
type limitField struct {
	name string
	at   *int
}

// namedFields returns all limits but Duration, in the order in which the digest has
// them. A new limit comes last.
func (l *Limits) namedFields() [9]limitField {
	return [...]limitField{
		{"PayloadBytes", &l.PayloadBytes},
		{"HistoryEvents", &l.HistoryEvents},
		{"VariableBytes", &l.VariableBytes},
		{"VariablesSize", &l.VariablesSize},
		{"MapConcurrency", &l.MapConcurrency},
		{"ExpressionSteps", &l.ExpressionSteps},
		{"StepTransitions", &l.StepTransitions},
		{"StepExpressions", &l.StepExpressions},
		{"HeldBytes", &l.HeldBytes},
	}
}

// portableLimit returns a limit, or -1 for unlimited, which depends on the platform.
func portableLimit(limit int) int {
	if limit == unlimited {
		return -1
	}
	return limit
}

// NoLimits removes the limits on sizes, events and time. A payload is still limited
// to [value.MaxSize].
var NoLimits = Limits{PayloadBytes: -1, HistoryEvents: -1, VariableBytes: -1, VariablesSize: -1, HeldBytes: -1, Duration: -1}

// awsLimits are the defaults: AWS's quotas, and this package's own where AWS has
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

// The longest durations of an execution on AWS.
const (
	standardDuration = 365 * 24 * time.Hour
	expressDuration  = 5 * time.Minute
)

// heldPayloads is the default of HeldBytes, in payloads of the largest size.
const heldPayloads = 128

// expressionBytes bounds the total memory that one expression may allocate.
const expressionBytes = 32 << 20

const unlimited = int(^uint(0) >> 1)

// multiplyLimit returns limit * times, or unlimited.
func multiplyLimit(limit, times int) int {
	if limit > unlimited/times {
		return unlimited
	}
	return limit * times
}

func (l Limits) resolveDefaults(express bool) Limits {
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
	set(&l.HeldBytes, multiplyLimit(l.PayloadBytes, heldPayloads))
	set(&l.MapConcurrency, awsLimits.MapConcurrency)
	set(&l.ExpressionSteps, awsLimits.ExpressionSteps)
	set(&l.StepTransitions, awsLimits.StepTransitions)
	set(&l.StepExpressions, awsLimits.StepExpressions)
	return l
}

// buildLimit returns how many bytes a field may make while its value is built,
// including the arguments of its functions. limit is the limit of the value itself
// (docs/evidence.md#making).
func buildLimit(limit int) int { return multiplyLimit(limit, 4) }

// limitFailure returns the failure of a field that exceeds a limit on memory or
// work, and nil for another error.
func (s *step) limitFailure(slot int32, err error) *failure {
	sc := s.stateScope(slot)
	switch {
	case errors.Is(err, value.ErrTooLarge):
		return sizeFailure(s.p.states[sc.state].name)
	case errors.Is(err, value.ErrTooMuchWork):
		return s.runtimeFailure(sc, "The paths and functions of the state do more work than the limit of %d steps.", s.p.limits.ExpressionSteps)
	}
	return nil
}

// exceedsPayload reports whether a value is larger than the payload limit, or nests
// too deep to be parsed again.
func (s *step) exceedsPayload(v any) bool {
	size, depth := value.MeasureWithin(v, s.p.limits.PayloadBytes)
	s.steps += int(uint(size) / measuredBytes)
	return size > s.p.limits.PayloadBytes || depth > value.MaxDepth
}

// measuredBytes is how many bytes of a value are measured in the time of one step
// of work.
const measuredBytes = 512

// sizeFailure returns the failure of a state or task whose result exceeds the
// payload limit.
func sizeFailure(who string) *failure {
	return newFailure(asl.StatesDataLimitExceeded, fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", who))
}
