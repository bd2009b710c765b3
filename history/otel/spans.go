package otel

import (
	"context"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/recent"
)

const scope = "github.com/gostates/gostates/history/otel"

// Attributes of spans.
const (
	ExecutionKey = attribute.Key("aws.states.execution")
	StateKey     = attribute.Key("aws.states.state")
	StateTypeKey = attribute.Key("aws.states.state.type")
	ResourceKey  = attribute.Key("aws.states.resource")
	ErrorKey     = attribute.Key("error.type")
)

// Spans returns a sink that makes spans of executions. They have no inputs and
// outputs, but errors with their causes, which may quote them. Executions may go on
// elsewhere and never end here: it remembers the 100,000 that it last received
// events of, and ends the spans of the others with their last event.
func Spans(p trace.TracerProvider) history.Sink { return newSpans(p, maxExecutions) }

func newSpans(p trace.TracerProvider, executions int) *spans {
	return &spans{tracer: p.Tracer(scope), executions: recent.NewMap[*execution](executions)}
}

const maxExecutions = 100_000

type spans struct {
	tracer     trace.Tracer
	mu         sync.Mutex
	executions *recent.Map[*execution] // that run
}

// execution is one that runs.
type execution struct {
	spans *spans
	mu    sync.Mutex // for the fields below
	last  time.Time  // of its events
	root  *node
	at    map[uint32]*node // by event: where it happened
	ended map[uint32]bool  // events that left their state
}

// node is the execution itself or a state that was entered.
type node struct {
	parent *node
	name   string
	kind   string
	ctx    context.Context
	span   trace.Span
	task   trace.Span // nil: none runs
	open   []*node
}

// Record makes the spans of the events.
func (s *spans) Record(name string, events []history.Event) error {
	if len(events) == 0 {
		return nil
	}
	s.mu.Lock()
	x, ok := s.executions.Get(name)
	if !ok {
		x = s.beginExecution(name, events[0].Time())
	}
	forgotten := s.executions.Put(name, x)
	s.mu.Unlock()
	for _, old := range forgotten {
		old.mu.Lock()
		old.root.endNode(old.last)
		old.mu.Unlock()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range events {
		x.last = events[i].Time()
		if x.traceEvent(&events[i]) {
			s.mu.Lock()
			s.executions.Delete(name)
			s.mu.Unlock()
		}
	}
	return nil
}

func (s *spans) beginExecution(name string, at time.Time) *execution {
	ctx, span := s.tracer.Start(context.Background(), "execution", trace.WithTimestamp(at),
		trace.WithNewRoot(), trace.WithAttributes(ExecutionKey.String(name)))
	return &execution{
		spans: s,
		root:  &node{ctx: ctx, span: span},
		at:    make(map[uint32]*node),
		ended: make(map[uint32]bool),
	}
}

// event takes one event. It reports whether it was the last.
func (x *execution) traceEvent(e *history.Event) (last bool) {
	n := x.at[e.Previous]
	if n == nil {
		n = x.root
	}
	name := e.Type.String()
	switch {
	case strings.HasSuffix(name, "StateEntered"):
		n = x.enterState(n, e, strings.TrimSuffix(name, "StateEntered"))
	case strings.HasSuffix(name, "StateExited"):
		n = n.nodeNamed(e.Name)
		n.endNode(e.Time())
		x.ended[e.ID] = true
	case strings.HasPrefix(name, "MapIteration"):
		n = n.nodeNamed(e.Name)
	case strings.HasPrefix(name, "ParallelState"):
		n = n.ofKind("Parallel")
	case strings.HasPrefix(name, "MapState"):
		n = n.ofKind("Map")
	case strings.HasPrefix(name, "Execution"):
		return x.endExecution(e, name)
	default:
		x.traceTask(n, e, name)
	}
	x.at[e.ID] = n
	return false
}

// enter begins a state: after another one, beside it; else in the one that started
// the branch or iteration.
func (x *execution) enterState(n *node, e *history.Event, kind string) *node {
	if x.ended[e.Previous] && n.parent != nil {
		n = n.parent
	}
	child := &node{parent: n, name: e.Name, kind: kind}
	child.ctx, child.span = x.spans.tracer.Start(n.ctx, e.Name, trace.WithTimestamp(e.Time()),
		trace.WithAttributes(StateKey.String(e.Name), StateTypeKey.String(kind)))
	n.open = append(n.open, child)
	return child
}

// named is the innermost state of a name around a node.
func (n *node) nodeNamed(name string) *node {
	return n.nodeAround(func(m *node) bool { return m.name == name })
}

func (n *node) ofKind(kind string) *node {
	return n.nodeAround(func(m *node) bool { return m.kind == kind })
}

func (n *node) nodeAround(is func(*node) bool) *node {
	for m := n; m != nil; m = m.parent {
		if is(m) {
			return m
		}
	}
	return n
}

// end ends a state, with all that is open in it.
func (n *node) endNode(at time.Time) {
	for len(n.open) > 0 {
		n.open[0].endNode(at)
	}
	if n.task != nil {
		n.task.End(trace.WithTimestamp(at))
		n.task = nil
	}
	n.span.End(trace.WithTimestamp(at))
	if n.parent == nil {
		return
	}
	for i, sibling := range n.parent.open {
		if sibling == n {
			n.parent.open = append(n.parent.open[:i], n.parent.open[i+1:]...)
			return
		}
	}
}

// task takes an event of a task: a span for each attempt.
func (x *execution) traceTask(n *node, e *history.Event, name string) {
	switch {
	case strings.HasSuffix(name, "Scheduled"):
		var resource string
		if s, ok := e.Detail.(*history.Scheduled); ok && s.Resource != nil {
			resource = s.ARN
			if s.ResourceType != "" {
				resource = s.ResourceType + ":" + s.Resource.Resource
			}
		}
		_, n.task = x.spans.tracer.Start(n.ctx, "task "+n.name, trace.WithTimestamp(e.Time()),
			trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(ResourceKey.String(resource)))
	case n.task == nil:
	case strings.HasSuffix(name, "Started"), strings.HasSuffix(name, "Submitted"):
		n.task.AddEvent(name, trace.WithTimestamp(e.Time()))
	case strings.HasSuffix(name, "Succeeded"), strings.HasSuffix(name, "Failed"), strings.HasSuffix(name, "TimedOut"):
		setError(n.task, e)
		n.task.End(trace.WithTimestamp(e.Time()))
		n.task = nil
	}
}

// finish ends an execution. It reports whether the event does that.
func (x *execution) endExecution(e *history.Event, name string) bool {
	switch e.Type {
	case history.ExecutionSucceeded:
	case history.ExecutionFailed, history.ExecutionAborted, history.ExecutionTimedOut:
		if !setError(x.root.span, e) {
			x.root.span.SetStatus(codes.Error, name)
		}
	default:
		return false
	}
	x.root.endNode(e.Time())
	return true
}

// failed marks a span with an event's error, if it has one.
func setError(span trace.Span, e *history.Event) bool {
	f, ok := e.Detail.(*history.Failure)
	if !ok || f == nil || f.Error == nil {
		return false
	}
	cause := ""
	if f.Cause != nil {
		cause = *f.Cause
	}
	span.SetAttributes(ErrorKey.String(*f.Error))
	span.SetStatus(codes.Error, strings.TrimSuffix(*f.Error+": "+cause, ": "))
	return true
}
