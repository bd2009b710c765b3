package machine

import (
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// RulesVersion is the version of the rules by which this package executes. An
// execution stores the version it was started with and ends under it. A change of
// the rules is one by which an execution makes another command or history event, or
// in another order, from the same events and values. A correction of an expression,
// a path or a message is not one: see docs/design.md.
const RulesVersion = 2

// mapRunRedrives is the first version of the rules by which a redrive goes on with the
// Map Run that failed, instead of running its state again.
const mapRunRedrives = 2

// oldestRules is the oldest version of the rules by which executions can go on.
const oldestRules = 1

// newRules returns the rules of new executions: the oldest ones by which they run as by
// RulesVersion, so that an earlier version of the library can run them too.
func (p *Program) newRules() uint8 {
	if len(p.children) > 0 {
		return mapRunRedrives
	}
	return oldestRules
}

// checkRules returns an error if executions cannot run by rules of this version.
func checkRules(rules uint64) error {
	if oldestRules <= rules && rules <= RulesVersion {
		return nil
	}
	return fmt.Errorf("%w: the execution has version %d, and this library runs %d to %d", ErrRules, rules, oldestRules, RulesVersion)
}

// Program is a compiled state machine. It is immutable and safe for concurrent use
// by any number of executions.
type Program struct {
	machine        *asl.StateMachine
	options        Options
	limits         Limits
	origin         *origin // of executions without a TokenID; not within the Program, which they must not keep
	region         string
	arn            string // of an execution, without its name
	started        history.Started
	machineContext *value.Object // the member StateMachine of the context object
	states         []state
	start          int32
	lastID         uint32        // the highest ID of a history event
	children       []*Program    // of the distributed Map states, in the order of the definition
	parent         *Program      // of which this is a child's; nil: none
	state          string        // the Map state of parent
	timeout        time.Duration // of an execution; 0: none
	mapRuns        mapRunPlace
}

// Machine returns the definition. It must not be changed.
func (p *Program) Machine() *asl.StateMachine { return p.machine }

// Children returns the Programs of the child executions of all Map states in
// DISTRIBUTED mode, in the order of the definition. A Map state within a child is one
// of the child's Program. It must not be changed.
func (p *Program) Children() []*Program { return p.children }

// IsChild reports whether the Program is that of the children of a Map Run.
func (p *Program) IsChild() bool { return p.parent != nil }

// Child returns the Program of the child executions of a Map state in DISTRIBUTED
// mode, or nil. Its Digest follows from that of p and the state.
func (p *Program) Child(state string) *Program {
	for i := range p.states {
		if m := p.states[i].iterate; m != nil && m.distributed != nil && p.states[i].name == state {
			return m.distributed.child
		}
	}
	return nil
}

// Resources returns the distinct Resources of all Task states, in the order of the
// definition, without those of child executions.
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
