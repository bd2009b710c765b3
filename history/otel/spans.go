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
	"github.com/gostates/gostates/history/internal/recent"
)

const scope = "github.com/gostates/gostates/history/otel"

// Attribute keys of spans and metrics. The values of those of metrics are bounded by the
// definitions.
const (
	MachineKey   = attribute.Key("aws.states.machine")
	AttemptKey   = attribute.Key("aws.states.attempt") // from 0 to history.MaxAttempt
	ExecutionKey = attribute.Key("aws.states.execution")
	StateKey     = attribute.Key("aws.states.state")
	StateTypeKey = attribute.Key("aws.states.state.type")
	ResourceKey  = attribute.Key("aws.states.resource")
	ErrorKey     = attribute.Key("error.type")
)

// Spans returns a sink that makes spans of executions. It is safe for
// concurrent use. Spans contain no data of executions: of errors they have the
// names, and causes only with [WithCauses]. The sink remembers the
// 100,000 executions that were active last, because executions may continue
// elsewhere and never end here. The spans of a forgotten execution end with its
// last event.
func Spans(p trace.TracerProvider, options ...SpansOption) history.Sink {
	return newSpans(p, maxExecutions, options...)
}

// SpansOption is an option of [Spans].
type SpansOption func(*spans)

// WithCauses also writes the causes of errors to the status of spans. Causes may
// quote inputs and outputs.
func WithCauses() SpansOption { return func(s *spans) { s.causes = true } }

func newSpans(p trace.TracerProvider, executions int, options ...SpansOption) *spans {
	s := &spans{tracer: p.Tracer(scope), executions: recent.NewMap[*execution](executions)}
	for _, set := range options {
		set(s)
	}
	return s
}

const maxExecutions = 100_000

type spans struct {
	tracer     trace.Tracer
	causes     bool
	mu         sync.Mutex
	executions *recent.Map[*execution] // that are running
}

// execution is a running execution.
type execution struct {
	spans *spans
	mu    sync.Mutex // protects the fields below
	last  time.Time  // time of the last event
	root  *node
	at    map[uint32]*node // event id -> where it happened
	ended map[uint32]bool  // ids of events that left their state
}

// node is the execution itself or a state that was entered.
type node struct {
	parent *node
	name   string
	kind   string
	ctx    context.Context
	span   trace.Span
	task   trace.Span // nil if none is running
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

// traceEvent processes one event. It reports whether that ended the execution.
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

// enterState starts the span of a state. The parent is that of the state before
// it, or the state that started the branch or iteration.
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

// nodeNamed returns the innermost state of this name around n.
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

// endNode ends a state and everything that is open in it.
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

// traceTask processes an event of a task. Each attempt has a span.
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
		x.spans.setError(n.task, e)
		n.task.End(trace.WithTimestamp(e.Time()))
		n.task = nil
	}
}

// endExecution ends the execution if the event does so, and reports whether it
// does.
func (x *execution) endExecution(e *history.Event, name string) bool {
	switch e.Type {
	case history.ExecutionSucceeded:
	case history.ExecutionFailed, history.ExecutionAborted, history.ExecutionTimedOut:
		if !x.spans.setError(x.root.span, e) {
			x.root.span.SetStatus(codes.Error, name)
		}
	default:
		return false
	}
	x.root.endNode(e.Time())
	return true
}

// setError sets the error of an event on a span. It reports whether there is
// one.
func (s *spans) setError(span trace.Span, e *history.Event) bool {
	f, ok := e.Detail.(*history.Failure)
	if !ok || f == nil || f.Error == nil {
		return false
	}
	cause := ""
	if f.Cause != nil && s.causes {
		cause = *f.Cause
	}
	span.SetAttributes(ErrorKey.String(*f.Error))
	span.SetStatus(codes.Error, strings.TrimSuffix(*f.Error+": "+cause, ": "))
	return true
}
