package temporal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// mostExpressionSteps bounds the work of a state's expressions, about half a second:
// the SDK fails a workflow task that computes for a second.
const mostExpressionSteps = 5_000_000

// Compile is [interpreter.Compile] with a limit that Temporal needs: the expressions of
// a state may take 5,000,000 steps, about half a second, unless the options allow fewer.
// The SDK fails a workflow task that computes for a second, again and again.
func Compile(definition []byte, o interpreter.Options) (*machine.Program, error) {
	if steps := o.Limits.ExpressionSteps; steps <= 0 || steps > mostExpressionSteps {
		o.Limits.ExpressionSteps = mostExpressionSteps
	}
	return interpreter.Compile(definition, o)
}

// Check reports what keeps a worker from running programs and those of Config.Machines:
// a Resource without a handler, Limits.ExpressionSteps above 5,000,000 (see [Compile]), a
// literal StateMachineArn that is not in Config.Machines, unless these are nil, and an
// ItemReader or ResultWriter of a Map that Config has nothing for. Call it before a worker
// starts.
func Check(c Config, programs ...*machine.Program) error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(c.Machines)) {
		programs = append(slices.Clip(programs), c.Machines[name])
	}
	for _, p := range programs {
		if err := checkProgram(p); err != nil {
			problems = append(problems, err)
			continue
		}
		problems = append(problems, interpreter.Check(p, withMachines{c}))
		for state := range p.Machine().All() {
			problems = append(problems, c.checkState(state))
		}
	}
	return errors.Join(problems...)
}

// checkState reports what a state needs of Config apart from a handler.
func (c *Config) checkState(state asl.State) error {
	var problems []error
	switch s := state.(type) {
	case *asl.TaskState:
		r := machine.ParseResource(s.Resource.Value)
		if arn, ok := literalMachine(s); ok && c.startsExecution(&r) && c.findMachine(arn) == nil {
			problems = append(problems, fmt.Errorf("temporal: no state machine %q in Config.Machines, which the state %q starts", arn, s.Name))
		}
	case *asl.MapState:
		if s.ItemReader != nil && c.ItemReader == nil && c.Objects == nil {
			problems = append(problems, fmt.Errorf("temporal: neither Config.ItemReader nor Config.Objects is set, and the state %q has an ItemReader", s.Name))
		}
		if s.ResultWriter != nil && s.ResultWriter.Resource.Value != "" && c.ResultWriter == nil {
			problems = append(problems, fmt.Errorf("temporal: no Config.ResultWriter, and the state %q has a ResultWriter", s.Name))
		}
	}
	return errors.Join(problems...)
}

// literalMachine returns the StateMachineArn of a task, unless it is an expression.
func literalMachine(s *asl.TaskState) (string, bool) {
	arguments := s.Parameters.Value.Source
	if s.Language == asl.JSONata {
		arguments = s.Arguments.Value.Source
	}
	o, _ := arguments.(*value.Object)
	if o == nil {
		return "", false
	}
	v, _ := o.Get("StateMachineArn")
	arn, ok := v.(string)
	return arn, ok && !(s.Language == asl.JSONata && strings.HasPrefix(arn, "{%"))
}

// withMachines resolves what a worker does: states:startExecution needs no handler if
// there are Config.Machines.
type withMachines struct{ Config }

func (c withMachines) Resolve(state, resource string) (interpreter.Handler, bool) {
	r := machine.ParseResource(resource)
	if c.startsExecution(&r) {
		return interpreter.HandlerFunc(nil), true // is never called
	}
	return interpreter.Resolvers{c.Resolver}.Resolve(state, resource)
}

func checkProgram(p *machine.Program) error {
	if p == nil {
		return interpreter.ErrNoProgram
	}
	if steps := p.Limits().ExpressionSteps; steps < 0 || steps > mostExpressionSteps {
		return fmt.Errorf("temporal: Limits.ExpressionSteps is %d, and on Temporal it must be at most %d: use temporal.Compile", steps, mostExpressionSteps)
	}
	return nil
}
