package command

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

// trace prints an execution for people: a line for each state when it ends, with the time
// since the start. Parallel and Map states also have one when they begin, and tasks one for
// each retry. States inside of them are indented and have the index of their branch or item,
// from 0. Items that succeed have no lines.
type trace struct {
	out     io.Writer // nil: nothing is printed
	width   int       // columns of the terminal; 0: unknown, lines are not cut
	palette palette
	all     bool // items that succeed have lines too
	places  map[string]tracePlace
	choices map[string]bool // their lines name the state that comes next
	// failures of Fail states, as far as they are literals: the history of a branch leaves
	// them out.
	failures map[string]*history.Failure

	// live is whether to follow events as they come. Otherwise they are only followed if the
	// execution fails, to say where: most executions succeed.
	live bool
	held []history.Event // not followed yet

	mu     sync.Mutex
	began  time.Time
	order  int                    // counts attempts
	visits map[uint32]*stateVisit // by event ID: the one that the event belongs to
	open   []*stateVisit

	// Of the end of the execution.
	culprit *stateVisit // the innermost one that failed; nil: none
	late    string      // the states that were running if the time was over
}

// tracePlace is the Parallel or Map state around a state, and the index of its branch.
type tracePlace struct {
	outer  string
	branch int
}

// newTrace returns a trace of an execution of a machine.
func newTrace(out io.Writer, m *asl.StateMachine) *trace {
	t := &trace{out: out, live: out != nil, places: make(map[string]tracePlace), choices: make(map[string]bool), failures: make(map[string]*history.Failure), visits: make(map[uint32]*stateVisit)}
	for st := range m.All() {
		switch st := st.(type) {
		case *asl.ChoiceState:
			t.choices[st.Name] = true
		case *asl.FailState:
			t.failures[st.Name] = &history.Failure{Error: literal(st.Error), Cause: literal(st.Cause)}
		}
		for branch, nested := range asl.Children(st) {
			if nested == nil {
				continue
			}
			for _, inner := range nested.List {
				t.places[inner.Base().Name] = tracePlace{st.Base().Name, branch}
			}
		}
	}
	return t
}

// stateVisit is a state between its entry and its exit. Several of one state may be open.
// An iteration that has entered no state yet has one without a name.
type stateVisit struct {
	name     string
	attempts int
	order    int // of its latest attempt among those of all states
	asked    int // the attempt for which placeOfTask was called
	retries  int // of it and of what is inside
	items    int
	kind     history.Type // of its entry
	entered  time.Time
	told     time.Duration    // how long it had run when a line last said so
	ended    bool             // it has failed or was exited
	failure  *history.Failure // of the latest attempt, nil if it has not failed
	failed   time.Time
	origin   *stateVisit // the one that failed first: this one or one inside; nil: none
	scope    *traceScope // nil: of the machine itself
}

// traceScope is a branch or an iteration.
type traceScope struct {
	container *stateVisit
	index     int
}

func (v *stateVisit) holds() bool {
	return v.kind == history.ParallelStateEntered || v.kind == history.MapStateEntered
}

// outerVisit returns the visit of a state of a name that is v or around it; nil if there is
// none.
func (v *stateVisit) outerVisit(name string) *stateVisit {
	for v != nil && v.name != name {
		v = v.container()
	}
	return v
}

func (v *stateVisit) container() *stateVisit {
	if v.scope == nil {
		return nil
	}
	return v.scope.container
}

func (v *stateVisit) isInside(outer *stateVisit) bool {
	for c := v.container(); c != nil; c = c.container() {
		if c == outer {
			return true
		}
	}
	return false
}

// waitsForRetry reports whether the latest attempt has failed and another one follows.
func (v *stateVisit) waitsForRetry() bool { return v.failure != nil && !v.ended }

// setFailure sets the failure of a state. Nothing known of it is less than what v knows.
func (v *stateVisit) setFailure(f *history.Failure, at time.Time) {
	if f == nil {
		f = new(history.Failure)
	}
	if v.failure == nil || f.Error != nil || f.Cause != nil {
		v.failure, v.failed = f, at
	}
	if v.origin == nil {
		v.origin = v
	}
}

// failWith makes a Parallel or Map fail as a state inside of it did.
func (v *stateVisit) failWith(inside *stateVisit, at time.Time) {
	v.origin = inside.origin
	v.setFailure(inside.failure, at)
}

// enterState returns the visit of a state that is entered after the event of before.
func (t *trace) enterState(before *stateVisit, e *history.Event) *stateVisit {
	v := &stateVisit{name: e.Name, kind: e.Type, entered: e.Time()}
	place, nested := t.places[e.Name]
	for around := before; around != nil && nested; around = around.container() {
		if c := around.container(); c != nil && c.name == place.outer {
			v.scope = around.scope
			break
		}
		if around.name == place.outer {
			v.scope = &traceScope{around, place.branch}
			break
		}
	}
	t.open = append(t.open, v)
	return v
}

// Record implements [history.Sink]. It prints a line for each event that is of
// interest.
func (t *trace) Record(_ string, events []history.Event) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.live {
		events = t.holdEvents(events)
	}
	for i := range events {
		if err := t.recordEvent(&events[i], events[i+1:]); err != nil {
			return err
		}
	}
	return nil
}

// holdEvents keeps events, without their values, until the execution ends. If it has failed,
// it returns all of them, and else none.
func (t *trace) holdEvents(events []history.Event) []history.Event {
	last := history.Type(0)
	if len(events) > 0 {
		last = events[len(events)-1].Type
	}
	if last == history.ExecutionSucceeded {
		t.held = nil
		return nil
	}
	from := len(t.held)
	t.held = append(t.held, events...)
	for i := range t.held[from:] {
		e := &t.held[from+i]
		e.Value = nil
		if _, ok := e.Detail.(*history.Failure); !ok {
			e.Detail = nil
		}
	}
	if !last.EndsExecution() {
		return nil
	}
	all := t.held
	t.held = nil
	return all
}

// recordEvent prints the lines of an event. after are those that are recorded with it.
func (t *trace) recordEvent(e *history.Event, after []history.Event) error {
	if len(t.visits) == 0 {
		t.began = e.Time()
	}
	visit := t.visits[e.Previous]
	if visit == nil {
		visit = new(stateVisit)
	}
	var lines []traceLine
	switch failure, fails := e.Detail.(*history.Failure); {
	case e.Type.EndsExecution():
		if fails && e.Type == history.ExecutionFailed {
			visit.setFailure(failure, e.Time())
		}
		lines = append(lines, t.endLines(visit, e)...)
	case e.Type.IsStateEntered():
		visit = t.enterState(visit, e)
	case e.Type.IsStateExited():
		if of := visit.outerVisit(e.Name); of != nil {
			visit = of
		}
		lines = append(lines, t.closeInside(visit, e)...)
		t.endVisit(visit)
		lines = append(lines, t.exitLine(visit, e, after))
	case e.Type == history.ParallelStateStarted || e.Type == history.MapStateStarted:
		if of := t.failedContainer(visit, e); of != visit {
			lines = append(lines, t.closeInside(of, e)...)
			visit = of
		}
		if visit.attempts++; visit.attempts > 1 {
			lines = append(lines, t.retryLine(visit, e))
		}
		if e.Type == history.MapStateStarted {
			visit.items = int(e.Index)
			lines = append(lines, t.line(e, visit, traceStarted, countNoun(visit.items, "item")))
		} else if visit.attempts == 1 {
			lines = append(lines, t.line(e, visit, traceStarted, t.countBranches(visit.name)))
		}
	case e.Type == history.MapIterationStarted:
		if of := visit.outerVisit(e.Name); of != nil {
			visit = &stateVisit{scope: &traceScope{of, int(e.Index)}}
		}
	case isScheduled(e.Type):
		t.order++
		visit.order = t.order
		if visit.attempts++; visit.attempts > 1 {
			lines = append(lines, t.retryLine(visit, e))
		}
	case e.Type == history.ParallelStateFailed || e.Type == history.MapStateFailed:
		visit = t.failedContainer(visit, e)
		visit.setFailure(failure, e.Time())
		lines = append(lines, t.closeInside(visit, e)...)
		visit.ended = true
	case e.Type == history.ParallelStateSucceeded || e.Type == history.MapStateSucceeded:
		visit = visit.joined()
	case fails && !visit.ended:
		visit.setFailure(failure, e.Time())
	}
	t.visits[e.ID] = visit
	for _, l := range lines {
		if err := t.print(l); err != nil {
			return err
		}
	}
	return nil
}

func isScheduled(t history.Type) bool {
	return t == history.TaskScheduled || t == history.LambdaFunctionScheduled || t == history.ActivityScheduled
}

// countBranches returns how many branches a Parallel has.
func (t *trace) countBranches(name string) string {
	n := 0
	for _, place := range t.places {
		if place.outer == name {
			n = max(n, place.branch+1)
		}
	}
	if n == 1 {
		return "1 branch"
	}
	return fmt.Sprintf("%d branches", n)
}

// joined returns the Parallel or Map whose branches or iterations end, after an event of
// v: v itself, or the one around it.
func (v *stateVisit) joined() *stateVisit {
	if c := v.container(); c != nil && (!v.holds() || v.ended) {
		return c
	}
	return v
}

// failedContainer returns the Parallel or Map that an event is about. If the event before
// is of a state inside, that state failed, and the Parallel or Map with it.
func (t *trace) failedContainer(visit *stateVisit, e *history.Event) *stateVisit {
	c := visit.joined()
	if c == visit {
		return visit
	}
	visit.setFailure(t.failures[visit.name], e.Time())
	c.failWith(visit, e.Time())
	return c
}

// endVisit ends a visit.
func (t *trace) endVisit(v *stateVisit) {
	v.ended = true
	t.open = slices.DeleteFunc(t.open, func(other *stateVisit) bool { return other == v })
}

// closeInside ends the visits inside of a Parallel or Map that ends. Those that did not
// fail are aborted.
func (t *trace) closeInside(outer *stateVisit, e *history.Event) (lines []traceLine) {
	for _, v := range slices.Clone(t.open) {
		if v.isInside(outer) {
			lines = append(lines, t.brokenLine(v, e, outer.origin))
		}
	}
	return lines
}

// brokenLine ends a visit that was not exited. culprit is the state whose failure is why, or
// nil: another one that has failed waits for its Retrier.
func (t *trace) brokenLine(v *stateVisit, e *history.Event, culprit *stateVisit) traceLine {
	t.endVisit(v)
	if v.failure == nil || v.origin != culprit {
		return t.line(e, v, traceAborted, "aborted")
	}
	return t.line(e, v, traceFailed, failureText(v, v.attempts))
}

// endLines are the lines of an execution's end. visit is that of the event before.
func (t *trace) endLines(visit *stateVisit, e *history.Event) (lines []traceLine) {
	for c := visit.container(); c != nil && visit.failure != nil; c = c.container() {
		c.failWith(visit, e.Time())
	}
	if e.Type == history.ExecutionTimedOut {
		t.late = t.runningLocked()
	}
	var culprit *stateVisit
	if e.Type == history.ExecutionFailed {
		culprit = visit.origin
	}
	for _, v := range slices.Backward(slices.Clone(t.open)) {
		lines = append(lines, t.brokenLine(v, e, culprit))
	}
	how, where := traceFailed, ""
	switch {
	case e.Type == history.ExecutionSucceeded:
		how = traceSucceeded
	case culprit != nil:
		where = " in " + value.Printable(culprit.name)
		t.culprit = culprit
	}
	word := strings.ToUpper(snakeCase(strings.TrimPrefix(e.Type.String(), "Execution")))
	return append(lines, traceLine{text: t.palette.paint(bold, t.palette.paint(how.style, word)) + where + " after " + t.elapsed(e.Time())})
}

// snakeCase writes TimedOut as Timed_Out.
func snakeCase(name string) string {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] >= 'A' && name[i] <= 'Z' {
			name = name[:i] + "_" + name[i:]
		}
	}
	return name
}

// exitLine is the line of a state that was exited. That of a Choice, and of an error that
// was caught, names the state that is entered then, if the events after have it.
func (t *trace) exitLine(v *stateVisit, e *history.Event, after []history.Event) traceLine {
	next := ""
	for i := 0; i < len(after) && next == "" && (v.failure != nil || t.choices[v.name]); i++ {
		if after[i].Previous == e.ID && after[i].Type.IsStateEntered() {
			next = "→ " + value.Printable(after[i].Name)
		}
	}
	if v.failure != nil {
		l := t.line(e, v, traceCaught, failureText(v, v.attempts))
		l.after = next
		return l
	}
	text := countAttempts(v.attempts)
	if v.holds() {
		text = countRetries(v.retries)
	}
	if v.kind == history.MapStateEntered {
		text = strings.TrimSuffix(countNoun(v.items, "item")+", "+text, ", ")
	}
	l := t.line(e, v, traceSucceeded, text)
	l.after = next
	return l
}

// retryLine is the line of an attempt after the first.
func (t *trace) retryLine(v *stateVisit, e *history.Event) traceLine {
	for around := v; around != nil; around = around.container() {
		around.retries++
	}
	text := fmt.Sprintf("attempt %d", v.attempts)
	if v.failure != nil {
		if waited := e.Time().Sub(v.failed); waited > 0 {
			text += " after " + shortDuration(waited)
		}
		text += ": " + failureText(v, 0)
	}
	v.failure, v.origin = nil, nil
	return t.line(e, v, traceRetried, text)
}

func countAttempts(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("%d attempts", n)
}

func countRetries(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 retry"
	}
	return fmt.Sprintf("%d retries", n)
}

// failureText returns the error of a state and, if the state is the one that failed, its
// cause.
func failureText(v *stateVisit, attempts int) (text string) {
	if v.failure.Error != nil {
		text = value.Printable(*v.failure.Error)
	}
	if attempts > 1 {
		text = strings.TrimSpace(text + " (" + countAttempts(attempts) + ")")
	}
	if cause := v.failure.Cause; cause != nil && *cause != "" && !v.holds() {
		text = strings.TrimPrefix(text+": "+value.Printable(*cause), ": ")
	}
	return text
}

// traceSign says how a line is about a state.
type traceSign struct {
	sign  string
	style style
	folds bool // items have no such lines
}

var (
	traceStarted   = traceSign{"▶", "", true}
	traceSucceeded = traceSign{"✓", green, true}
	traceCaught    = traceSign{"!", yellow, false}
	traceRetried   = traceSign{"↻", yellow, false}
	traceFailed    = traceSign{"✕", red, false}
	traceAborted   = traceSign{"■", "", true}
)

// traceLine is a line of a trace. One without a sign has only text.
type traceLine struct {
	at    string
	visit *stateVisit
	traceSign
	text, after string // after stays whole when the text is cut
}

func (t *trace) line(e *history.Event, v *stateVisit, how traceSign, text string) traceLine {
	return traceLine{t.elapsed(e.Time()), v, how, text, ""}
}

func (t *trace) elapsed(now time.Time) string { return shortDuration(now.Sub(t.began)) }

// shortDuration writes a duration in few characters: 1ms, 12.35s, 1h2m3s.
func shortDuration(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// Columns of the lines.
const (
	timeColumns  = 6
	leastColumns = 14 // for the sign and the text of a line
	leastName    = 10
)

// print writes a line, cut to the width of the terminal.
func (t *trace) print(l traceLine) error {
	if t.out == nil {
		return nil
	}
	if l.sign == "" {
		_, err := fmt.Fprintln(t.out, l.text)
		return err
	}
	if l.folds && !t.all && l.visit.isItem() {
		return nil
	}
	name, text, nameColumns := strings.Join(l.visit.indent(), "")+value.Printable(l.visit.name), l.text, 28
	if t.width > 0 {
		nameColumns = min(nameColumns, t.width/3+2)
		needed := min(leastColumns, columnsOf("  "+strings.TrimSpace(l.sign+" "+strings.TrimSpace(text+" "+l.after))))
		name = l.visit.fitName(max(t.width-timeColumns-2-needed, leastColumns))
		left := t.width - timeColumns - 4 - max(nameColumns, columnsOf(name)) - 2
		if l.after != "" {
			if columnsOf(text)+1+columnsOf(l.after) > left {
				l.after = cutColumns(l.after, left/2)
			}
			left -= columnsOf(l.after) + 1
		}
		if text = cutColumns(text, left); left < 4 {
			text = ""
		}
	}
	if l.after != "" {
		text = strings.TrimSpace(text + " " + l.after)
	}
	line := fmt.Sprintf("%*s  %s  %s %s", timeColumns, l.at, padColumns(name, nameColumns), l.sign, text)
	line = strings.TrimRight(line, " ")
	if at := strings.LastIndex(line, "  "+l.sign); t.palette && at >= 0 {
		line = line[:at] + t.palette.paint(l.style, line[at:])
	}
	_, err := fmt.Fprintln(t.out, line)
	return err
}

// isItem reports whether a state is inside of a Map.
func (v *stateVisit) isItem() bool {
	for c := v.container(); c != nil; c = c.container() {
		if c.kind == history.MapStateEntered {
			return true
		}
	}
	return false
}

// indent returns what is before the name of a state: a bar for each branch or iteration
// that it is in, with its index.
func (v *stateVisit) indent() (indent []string) {
	for ; v.scope != nil; v = v.scope.container {
		number := fmt.Sprintf("│ %d ", v.scope.index)
		if v.scope.container.kind == history.MapStateEntered {
			number = fmt.Sprintf("│ [%d] ", v.scope.index)
		}
		indent = slices.Insert(indent, 0, number)
	}
	return indent
}

// fitName returns the name of a state with its indent, in at most a number of columns. Outer
// bars go before less than leastName columns of the name are left.
func (v *stateVisit) fitName(width int) string {
	bars, name := v.indent(), value.Printable(v.name)
	indent := strings.Join(bars, "")
	for len(bars) > 1 && columnsOf(indent)+min(leastName, columnsOf(name)) > width {
		bars = bars[1:]
		indent = "… " + strings.Join(bars, "")
	}
	return cutColumns(indent+name, width)
}

// place says in which items and branches a state is, with the indexes that indent has.
func (v *stateVisit) place() (place string) {
	for ; v.scope != nil; v = v.scope.container {
		kind := "branch"
		if v.scope.container.kind == history.MapStateEntered {
			kind = "item"
		}
		place += fmt.Sprintf(", %s %d of %s", kind, v.scope.index, value.Printable(v.scope.container.name))
	}
	return place
}

// where says where an execution failed, or what was running when its time was over. state is
// that of its error.
func (t *trace) where(state string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.late != "":
		return " while running " + t.late
	case state == "":
		return ""
	case t.culprit == nil || t.culprit.name != state:
		return " in state " + value.Printable(state)
	}
	return " in state " + value.Printable(state) + t.culprit.place()
}

// placeOfTask is place for a task that a handler gets. Tasks must come in the order in which
// they were scheduled. It is empty if the task is not known, as in a child of a Map Run.
func (t *trace) placeOfTask(task *interpreter.Task) string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var first *stateVisit
	for _, v := range t.open {
		if v.name == task.State && v.attempts == task.Attempt+1 && v.asked < v.attempts && (first == nil || v.order < first.order) {
			first = v
		}
	}
	if first == nil {
		return ""
	}
	first.asked = first.attempts
	return first.place()
}

// longRun is how long a state runs before a line of [trace.tellRunning] says so.
const longRun = 10 * time.Second

// watchTicks calls tellRunning at each tick, until the function that it returns is called.
func (t *trace) watchTicks(ticks <-chan time.Time) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			case now := <-ticks:
				t.tellRunning(now)
			}
		}
	}()
	return func() {
		close(end)
		<-done
	}
}

// tellRunning prints a line for each state that runs for longRun, then at twice that time
// and so on, so that whoever reads a log knows what it waits for. The states of a Parallel
// and, if they have lines, those of a Map stand for it.
func (t *trace) tellRunning(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range t.open {
		runs, due := now.Sub(v.entered), max(longRun, 2*v.told)
		if runs < due || v.kind == history.ParallelStateEntered || v.kind == history.MapStateEntered && t.all {
			continue
		}
		for ; due <= runs; due *= 2 {
			v.told = due
		}
		l := traceLine{at: t.elapsed(now), visit: v, traceSign: traceStarted, text: "running for " + shortDuration(runs.Truncate(time.Second))}
		if v.waitsForRetry() {
			l.text += ", waiting for a retry"
		}
		if t.print(l) != nil {
			return // as is any other line, which is reported
		}
	}
}

// running describes the states that run, those that wait for a retry last, or is empty.
func (t *trace) running() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.runningLocked()
}

func (t *trace) runningLocked() string {
	var names, waiting []string
	for _, v := range t.open {
		switch {
		case v.holds():
		case v.waitsForRetry():
			waiting = append(waiting, value.Printable(v.name)+" (waiting for a retry)")
		default:
			names = append(names, value.Printable(v.name))
		}
	}
	names = append(names, waiting...)
	if len(names) == 0 {
		return ""
	}
	text := names[0]
	if len(names) > 1 {
		text += fmt.Sprintf(" and %d more", len(names)-1)
	}
	return text
}

// literal returns a field of a Fail state that is not evaluated, or nil.
func literal(field asl.Opt[asl.String]) *string {
	if !field.IsSet() || field.Value.Expression != nil {
		return nil
	}
	return &field.Value.Value
}

// traceMode is the value of -trace: when there is a trace, and whether items that succeed
// have lines.
type traceMode string

const (
	traceAuto traceMode = "auto"
	traceOn   traceMode = "on"
	traceOff  traceMode = "off"
	traceAll  traceMode = "all"
)

// String implements [flag.Value]. The usage names the default.
func (m *traceMode) String() string { return "" }

// IsBoolFlag makes -trace the same as -trace=on.
func (m *traceMode) IsBoolFlag() bool { return true }

// Set implements [flag.Value].
func (m *traceMode) Set(text string) error {
	switch word := traceMode(text); word {
	case traceAuto, traceOn, traceOff, traceAll:
		*m = word
	case "true":
		*m = traceOn
	case "false":
		*m = traceOff
	default:
		return mustBe(string(traceAuto), string(traceOn), string(traceOff), string(traceAll))
	}
	return nil
}
