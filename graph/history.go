package graph

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/history"
)

// AddHistory adds the progress of one execution from its events, in any order.
// It sets the Run of each state that was entered, and increments Taken of each
// edge that was taken. It ignores states of other machines. Further calls add other
// executions, such as the children of a Map Run (see [Graph.AddMapRun]).
func (g *Graph) AddHistory(events iter.Seq[history.Event]) {
	list := slices.SortedStableFunc(events, func(a, b history.Event) int { return cmp.Compare(a.ID, b.ID) })
	t := g.Trace()
	g.Legend = true
	for i := range list {
		t.Add(&list[i])
	}
	t.addVisits()
}

// Trace returns a Tracer for the graph, which must show no execution yet.
func (g *Graph) Trace() *Tracer {
	g.Traced = true
	return &Tracer{graph: g, at: map[uint32]*visit{}}
}

// Add follows an event. Events come in the order of their IDs.
func (t *Tracer) Add(e *history.Event) { t.traceEvent(e) }

// State returns the name of the state of an event that was added, also of one without a
// name of its own: that of the Map for MapStateFailed. It is empty for an event that is
// not of a state, or of one that the graph does not have.
func (t *Tracer) State(event uint32) string {
	if v := t.at[event]; v != nil {
		return v.node.Name
	}
	return ""
}

// Update sets the Run of each state that was entered by the events so far, and
// replaces what the graph has shown of it. It looks at all entries of states: call it
// after several events rather than after each.
func (t *Tracer) Update() {
	for _, v := range t.visits {
		v.node.Run = nil
	}
	t.addVisits()
}

func (t *Tracer) addVisits() {
	for _, v := range t.visits {
		v.addTo(v.node)
	}
	for _, v := range t.visits { // those that only replaced visits describe
		if r := v.node.Run; r.Outcome == NotReached {
			r.Outcome, r.Error, r.Cause = v.outcome, v.err, v.cause
		}
	}
}

// visit is one entry of a state.
type visit struct {
	node     *Node
	parent   *visit // of the Parallel or Map around it
	outcome  Outcome
	scope    uint32 // ID of the first event in its branch or iteration; 0 in the machine itself
	failing  bool   // the last attempt failed, and the consequence is not known yet
	over     bool   // a Parallel or Map that failed and is not retried
	failed   bool   // what is around it failed because it did: no Retrier waits
	origin   *visit // of a Parallel or Map: the visit inside that failed
	replaced bool   // a retry of a state around it started over
	attempts int

	err, cause   string
	began, ended time.Time
}

// Tracer shows one execution in a graph while it goes on: [Graph.AddHistory] event by
// event. [Tracer.Add] counts in Edge.Taken, [Tracer.Update] sets Node.Run. It is for one
// goroutine at a time.
type Tracer struct {
	graph  *Graph
	visits []*visit
	open   []*visit          // not left yet
	at     map[uint32]*visit // event id -> the visit of the event
	last   *visit            // the last one that failed

	cause  uint32   // ID of the event before those that abort doomed
	doomed []*visit // those that the failure of cause aborts, in the order of their events
}

func (t *Tracer) traceEvent(e *history.Event) {
	v := t.visitOf(e)
	if from := t.at[e.Previous]; v != nil && from != nil && from != v && (from.failing || from.outcome == Failed) && from.isInside(v) {
		from.failed = true
		v.origin = from
	}
	switch {
	case e.Type.IsStateEntered():
		v = t.enterState(e, v)
	case e.Type.EndsExecution():
		t.endExecution(e, v)
	case e.Type == history.ExecutionRedriven:
		v = t.traceRedrive()
	case v == nil:
	case e.Type.IsStateExited():
		t.exitState(e, v)
	default:
		t.traceWork(e, v)
	}
	t.at[e.ID] = v
}

// visitOf returns the visit of an event: that of the event before it, or one
// around that.
func (t *Tracer) visitOf(e *history.Event) *visit {
	v := t.at[e.Previous]
	kind := e.Type.String()
	switch {
	case e.Type.IsStateEntered():
		return v
	case e.Type.IsStateExited(), strings.HasPrefix(kind, "MapIteration"), e.Type == history.EvaluationFailed:
		return t.visitNamed(e.Name, v)
	case strings.HasSuffix(kind, "StateAborted"):
		return t.abortedVisit(e, v, strings.TrimSuffix(kind, "StateAborted"))
	case strings.HasPrefix(kind, "Map"):
		return visitAround(v, "Map")
	case strings.HasPrefix(kind, "Parallel"):
		return visitAround(v, "Parallel")
	}
	return v
}

// visitNamed returns the visit of a state: v, or one around it, or the last
// open one.
func (t *Tracer) visitNamed(name string, v *visit) *visit {
	for w := v; w != nil; w = w.parent {
		if w.node.Name == name {
			return w
		}
	}
	for _, w := range slices.Backward(t.open) {
		if w.node.Name == name {
			return w
		}
	}
	return nil
}

// visitAround returns the innermost state of a type at or around v that has not
// failed yet. The failure of a Parallel may also be that of the Parallel around
// it.
func visitAround(v *visit, kind string) *visit {
	for w := v; w != nil; w = w.parent {
		if w.node.Type == kind && !w.over {
			return w
		}
	}
	return v
}

// abortedVisit returns the visit that an event aborts. v is that of the event before: the
// visit itself, or one whose failure aborts what else is inside the same Parallel or Map.
// These events have no names. They come from the inside out, and in the order in which
// the branches and iterations began.
func (t *Tracer) abortedVisit(e *history.Event, v *visit, kind string) *visit {
	if v != nil && v.node.Type == kind && (!v.failing || kind == "Task") && slices.Contains(t.open, v) {
		return v
	}
	if t.cause != e.Previous {
		t.cause, t.doomed = e.Previous, nil
		for _, w := range t.open {
			if v == nil || !w.isInside(v) && (v.parent == nil || w != v.parent && w.isInside(v.parent)) {
				t.doomed = append(t.doomed, w)
			}
		}
		slices.SortStableFunc(t.doomed, compareEnds)
	}
	for i, w := range t.doomed {
		if w.node.Type == kind && slices.Contains(t.open, w) {
			copy(t.doomed[1:i+1], t.doomed[:i])
			t.doomed = t.doomed[1:]
			return w
		}
	}
	return visitAround(v, kind)
}

// compareEnds orders visits from the inside out, then by the beginning of their branches
// and iterations.
func compareEnds(a, b *visit) int {
	x, y := a.scopes(), b.scopes()
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return cmp.Compare(x[i], y[i])
		}
	}
	return len(y) - len(x)
}

// scopes returns the scopes of v and of those around it, the outermost first.
func (v *visit) scopes() (scopes []uint32) {
	for ; v != nil; v = v.parent {
		scopes = append(scopes, v.scope)
	}
	slices.Reverse(scopes)
	return scopes
}

// enterState starts a visit after or inside of another one.
func (t *Tracer) enterState(e *history.Event, from *visit) *visit {
	n := t.graph.Node(e.Name)
	if n == nil {
		return from
	}
	v := &visit{node: n, outcome: Running, began: e.Time()}
	for from != nil && from.node.In != n.In && from.node != n.In.Owner {
		from = from.parent
	}
	switch {
	case from != nil && from.node.In == n.In:
		v.parent, v.scope = from.parent, from.scope
		takenEdge(from, n)
	case from != nil:
		v.parent, v.scope = from, e.ID
	default:
		for _, edge := range n.In.Edges {
			if edge.Kind == Entry && edge.To == n {
				edge.Taken++
			}
		}
	}
	if n.Type == "Fail" {
		v.outcome, v.failing, t.last = Failed, true, v
		takenExits(n)
	}
	t.visits = append(t.visits, v)
	t.open = append(t.open, v)
	return v
}

// takenEdge counts the edges from a visit to a state.
func takenEdge(from *visit, to *Node) {
	for _, edge := range from.node.In.Edges {
		if edge.From == from.node && edge.To == to && (edge.Kind == Catch) == (from.outcome == Caught) {
			edge.Taken++
		}
	}
}

func (t *Tracer) exitState(e *history.Event, v *visit) {
	outcome := Succeeded
	if v.failing {
		outcome = Caught
	}
	t.stopInside(v, false)
	t.leaveState(v, outcome, e.Time())
	if outcome == Succeeded {
		takenExits(v.node)
	}
}

// takenExits counts the edges from a state to the end.
func takenExits(n *Node) {
	for _, edge := range n.In.Edges {
		if edge.From == n && edge.Kind == Exit {
			edge.Taken++
		}
	}
}

func (t *Tracer) leaveState(v *visit, outcome Outcome, at time.Time) {
	v.outcome, v.ended, v.failing = outcome, at, false
	if i := slices.Index(t.open, v); i >= 0 {
		t.open = slices.Delete(t.open, i, i+1)
	}
}

// stopInside ends all open visits inside of v.
func (t *Tracer) stopInside(v *visit, replaced bool) {
	if len(v.node.Groups) == 0 {
		return
	}
	t.open = slices.DeleteFunc(t.open, func(w *visit) bool {
		if w == v || !w.isInside(v) {
			return false
		}
		w.stopVisit()
		return true
	})
	if !replaced {
		return
	}
	for _, w := range t.visits {
		if w != v && w.isInside(v) {
			w.replaced = true
		}
	}
}

func (v *visit) isInside(outer *visit) bool {
	for w := v; w != nil; w = w.parent {
		if w == outer {
			return true
		}
	}
	return false
}

// stopVisit ends a visit that is not left normally.
func (v *visit) stopVisit() {
	switch {
	case v.failing && v.failed:
		v.outcome = Failed
	case v.outcome == Running:
		v.abortVisit()
	}
}

// abortVisit sets the outcome of a visit that others ended. Its own failure, if a Retrier
// waits after one, is not why.
func (v *visit) abortVisit() { v.outcome, v.err, v.cause = Aborted, "", "" }

// traceWork processes an event between entry and exit.
func (t *Tracer) traceWork(e *history.Event, v *visit) {
	kind := e.Type.String()
	switch f, failed := e.Detail.(*history.Failure); {
	case failed:
		v.failVisit(f)
		t.last = v
	case e.Type == history.MapStateFailed || e.Type == history.ParallelStateFailed:
		if v.origin != nil && !v.failing {
			v.err, v.cause = v.origin.err, v.origin.cause
		}
		v.failing, v.over, t.last = true, true, v
	case isAttempt(e.Type):
		if v.attempts > 0 {
			t.stopInside(v, true)
		}
		v.attempts++
		v.failing, v.origin = false, nil
	case strings.HasSuffix(kind, "StateAborted"):
		if !slices.Contains(t.open, v) {
			return
		}
		t.stopInside(v, false)
		if v.failing && v == t.at[e.Previous] {
			t.leaveState(v, Failed, e.Time())
			return
		}
		v.abortVisit()
		t.leaveState(v, Aborted, e.Time())
	}
}

func (v *visit) failVisit(f *history.Failure) {
	v.failing, v.err, v.cause = true, "", ""
	if f.Error != nil {
		v.err = *f.Error
	}
	if f.Cause != nil {
		v.cause = *f.Cause
	}
}

// isAttempt reports whether the event starts the work of a state.
func isAttempt(t history.Type) bool {
	switch t {
	case history.TaskScheduled, history.LambdaFunctionScheduled, history.ActivityScheduled,
		history.MapStateStarted, history.ParallelStateStarted:
		return true
	}
	return false
}

// endExecution ends the execution, and all open visits with it.
func (t *Tracer) endExecution(e *history.Event, v *visit) {
	if f, ok := e.Detail.(*history.Failure); ok && e.Type == history.ExecutionFailed {
		t.blameState(v, f)
	}
	for _, w := range t.open {
		w.stopVisit()
	}
}

// blameState marks the state in which an execution failed, and those around it. v is that
// of the event before.
func (t *Tracer) blameState(v *visit, f *history.Failure) {
	if v == nil && len(t.open) > 0 {
		v = t.open[len(t.open)-1]
	}
	if v == nil || !slices.Contains(t.open, v) {
		return
	}
	for v.failing && v.origin != nil && slices.Contains(t.open, v.origin) {
		v = v.origin
	}
	if !v.failing || v.err == "" {
		v.failVisit(f)
	}
	v.failed = true
	for w := v.parent; w != nil; w = w.parent {
		if !w.failing || w.err == "" {
			w.err, w.cause = v.err, v.cause
		}
		w.failing, w.failed = true, true
	}
}

// traceRedrive reopens the visits that an ended execution did not finish. Their
// failures have not been caught.
func (t *Tracer) traceRedrive() *visit {
	for _, v := range t.open {
		v.outcome, v.failing, v.failed, v.over, v.origin = Running, false, false, false, nil
	}
	return t.last
}

// addTo adds a visit to the Run of its node.
func (v *visit) addTo(n *Node) {
	if n.Run == nil {
		n.Run = &Run{}
	}
	r := n.Run
	if r.Entered == 0 {
		r.Began = v.began
	}
	r.Entered++
	r.Attempts += v.attempts
	if !v.ended.IsZero() {
		d := v.ended.Sub(v.began)
		if r.Ended.IsZero() || d < r.Shortest {
			r.Shortest = d
		}
		r.Longest = max(r.Longest, d)
		if v.ended.After(r.Ended) {
			r.Ended = v.ended
		}
	}
	if v.replaced {
		return
	}
	r.counted++
	r.counts[v.outcome]++
	r.Outcome = max(r.Outcome, v.outcome)
	blamed := v.outcome
	if v.outcome == Failed {
		blamed = Running + 1
	}
	if blamed > r.blamed || blamed == r.blamed && v.err != "" {
		r.blamed, r.Error, r.Cause = blamed, v.err, v.cause
	}
}
