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
			r.Outcome = v.outcome
		}
	}
}

// visit is one entry of a state.
type visit struct {
	node     *Node
	parent   *visit // of the Parallel or Map around it
	outcome  Outcome
	failing  bool // the last attempt failed, and the consequence is not known yet
	replaced bool // a retry of a state around it started over
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
}

func (t *Tracer) traceEvent(e *history.Event) {
	v := t.visitOf(e)
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
		if w.node.Type == kind && !w.failing {
			return w
		}
	}
	return v
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
		v.parent = from.parent
		takenEdge(from, n)
	case from != nil:
		v.parent = from
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

// openVisit returns v, or another visit of its state if v was left: the events that abort
// the states of several items may all name the same event before. It returns nil if there
// is none.
func (t *Tracer) openVisit(v *visit) *visit {
	if slices.Contains(t.open, v) {
		return v
	}
	for _, w := range t.open {
		if w.node == v.node {
			return w
		}
	}
	return nil
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
	if v.failing {
		v.outcome = Failed
	} else if v.outcome == Running {
		v.outcome = Aborted
	}
}

// traceWork processes an event between entry and exit.
func (t *Tracer) traceWork(e *history.Event, v *visit) {
	kind := e.Type.String()
	switch f, failed := e.Detail.(*history.Failure); {
	case failed:
		v.failVisit(f)
		t.last = v
	case e.Type == history.MapStateFailed || e.Type == history.ParallelStateFailed:
		if t.last != nil && !v.failing {
			v.err, v.cause = t.last.err, t.last.cause
		}
		v.failing, t.last = true, v
	case isAttempt(e.Type):
		if v.attempts > 0 {
			t.stopInside(v, true)
		}
		v.attempts++
		v.failing = false
	case strings.HasSuffix(kind, "StateAborted"):
		if v = t.openVisit(v); v == nil {
			return
		}
		t.stopInside(v, false)
		outcome := Aborted
		if v.failing {
			outcome = Failed
		}
		t.leaveState(v, outcome, e.Time())
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

// blameState marks the state in which an execution failed, and those around it.
func (t *Tracer) blameState(v *visit, f *history.Failure) {
	for _, w := range t.open {
		if w.failing {
			v = w
		}
	}
	if v == nil && len(t.open) > 0 {
		v = t.open[len(t.open)-1]
	}
	if v == nil || !slices.Contains(t.open, v) {
		return
	}
	if !v.failing || v.err == "" {
		v.failVisit(f)
	}
	for w := v.parent; w != nil; w = w.parent {
		if !w.failing {
			w.failing, w.err, w.cause = true, v.err, v.cause
		}
	}
}

// traceRedrive reopens the visits that an ended execution did not finish. Their
// failures have not been caught.
func (t *Tracer) traceRedrive() *visit {
	for _, v := range t.open {
		v.outcome, v.failing = Running, false
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
	if v.err != "" {
		r.Error, r.Cause = v.err, v.cause
	}
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
	if !v.replaced {
		r.Outcome = max(r.Outcome, v.outcome)
	}
}
