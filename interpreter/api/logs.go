package api

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/value"
)

// started is what the server knows of an execution that runs. After a restart it knows
// less.
type started struct {
	revision *registry.Revision
	tags     map[string]string
	redrives int
	begun    bool          // it has events
	decided  chan struct{} // closed when it has begun, or does not start; nil: it had begun already

	tasks      *mock.Tasks // of its test case; nil: none, or not known. Under the follower's lock
	tasksKnown bool        // of a child of a Map Run. Under the follower's lock
}

// follower is a sink that logs events and announces statuses.
type follower struct {
	server *Server
	mu     sync.Mutex
	known  map[string]*started // by ARN of the execution
	parent map[string]string   // ARNs of executions by those of their Map Runs
}

// mostMapRuns is how many Map Runs are found without a search.
const mostMapRuns = 10_000

func (f *follower) keepMapRun(arn, execution string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.parent == nil || len(f.parent) >= mostMapRuns {
		f.parent = map[string]string{}
	}
	f.parent[arn] = execution
}

func (f *follower) parentOf(mapRun string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.parent[mapRun]
}

// expect says what is going to start. It waits while another execution of the name
// starts: if that one fails, what is known of it must not be taken for this one.
func (f *follower) expect(ctx context.Context, arn string, s *started) error {
	s.decided = make(chan struct{})
	for {
		f.mu.Lock()
		if f.known == nil {
			f.known = map[string]*started{}
		}
		other := f.known[arn]
		if other == nil {
			f.known[arn] = s
		}
		f.mu.Unlock()
		if other == nil || other.decided == nil {
			return nil
		}
		select {
		case <-other.decided:
		case <-ctx.Done():
			return ctx.Err()
		}
		if f.lookup(arn) == other { // it runs
			return nil
		}
	}
}

// forgetUnstarted forgets an execution that has not started, as far as is known.
func (f *follower) forgetUnstarted(arn string, s *started) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known[arn] == s && !s.begun {
		delete(f.known, arn)
		close(s.decided)
	}
}

func (f *follower) forget(arn string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known, arn)
}

func (f *follower) lookup(arn string) *started {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[arn]
}

// find returns what is known of an execution that has begun.
func (f *follower) find(arn string) *started {
	s := f.lookup(arn)
	if s == nil {
		s = f.server.recall(arn)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if other := f.known[arn]; other != nil {
		s = other
	} else {
		if f.known == nil {
			f.known = map[string]*started{}
		}
		f.known[arn] = s
	}
	if !s.begun && s.decided != nil {
		close(s.decided)
	}
	s.begun = true
	return s
}

// recall returns what is stored of an execution that this process has not seen start. If
// that does not say which revision it runs, it is that of the machine.
func (s *Server) recall(arn string) *started {
	x := &started{}
	r, err := parseArn(arn, kindExecution, kindExpress)
	if err != nil {
		return x
	}
	machine, _, _ := strings.Cut(r.machineArn(), "/")
	m, err := s.records.Machine(machine)
	if err != nil {
		return x
	}
	number := m.Current
	if (s.config.Logs != nil || s.config.Events != nil) && !r.isLabeled() {
		if st, err := s.loadExecution(context.Background(), arn); err == nil {
			x.tags = st.Head.Tags
			if n, err := strconv.Atoi(x.tags[tagRevision]); err == nil {
				number = n
			}
		}
	}
	x.revision = s.records.Revision(m.Arn, number)
	return x
}

// Record logs events. A function of the host that fails does not halt the execution.
func (f *follower) Record(execution string, events []history.Event) error {
	s := f.find(execution)
	for i := range events {
		e := &events[i]
		if e.Type == history.MapRunStarted {
			f.keepMapRun(e.Name, execution)
		}
		if e.Type == history.ExecutionRedriven {
			s.redrives = int(e.Index)
		}
		if s.revision != nil && f.server.config.Logs != nil {
			f.server.logEvent(execution, s, e)
		}
		if e.Type == history.ExecutionStarted || e.Type == history.ExecutionRedriven {
			f.server.announceRunning(execution, s, e)
		}
		if isEnd(e.Type) {
			f.forget(execution)
		}
	}
	f.server.watchers.wake(execution)
	return nil
}

var fatal = []history.Type{history.ExecutionFailed, history.ExecutionAborted, history.ExecutionTimedOut}

func isEnd(t history.Type) bool { return t == history.ExecutionSucceeded || slices.Contains(fatal, t) }

// isLogged reports whether a level logs an event.
func isLogged(level string, t history.Type) bool {
	switch level {
	case "ALL":
		return true
	case "ERROR":
		name := t.String()
		return t == history.FailStateEntered || strings.HasSuffix(name, "Failed") || strings.HasSuffix(name, "TimedOut") || strings.HasSuffix(name, "Aborted")
	case "FATAL":
		return slices.Contains(fatal, t)
	}
	return false
}

// logEvent writes the message that AWS writes to CloudWatch Logs for an event.
func (s *Server) logEvent(execution string, x *started, e *history.Event) {
	l := x.revision.Logging
	if len(l.LogGroups) == 0 || !isLogged(l.Level, e.Type) {
		return
	}
	shown := *e
	if !l.IncludeData {
		shown = e.WithoutData()
	}
	message := value.Append(nil, value.ObjectOf(
		value.Member{Key: "details", Value: detailsOf(&shown)},
		value.Member{Key: "redrive_count", Value: strconv.Itoa(x.redrives)},
		value.Member{Key: "id", Value: strconv.FormatUint(uint64(e.ID), 10)},
		value.Member{Key: "type", Value: e.Type.String()},
		value.Member{Key: "previous_event_id", Value: strconv.FormatUint(uint64(e.Previous), 10)},
		value.Member{Key: "event_timestamp", Value: strconv.FormatInt(e.Time().UnixMilli(), 10)},
		value.Member{Key: "execution_arn", Value: execution}))
	s.guard("Config.Logs", func() { s.config.Logs(l.LogGroups[0], message) })
}

// detailsOf returns the object with the details of an event, in the order of names as
// AWS logs them.
func detailsOf(e *history.Event) any {
	parsed, err := value.Parse(e.AppendJSON(nil))
	if o, ok := parsed.(*value.Object); ok && err == nil {
		for name, v := range o.All() {
			if strings.HasSuffix(name, "EventDetails") {
				return sortMembers(v)
			}
		}
	}
	return value.NewObject(0)
}

func sortMembers(v any) any {
	o, ok := v.(*value.Object)
	if !ok {
		return v
	}
	members := make([]value.Member, 0, o.Len())
	for name, v := range o.All() {
		members = append(members, value.Member{Key: name, Value: v})
	}
	slices.SortFunc(members, func(a, b value.Member) int { return strings.Compare(a.Key, b.Key) })
	return value.ObjectOf(members...)
}

// guard calls a function of the host.
func (s *Server) guard(name string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.log(slog.LevelWarn, "api: "+name+" panicked", slog.Any("panic", p))
		}
	}()
	f()
}
