package machine

import (
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// RulesVersion is the version of the behaviour of this package. An execution keeps
// the one that it was started with.
const RulesVersion = 1

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
