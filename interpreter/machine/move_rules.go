package machine

import (
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/value"
)

// moveRule compares something of T, and reports each field that differs. An execution
// with a difference of a rule that is refused cannot be moved.
type moveRule[T any] struct {
	refused bool
	find    func(m T, differs func(field, text string))
}

// machineRules compare what is of the whole machine.
var machineRules = []moveRule[*move]{
	{true, func(m *move, differs func(field, text string)) {
		compareText(differs, "Type", machineType(m.from), machineType(m.to))
		compareText(differs, "StateMachineArn", m.from.options.StateMachineArn, m.to.options.StateMachineArn)
		compareText(differs, "ItemProcessor", childOf(m.from), childOf(m.to))
		if last := m.to.lastID; m.x.Seq >= last {
			differs("Limits.HistoryEvents", fmt.Sprintf("the history has %d events already, and the other limit is %d", m.x.Seq, last))
		}
	}},
	{false, func(m *move, differs func(field, text string)) {
		compareText(differs, "StateMachineName", m.from.options.StateMachineName, m.to.options.StateMachineName)
		compareText(differs, "RoleArn", m.from.options.RoleArn, m.to.options.RoleArn)
		before, after := m.from.limits, m.to.limits
		for i, f := range before.namedFields() {
			if g := after.namedFields()[i]; *f.at != *g.at {
				differs("Limits."+f.name, fmt.Sprintf("%d, and %d in the other Program", portableLimit(*f.at), portableLimit(*g.at)))
			}
		}
		compareText(differs, "Limits.Duration", durationText(before.Duration), durationText(after.Duration))
		if a, b := m.from.machine.TimeoutSeconds.Or(0), m.to.machine.TimeoutSeconds.Or(0); a != b {
			differs("TimeoutSeconds", fmt.Sprintf("%d, and %d in the other definition, counted from the start", a, b))
		}
	}},
}

// compareText reports a field whose strings differ.
func compareText(differs func(field, text string), field, a, b string) {
	if a != b {
		differs(field, fmt.Sprintf("%q, and %q in the other Program", a, b))
	}
}

func machineType(p *Program) string {
	if p.options.Express {
		return "EXPRESS"
	}
	return "STANDARD"
}

// childOf says of which Map states p runs children.
func childOf(p *Program) string {
	path := ""
	for ; p.parent != nil; p = p.parent {
		path = "/" + p.state + path
	}
	return path
}

func durationText(d time.Duration) string {
	if d < 0 {
		return "unlimited"
	}
	return d.String()
}

// standing is a state in which an execution stands, in both Programs.
type standing struct {
	*scope
	a, b          *state
	before, after *value.Object // the definitions
	reported      map[string]bool
	attempts      []int32 // by Retrier of b
}

// mapRun returns the Map Run that is under way, and both Map states; nil if there is
// none, or if the other Program could not continue any.
func (p *standing) mapRun() (run *mapRun, a, b *distributed) {
	if p.work != nil && p.work.run != nil && p.a.kind == p.b.kind {
		return p.work.run, p.a.iterate.distributed, p.b.iterate.distributed
	}
	return nil, nil, nil
}

// ofMapRun makes a rule about Map Runs.
func ofMapRun(find func(run *mapRun, a, b *distributed, differs func(field, text string))) func(*standing, func(field, text string)) {
	return func(p *standing, differs func(field, text string)) {
		if run, a, b := p.mapRun(); run != nil && b != nil {
			find(run, a, b, differs)
		}
	}
}

// stateRules compare what is of a state that the execution has entered. Rules that
// report the same field come with the one first that is refused. The last one compares
// the fields that no other has reported.
var stateRules = []moveRule[*standing]{
	{true, func(p *standing, differs func(field, text string)) {
		compareText(differs, "Type", kindName(p.before), kindName(p.after))
	}},
	{true, compareTask},
	{true, func(p *standing, differs func(field, text string)) {
		if a, b := len(p.a.parallel), len(p.b.parallel); a != b && p.a.kind == p.b.kind && p.work != nil && p.work.children != nil {
			differs("Branches", fmt.Sprintf("%d branches have begun, and the other definition has %d", a, b))
		}
	}},
	{true, func(p *standing, differs func(field, text string)) {
		if p.a.kind != kindMap || p.b.kind != kindMap || p.work == nil || p.work.children == nil && p.work.run == nil {
			return
		}
		compareText(differs, "ItemProcessor/ProcessorConfig/Mode", mapMode(p.a.iterate), mapMode(p.b.iterate))
	}},
	{true, ofMapRun(func(run *mapRun, a, b *distributed, differs func(field, text string)) {
		compareText(differs, "Label", a.runArn, b.runArn)
		if (a.reader != nil) != (b.reader != nil) {
			differs("ItemReader", "only one definition has it, and items are being read")
		} else if run.source != nil && !run.end && (a.reader.resource != b.reader.resource || !sameReader(&a.reader.config, &b.reader.config)) {
			differs("ItemReader", "it reads other items, and some have been read")
		}
		if (a.batcher != nil) != (b.batcher != nil) {
			differs("ItemBatcher", "only one definition has it, and batches have begun")
		}
		if a.destination() != b.destination() || run.destination != nil && a.writer.config != b.writer.config {
			differs("ResultWriter", "it writes elsewhere or otherwise, and results are being written")
		}
		if len(run.open) > 0 && a.child.options.Express != b.child.options.Express {
			differs("ItemProcessor/ProcessorConfig/ExecutionType", fmt.Sprintf("%d children run, and those of the other definition are %s", len(run.open), machineType(b.child)))
		}
	})},
	{false, ofMapRun(func(run *mapRun, a, b *distributed, differs func(field, text string)) {
		if len(run.open) > 0 && !value.Equal(a.child.definitions(), b.child.definitions()) {
			differs("ItemProcessor", fmt.Sprintf("%d children that run end under the old definition", len(run.open)))
		}
	})},
	{false, func(p *standing, differs func(field, text string)) {
		if a, b := p.a.query != nil, p.b.query != nil; a != b {
			differs("QueryLanguage", fmt.Sprintf("%s, and %s in the other definition", languageName(a), languageName(b)))
		}
	}},
	{false, compareRetriers},
	{false, compareFields},
}

func kindName(st *value.Object) string {
	name, _ := st.Get("Type")
	text, _ := name.(string)
	return text
}

func languageName(jsonata bool) string {
	if jsonata {
		return "JSONata"
	}
	return "JSONPath"
}

func mapMode(m *mapState) string {
	if m.distributed != nil {
		return "DISTRIBUTED"
	}
	return "INLINE"
}

// destination returns the Resource of the ResultWriter; empty if there is none.
func (d *distributed) destination() string {
	if d.writer == nil {
		return ""
	}
	return d.writer.resource
}

func sameReader(a, b *ReaderConfig) bool {
	x, y := *a, *b
	x.CSVHeaders, y.CSVHeaders = nil, nil
	x.MaxItems, y.MaxItems = 0, 0
	return fmt.Sprint(x) == fmt.Sprint(y) && slices.Equal(a.CSVHeaders, b.CSVHeaders)
}

// compareTask reports an outstanding task that is another one in the other definition:
// its events and its token would not be of the same kind. The name of a function may
// change, since the handler gets the same task.
func compareTask(p *standing, differs func(field, text string)) {
	if !p.waitsForTask() || p.b.kind != kindTask {
		return
	}
	a, b := &p.a.task.resource, &p.b.task.resource
	if a.Kind != b.Kind || a.Kind != Function && a.Name != b.Name {
		differs("Resource", fmt.Sprintf("a task of %q is outstanding, which is not one of %q", a.Name, b.Name))
	}
}

// compareRetriers reports Retriers with attempts that are gone, moved or changed, and
// makes the attempts by Retrier of the other definition.
func compareRetriers(p *standing, differs func(field, text string)) {
	if p.work == nil || !slices.ContainsFunc(p.work.attempts, func(n int32) bool { return n > 0 }) {
		return
	}
	before, after := arrayIn(p.before, "Retry"), arrayIn(p.after, "Retry")
	p.attempts = make([]int32, len(after))
	taken := make([]bool, len(after))
	for i, n := range p.work.attempts {
		if n == 0 {
			continue
		}
		field := fmt.Sprintf("Retry[%d]", i)
		j := findRetrier(before[i], after, i, taken)
		if j < 0 {
			differs(field, fmt.Sprintf("the other definition has no Retrier with its ErrorEquals: its %d attempts are forgotten", n))
			continue
		}
		p.attempts[j], taken[j] = n, true
		switch {
		case j != i:
			differs(field, fmt.Sprintf("it is Retry[%d] in the other definition, which gets its %d attempts", j, n))
		case !value.Equal(before[i], after[i]):
			differs(field, fmt.Sprintf("differs in the other definition, and keeps its %d attempts", n))
		}
	}
	p.reported["Retry"] = true // the others have not been used
	if len(p.attempts) == 0 {
		p.attempts = nil
	}
}

// findRetrier returns the index of the Retrier with the same ErrorEquals, preferring the
// same index; -1 if there is none.
func findRetrier(r any, all []any, index int, taken []bool) int {
	same := func(i int) bool {
		a, _ := r.(*value.Object)
		b, _ := all[i].(*value.Object)
		return !taken[i] && value.Equal(arrayOrNil(a), arrayOrNil(b))
	}
	if index < len(all) && same(index) {
		return index
	}
	for i := range all {
		if same(i) {
			return i
		}
	}
	return -1
}

func arrayOrNil(retrier *value.Object) any { return any(arrayIn(retrier, "ErrorEquals")) }

// nestedFields are compared through the states within them, or by other rules.
var nestedFields = map[string]bool{"Type": true, "QueryLanguage": true, "Branches": true, "ItemProcessor": true, "Iterator": true, "Comment": true}

// compareFields reports the fields of a state that no other rule has.
func compareFields(p *standing, differs func(field, text string)) {
	for _, st := range [2]*value.Object{p.before, p.after} {
		for name := range st.All() {
			a, has := p.before.Get(name)
			b, also := p.after.Get(name)
			if nestedFields[name] || p.reported[name] || has == also && value.Equal(a, b) {
				continue
			}
			text := "differs in the other definition"
			switch {
			case !has:
				text = "only the other definition has it"
			case !also:
				text = "the other definition does not have it"
			}
			differs(name, text)
		}
	}
}

// sortRefusedFirst sorts the differences that are refused before the others.
func sortRefusedFirst(all []MoveDifference) {
	slices.SortStableFunc(all, func(a, b MoveDifference) int {
		if a.Refused == b.Refused {
			return 0
		}
		return flagOrder(!a.Refused)
	})
}
