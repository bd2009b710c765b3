package asltest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// MapRun is one attempt of a Map state in DISTRIBUTED mode. Get it from
// [Execution.MapRun].
type MapRun struct {
	x        *Execution
	run      *hostedRun
	children []*Execution
}

// loadMapRuns makes the Map Runs on the first call.
func (x *Execution) loadMapRuns() []*MapRun {
	if x.mapRuns != nil || x.run == nil {
		return x.mapRuns
	}
	for _, run := range x.run.maps {
		m := &MapRun{x: x, run: run}
		for _, k := range run.children {
			child := &Execution{t: x.t, program: run.program, run: k,
				prefix: fmt.Sprintf("%schild %d of %q: ", x.prefix, k.child.Index, run.state)}
			child.Scope = &Scope{x: child, index: int(k.child.Index)}
			m.children = append(m.children, child)
		}
		slices.SortFunc(m.children, func(a, b *Execution) int { return cmp.Compare(a.index, b.index) })
		x.mapRuns = append(x.mapRuns, m)
	}
	return x.mapRuns
}

// childScopes returns the top levels of the children of a Map Run.
func (x *Execution) childScopes(arn string) []*Scope {
	var all []*Scope
	for _, m := range x.loadMapRuns() {
		if m.run.arn == arn {
			for _, child := range m.children {
				child.loadTree()
				all = append(all, child.Scope)
			}
		}
	}
	return all
}

// began returns the time of the first event, or 0.
func (r *runner) began() int64 {
	if len(r.events) == 0 {
		return 0
	}
	return r.events[0].Nanos
}

// MapRun returns the latest Map Run of a Map state in DISTRIBUTED mode. It ends the test
// if there was none. The Map Run of a state within a child is one of the child's.
func (x *Execution) MapRun(state string) *MapRun {
	x.t.Helper()
	if problem := stateProblem(x.program, state, false); problem != "" {
		x.t.Fatalf("asltest: %s%s", x.prefix, problem)
	}
	runs := x.loadMapRuns()
	for _, m := range slices.Backward(runs) {
		if m.run.state == state {
			return m
		}
	}
	problem := "was never started"
	if x.program.Child(state) == nil {
		problem = "does not exist: it is not a Map in DISTRIBUTED mode of this execution"
	}
	x.t.Fatalf("asltest: %sthe Map Run of state %q %s\n%s", x.prefix, state, problem, indentLines(x.Trace()))
	return nil
}

// Describe returns the description of the Map Run at its end.
func (m *MapRun) Describe() machine.MapRun {
	if m.run.latest == nil {
		return machine.MapRun{State: m.run.state, Arn: m.run.arn}
	}
	return *m.run.latest
}

// Children returns the child executions, in the order of their items or batches. Those
// that were never started are missing. Their assertions, such as
// [Execution.WantOutput], [Scope.WantPath] and [Execution.WantFailed], are about the
// child alone. A child that fails does not fail the test.
func (m *MapRun) Children() []*Execution { return slices.Clone(m.children) }

// Child returns the child execution for an item or batch, counted from 0. It ends the
// test if that was never started.
func (m *MapRun) Child(index int) *Execution {
	m.x.t.Helper()
	for _, child := range m.children {
		if child.index == index {
			return child
		}
	}
	m.x.t.Fatalf("asltest: %sthere is no child %d: %s started; the first is 0", m.prefix(), index, pluralize(len(m.children), "child execution"))
	return nil
}

// WantInputs asserts the inputs of all children that were started, as an array.
func (m *MapRun) WantInputs(want any) {
	m.x.t.Helper()
	inputs := make([]any, len(m.children))
	for i, child := range m.children {
		inputs[i] = child.run.x.Input
	}
	m.wantEqual("the array of the children's inputs", want, inputs)
}

// WantSucceeded asserts that the Map Run succeeded.
func (m *MapRun) WantSucceeded() {
	m.x.t.Helper()
	if got := m.Describe().Status; got != machine.Succeeded {
		m.reportf("it did not succeed: %s", m.describeEnd())
	}
}

// WantFailed asserts that the Map Run failed with this error name. It says nothing about
// the execution, which may have caught the error.
func (m *MapRun) WantFailed(name string) {
	m.x.t.Helper()
	if f := m.failure(); f == nil || orEmpty(f.Error) != name {
		m.reportf("it did not fail with %s: %s", name, m.describeEnd())
	}
}

// failure returns the error of a Map Run that failed.
func (m *MapRun) failure() *history.Failure {
	started := uint32(0)
	for i := range m.x.run.events {
		switch e := &m.x.run.events[i]; {
		case e.Type == history.MapRunStarted && e.Name == m.run.arn:
			started = e.ID
		case e.Type == history.MapRunFailed && e.Previous == started && started > 0:
			f, _ := e.Detail.(*history.Failure)
			return f
		}
	}
	return nil
}

func (m *MapRun) describeEnd() string {
	if f := m.failure(); f != nil {
		return "FAILED with " + failureText(f)
	}
	return m.Describe().Status.String()
}

// WantItemCounts asserts how many items succeeded, failed and so on, by the names of
// AWS's itemCounts. Those that are left out are 0:
//
//	run.WantItemCounts(`{"total": 4, "succeeded": 3, "failed": 1, "resultsWritten": 4}`)
func (m *MapRun) WantItemCounts(want any) {
	m.x.t.Helper()
	m.wantCounts("itemCounts", want, m.Describe().Items)
}

// WantExecutionCounts is WantItemCounts for child executions, AWS's executionCounts.
func (m *MapRun) WantExecutionCounts(want any) {
	m.x.t.Helper()
	m.wantCounts("executionCounts", want, m.Describe().Executions)
}

func (m *MapRun) wantCounts(what string, want any, c machine.MapRunCounts) {
	m.x.t.Helper()
	got := value.NewObject(4)
	for _, count := range []struct {
		name string
		n    int64
	}{
		{"pending", c.Pending}, {"running", c.Running}, {"succeeded", c.Succeeded}, {"failed", c.Failed},
		{"timedOut", c.TimedOut}, {"aborted", c.Aborted}, {"total", c.Total}, {"resultsWritten", c.ResultsWritten},
		{"failuresNotRedrivable", c.FailuresNotRedrivable}, {"pendingRedrive", c.PendingRedrive},
	} {
		if count.n != 0 {
			got.Set(count.name, count.n)
		}
	}
	w, err := toValue(want)
	if o, ok := w.(*value.Object); ok && err == nil {
		for name, n := range o.All() {
			if value.Equal(n, int64(0)) {
				o = o.Without(name)
			}
		}
		want = o
	}
	m.wantEqual(what, want, got)
}

// FileNames returns the names of the result files: manifest.json, SUCCEEDED_0.json and
// so on, sorted.
func (m *MapRun) FileNames() []string {
	return sortedKeys(m.files())
}

// files returns the contents of the result files by their names.
func (m *MapRun) files() map[string]string {
	files := make(map[string]string)
	folder := "/" + m.run.arn[strings.LastIndexByte(m.run.arn, ':')+1:] + "/"
	for _, f := range m.run.of.readFiles() {
		if before, name, ok := strings.Cut("/"+f.key, folder); ok && !strings.Contains(before, folder) {
			files[name] = f.content
		}
	}
	return files
}

// File returns the bytes of a result file, such as "SUCCEEDED_0.json". It ends the test
// if there is no such file.
func (m *MapRun) File(name string) []byte {
	m.x.t.Helper()
	content, ok := m.files()[name]
	if !ok {
		m.x.t.Fatalf("asltest: %sthere is no result file %q; the files are: %s", m.prefix(), name, joinNames(m.FileNames()))
	}
	return []byte(content)
}

// WantFile asserts the value in a result file. That of a file of JSON Lines is the array
// of its lines.
func (m *MapRun) WantFile(name string, want any) {
	m.x.t.Helper()
	content := m.File(name)
	if !strings.HasSuffix(name, ".jsonl") {
		got, err := value.Parse(content)
		if err != nil {
			m.reportf("the file %s is not JSON: %v", name, err)
			return
		}
		m.wantEqual("the file "+name, want, got)
		return
	}
	lines := []any{}
	for line := range bytes.Lines(content) {
		got, err := value.Parse(line)
		if err != nil {
			m.reportf("line %d of the file %s is not JSON: %v", len(lines)+1, name, err)
			return
		}
		lines = append(lines, got)
	}
	m.wantEqual("the file "+name, want, lines)
}

func (m *MapRun) prefix() string { return fmt.Sprintf("%sMap Run of %q: ", m.x.prefix, m.run.state) }

func (m *MapRun) reportf(format string, args ...any) {
	m.x.t.Helper()
	m.x.t.Errorf("asltest: %s%s", m.prefix(), fmt.Sprintf(format, args...))
}

func (m *MapRun) wantEqual(what string, want, got any) {
	m.x.t.Helper()
	w, err := toValue(want)
	if err != nil {
		m.reportf("%s: the wanted value: %v", what, err)
		return
	}
	if !value.Equal(w, got) {
		m.reportf("%s differs\n%s", what, indentLines(diffValues(w, got)))
	}
}
