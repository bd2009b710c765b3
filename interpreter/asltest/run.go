package asltest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// Program is a compiled state machine, as interpreter.Compile returns it.
type Program = machine.Program

// Compile compiles a definition. It ends the test and prints all diagnostics if the
// definition is not valid. The options may be left out; at most one is taken.
func Compile(t testing.TB, definition string, options ...machine.Options) *Program {
	t.Helper()
	if len(options) > 1 {
		t.Fatalf("asltest: Compile takes at most one machine.Options, not %d", len(options))
	}
	return compileProgram(t, []byte(definition), append(options, machine.Options{})[0])
}

// Load compiles the definition in a file, see [Compile]. The machine's name is the
// file's name up to the first dot: "order" for order.asl.json.
func Load(t testing.TB, file string) *Program {
	t.Helper()
	definition, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("asltest: %v", err)
	}
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return compileProgram(t, definition, machine.Options{StateMachineName: name})
}

func compileProgram(t testing.TB, definition []byte, o machine.Options) *Program {
	t.Helper()
	p, err := interpreter.Compile(definition, o)
	if err != nil {
		t.Fatalf("asltest: the definition is not valid:\n%s", indentLines(err.Error()))
	}
	keepSource(p, string(definition))
	return p
}

// Run runs a machine to its end on a virtual clock. Tasks answer as the scripts
// among the options say. The input is JSON in a string or []byte, or any other Go
// value; nil is null.
//
// Run ends the test if a task has no script or if the execution can never end. The
// test fails if a script was not used up (see [AllowUnused]), or if the execution
// does not succeed and the test does not assert that (see [Execution.WantFailed]).
func Run(t testing.TB, p *Program, input any, options ...Option) *Execution {
	t.Helper()
	if p == nil {
		t.Fatal("asltest: the program is nil")
	}
	c := config{start: defaultStart, name: "test"}
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	c.seed = seedOrFlag(c.seed)
	v, err := toValue(input)
	if err != nil {
		t.Fatalf("asltest: the input: %v", err)
	}
	r := newRunner(p, v, &c, t)
	if problem := r.checkScripts(); problem != "" {
		t.Fatalf("asltest: %s", cutPosition(problem))
	}
	x := &Execution{t: t, program: p, run: r}
	x.Scope = &Scope{x: x}
	if rec, ok := t.(*recorder); ok {
		rec.addRun(x)
	}
	if problem := r.runToEnd(machine.Event{Kind: machine.Started}); problem != "" {
		t.Fatalf("asltest: %s\nwhat happened so far:\n%s", problem, indentLines(x.Trace()))
	}
	recordCoverage(x)
	x.expectSuccess()
	if problem := r.unusedScripts(); problem != "" && !c.allowUnused {
		t.Errorf("asltest: %s", cutPosition(problem))
	}
	return x
}
