package conformance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/value"
)

// localMocking is a mock configuration of Step Functions Local that must also
// produce the recorded history, in package interpreter.
type localMocking struct {
	config            []byte
	machine, testCase string
	// omit holds the members that a mock does not return, such as
	// SdkHttpMetadata: of any object or, with a dot in the name, of one kind of
	// object only.
	omit map[string]bool
}

// patience limits a run of the driver, which takes no time under its clock.
const patience = 30 * time.Second

func readLocalMocking(o *value.Object) *localMocking {
	given := objectOf(o, "localMocking")
	if textOf(given, "testCase") == "" {
		return nil
	}
	l := &localMocking{
		config:   value.Append(nil, memberOf(given, "mockConfig")),
		machine:  textOf(given, "stateMachineName"),
		testCase: textOf(given, "testCase"),
		omit:     make(map[string]bool),
	}
	for _, v := range listOf(o, "localstackSkips") {
		path, _ := v.(string)
		if name := path[strings.LastIndex(path, "..")+len(".."):]; path != "$..events" {
			l.omit[name] = true
		}
	}
	return l
}

// checkFile runs the scenario with the mocks and compares its history. Mocks
// have their own order of keys, so the order is not compared.
func (l *localMocking) checkFile(c *Case, s *scenario) []string {
	got, err := l.runCase(s)
	if err != nil {
		return []string{"local mocking: " + err.Error()}
	}
	m := newMatcher(c)
	m.anyKeyOrder = true
	h := comparison{matcher: m, want: l.pruneEvents(s.events), got: l.pruneEvents(got)}
	var problems []string
	for _, p := range h.compareEvents(s) {
		problems = append(problems, "local mocking: "+p)
	}
	return problems
}

func (l *localMocking) runCase(s *scenario) ([]*value.Object, error) {
	file, err := mock.ParseFile(l.config)
	if err != nil {
		return nil, err
	}
	tasks, err := file.Case(l.machine, l.testCase)
	if err != nil {
		return nil, err
	}
	program, err := s.compileScenario()
	if err != nil {
		return nil, err
	}
	var t trace
	in := interpreter.New(interpreter.Config{
		Resolver: tasks,
		Clock:    interpreter.NewVirtualClock(s.clock),
		Workers:  1,
		History: history.SinkFunc(func(_ string, events []history.Event) error {
			for i := range events {
				t.lines = append(t.lines, events[i].AppendJSON(nil))
			}
			return nil
		}),
	})
	defer in.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := in.Start(ctx, program, s.input, interpreter.StartOptions{Name: s.context.executionArn})
	if err != nil {
		return nil, err
	}
	if err := e.Wait(ctx); e.Status() == interpreter.Running {
		return nil, fmt.Errorf("the execution did not end: %w", err)
	}
	return t.events()
}

// pruneEvents removes the members from the events that a mock does not return.
func (l *localMocking) pruneEvents(events []*value.Object) []*value.Object {
	all := make([]*value.Object, len(events))
	for i, e := range events {
		all[i] = l.pruneMembers("", e).(*value.Object)
	}
	return all
}

// pruneMembers removes the members to omit from a value. It parses JSON of
// objects on the way.
func (l *localMocking) pruneMembers(name string, v any) any {
	switch v := v.(type) {
	case string:
		if o, ok := containerIn(v); ok {
			return value.String(l.pruneMembers(name, o))
		}
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = l.pruneMembers(name, v[i])
		}
		return all
	case *value.Object:
		o := value.NewObject(v.Len())
		for key, member := range v.All() {
			if !l.omit[key] && !l.omit[name+"."+key] {
				o.Set(key, l.pruneMembers(key, member))
			}
		}
		return o
	}
	return v
}
