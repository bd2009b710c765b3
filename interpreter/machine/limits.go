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

// heldPayloads is how many payloads of the largest size an execution holds.
const heldPayloads = 128

// expressionBytes is how much memory one expression may take in all.
const expressionBytes = 32 << 20

const unlimited = int(^uint(0) >> 1)

// multiplyLimit is so many times a limit.
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

// buildLimit is how many bytes a field may make while its value, which may have
// limit bytes, is built: it holds the arguments of its functions as well
// (docs/evidence.md#making).
func buildLimit(limit int) int { return multiplyLimit(limit, 4) }

// limitFailure is the failure of a field that makes or does too much; nil for
// another error.
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

// exceedsPayload reports whether a value is over the payload limit, or nests deeper
// than any text of it could be read.
func (s *step) exceedsPayload(v any) bool {
	size, depth := value.MeasureWithin(v, s.p.limits.PayloadBytes)
	s.steps += int(uint(size) / measuredBytes)
	return size > s.p.limits.PayloadBytes || depth > value.MaxDepth
}

// measuredBytes is how many bytes of a value are measured in the time of a step.
const measuredBytes = 512

// sizeFailure is the failure of a state or task whose result is over the limit.
func sizeFailure(who string) *failure {
	return newFailure(asl.StatesDataLimitExceeded, fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", who))
}
