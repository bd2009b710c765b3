package temporal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter/machine"
)

// Names under which Register registers, and which clients use.
const (
	WorkflowType = "asl.Execution" // the workflow of an execution
	MapRunType   = "asl.MapRun"    // the workflow of a Map Run
	ActivityType = "asl.Task"      // the activity of a task
	// The activities of a Map Run, which read items and write results.
	ReadItemsType    = "asl.ReadItems"
	WriteResultsType = "asl.WriteResults"

	answerName  = "asl.Answer"  // an update and a signal
	stopName    = "asl.Stop"    // an update
	whereName   = "asl.Where"   // a query
	historyName = "asl.History" // a query
)

// arguments is the first argument of the workflow. The definition, the input and, after
// continue-as-new, a snapshot follow it. All that decides which commands the workflow
// makes is here, so that a worker with another configuration replays it.
type arguments struct {
	Options       json.RawMessage // of the definition: the first line of MarshalDefinition
	Rules         uint8           // by which the execution runs
	Seed          [2]uint64
	TokenKey      []byte
	ID            string `json:",omitempty"` // of a child of a Map Run: its ARN; empty: that of the workflow
	Depth         uint8  `json:",omitempty"` // see machine.Start
	ContinueAfter int    `json:",omitempty"` // events; 0: when the server suggests it
	KeepHistory   bool   `json:",omitempty"`
	SearchState   bool   `json:",omitempty"`
	Synchronous   bool   `json:",omitempty"` // see machine.Start
	FirstEvent    uint32 `json:",omitempty"` // of this run; 0: it began the execution
}

// drawMissing completes the arguments of a workflow that no Client has started. The
// result is part of Temporal's history.
func (r *run) drawMissing() {
	if len(r.args.TokenKey) == 16 && r.args.Rules > 0 {
		return
	}
	var drawn arguments
	f := workflow.SideEffect(r.ctx, func(workflow.Context) any { return arguments{}.drawn() })
	if err := f.Get(&drawn); err != nil {
		panic(err) // unreachable: it is what was encoded
	}
	r.args.Seed, r.args.TokenKey, r.args.Rules = drawn.Seed, drawn.TokenKey, drawn.Rules
}

// drawn returns the arguments with a random seed, unless there is one, a random token
// key, and the rules of today.
func (a arguments) drawn() arguments {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	if a.Seed == [2]uint64{} {
		a.Seed = [2]uint64{binary.BigEndian.Uint64(random[:]), binary.BigEndian.Uint64(random[8:])}
	}
	a.TokenKey, a.Rules = random[16:], machine.RulesVersion
	return a
}

// splitDefinition returns the options and the definition of a Program.
func splitDefinition(p *machine.Program) (options json.RawMessage, definition *commonpb.Payload, err error) {
	data, err := p.MarshalDefinition()
	if err != nil {
		return nil, nil, err
	}
	line, text, _ := bytes.Cut(data, []byte{'\n'})
	return line, textPayload(string(text)), nil
}

// programs compiles definitions, each once.
type programs struct {
	mu       sync.Mutex
	compiled map[string]*machine.Program // by options, which have the digest of the definition
}

// mostPrograms bounds the memory for definitions.
const mostPrograms = 1000

func (ps *programs) compile(options json.RawMessage, definition *commonpb.Payload) (*machine.Program, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p := ps.compiled[string(options)]; p != nil {
		return p, nil
	}
	p, err := machine.CompileDefinition(append(append(bytes.Clone(options), '\n'), definition.GetData()...))
	if err != nil {
		return nil, fmt.Errorf("temporal: compiling the definition of the execution: %w", err)
	}
	if ps.compiled == nil || len(ps.compiled) >= mostPrograms {
		ps.compiled = make(map[string]*machine.Program)
	}
	ps.compiled[string(options)] = p
	return p, nil
}
