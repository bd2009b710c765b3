package asltest

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

// Invocation is one attempt of a Task state, as scripts see it.
type Invocation struct {
	State    string // the state's name
	Resource string // the state's Resource, as written
	Attempt  int    // 1 for the first attempt, 2 for the first retry
	Item     int    // index of the innermost Map iteration or child of a Map Run; -1 outside of a Map
	Input    any    // the evaluated Parameters or Arguments, a value of package value
	Token    string // the task token
}

// Script answers tasks. Make one with [On], [OnResource] or [OnAny]. Narrow it down
// with [Script.Attempt], [Script.Item], [Script.Input] or [Script.Where]. Then give
// the answers, in order:
//
//	asltest.On("Charge").Throw("Busy", "later").Times(2).Then().Return(`{"ok": true}`)
//
// Each answer is for one task, except the last one, which is for all that follow.
// [Script.Times] changes that. If several scripts match a task, the first one that
// has an answer left gives it. A script may be shared by runs: each run counts
// separately.
type Script struct {
	state      string
	resource   string // a pattern
	conditions []condition
	answers    []answer
	origin     string
	problem    string // a mistake in the script itself
	next       modifiers
}

type condition struct {
	label string
	holds func(Invocation) bool
}

// answer is the answer to one task, or to several in a row.
type answer struct {
	modifiers
	label  string
	times  int // 0: Times was not called
	result func(context.Context, Invocation) (any, *thrown)
	calls  bool // result is a function of the test's
	hangs  bool
}

// modifiers are the parts of a script that apply to the answer after them.
type modifiers struct {
	after  time.Duration
	beat   time.Duration // 0: no heartbeats
	submit any
	worker string
}

// thrown is an error that a task fails with.
type thrown struct{ name, cause string }

// On returns a script for the Task state of this name.
func On(state string) *Script { return &Script{state: state, origin: callerPosition()} }

// OnResource returns a script for all Task states whose Resource matches the
// pattern. A * matches any number of characters.
func OnResource(pattern string) *Script { return &Script{resource: pattern, origin: callerPosition()} }

// OnAny returns a script for all Task states. Put it after more specific scripts.
func OnAny() *Script { return &Script{resource: "*", origin: callerPosition()} }

func (s *Script) apply(c *config) { c.scripts = append(c.scripts, s) }

func (s *Script) addCondition(fits func(Invocation) bool, format string, args ...any) *Script {
	s.conditions = append(s.conditions, condition{fmt.Sprintf(format, args...), fits})
	return s
}

// Attempt limits the script to one attempt of a state: 1 is the first call, 2 the
// first retry.
func (s *Script) Attempt(n int) *Script {
	if n < 1 {
		s.problem = fmt.Sprintf("Attempt(%d): the first attempt is 1", n)
	}
	return s.addCondition(func(i Invocation) bool { return i.Attempt == n }, ".Attempt(%d)", n)
}

// Item limits the script to the Map iteration of this index, counted from 0, or to this
// child of a Map Run: with an ItemBatcher, that is a batch.
func (s *Script) Item(index int) *Script {
	return s.addCondition(func(i Invocation) bool { return i.Item == index }, ".Item(%d)", index)
}

// Input limits the script to tasks with this input: JSON in a string or []byte, or
// any other Go value.
func (s *Script) Input(want any) *Script {
	v, err := toValue(want)
	if err != nil {
		s.problem = "Input: " + err.Error()
	}
	return s.addCondition(func(i Invocation) bool { return value.Equal(i.Input, v) }, ".Input(%s)", shortJSON(v))
}

// Where limits the script to tasks for which fits returns true.
func (s *Script) Where(fits func(Invocation) bool) *Script {
	return s.addCondition(fits, ".Where(...)")
}

// longestDelay keeps the times of a run within those that nanoseconds can hold.
const longestDelay = 100 * 365 * 24 * time.Hour

// After delays the next answer by d of virtual time, at most 100 years.
func (s *Script) After(d time.Duration) *Script {
	if d < 0 || d > longestDelay {
		s.problem = fmt.Sprintf("After(%s): a delay is from 0 to %s", d, longestDelay)
		return s
	}
	s.next.after = d
	return s
}

// Heartbeat makes the task send a heartbeat every d of virtual time until its next
// answer comes.
func (s *Script) Heartbeat(d time.Duration) *Script {
	if d <= 0 || d > longestDelay {
		s.problem = fmt.Sprintf("Heartbeat(%s): the time between heartbeats is more than 0 and at most %s", d, longestDelay)
		return s
	}
	s.next.beat = d
	return s
}

// Submit sets the response of the call itself for a .sync or .waitForTaskToken
// task, which comes before the next answer. The default is {}.
func (s *Script) Submit(output any) *Script {
	v, err := toValue(output)
	if err != nil {
		s.problem = "Submit: " + err.Error()
	}
	s.next.submit = v
	return s
}

// Worker sets the name of the worker that takes an activity.
func (s *Script) Worker(name string) *Script {
	s.next.worker = name
	return s
}

func (s *Script) addAnswer(a answer, format string, args ...any) *Script {
	a.modifiers, s.next = s.next, modifiers{}
	a.label = fmt.Sprintf(format, args...)
	if a.after > 0 {
		a.label = fmt.Sprintf("After(%s).%s", a.after, a.label)
	}
	s.answers = append(s.answers, a)
	return s
}

// Return makes the task succeed with an output: JSON in a string or []byte, or any
// other Go value.
func (s *Script) Return(output any) *Script {
	v, err := toValue(output)
	if err != nil {
		s.problem = "Return: " + err.Error()
	}
	return s.addAnswer(answer{result: func(context.Context, Invocation) (any, *thrown) { return v, nil }}, "Return(%s)", shortJSON(v))
}

// Throw makes the task fail with an ASL error.
func (s *Script) Throw(name, cause string) *Script {
	return s.addAnswer(answer{result: func(context.Context, Invocation) (any, *thrown) { return nil, &thrown{name, cause} }}, "Throw(%q, %q)", name, cause)
}

// Hang makes the task never answer. Its timeout ends it.
func (s *Script) Hang() *Script { return s.addAnswer(answer{hangs: true}, "Hang()") }

// Panic makes the task fail like a handler that panics: with States.TaskFailed.
func (s *Script) Panic(v any) *Script {
	return s.addAnswer(answer{result: func(context.Context, Invocation) (any, *thrown) { return nil, thrownByPanic(v) }}, "Panic(%v)", v)
}

// Callback is After and Return, for tasks that wait for a token.
func (s *Script) Callback(after time.Duration, output any) *Script {
	return s.After(after).Return(output)
}

// Call makes a Go function answer the task. It must have the form
//
//	func([context.Context,] [Invocation | T]) ([R,] [error])
//
// T is any type that the task's input can be decoded into. An error that is an
// asl.Error fails the task under its name. Any other error, and a panic, fails it
// with States.TaskFailed.
//
// The function is called once for each task, when the task starts. With a [Seed] it
// is called at any time until the task answers, so that functions which share data
// run in any order, and are interrupted where they call [Pause]. A task that times out or
// is canceled may then call its function later, with a context that has ended, or never,
// as a handler may that nobody waits for.
func (s *Script) Call(f any) *Script {
	call, err := adaptFunction(f)
	if err != nil {
		s.problem = "Call: " + err.Error()
	}
	return s.addAnswer(answer{result: call, calls: true}, "Call(%T)", f)
}

// Times makes the last answer apply to n tasks in a row.
func (s *Script) Times(n int) *Script {
	if len(s.answers) == 0 || n < 1 {
		s.problem = fmt.Sprintf("Times(%d) must follow an answer, and n must be at least 1", n)
		return s
	}
	s.answers[len(s.answers)-1].times = n
	return s
}

// Then does nothing. It separates two answers for the reader.
func (s *Script) Then() *Script { return s }

// String returns the script as Go code, without its answers.
func (s *Script) String() string {
	var b strings.Builder
	switch {
	case s.state != "":
		fmt.Fprintf(&b, "On(%q)", s.state)
	case s.resource == "*":
		b.WriteString("OnAny()")
	default:
		fmt.Fprintf(&b, "OnResource(%q)", s.resource)
	}
	for _, m := range s.conditions {
		b.WriteString(m.label)
	}
	return b.String()
}

func (s *Script) matchesTask(i Invocation) bool {
	if s.state != "" && s.state != i.State || s.state == "" && !matchesResource(s.resource, i.Resource) {
		return false
	}
	for _, m := range s.conditions {
		if !m.holds(i) {
			return false
		}
	}
	return true
}

// answerLimit returns how many tasks answer n is for, or -1 for any number.
func (s *Script) answerLimit(n int) int {
	switch a := &s.answers[n]; {
	case a.times > 0:
		return a.times
	case n == len(s.answers)-1:
		return -1
	}
	return 1
}

// matchesResource reports whether a Resource matches a pattern of an
// interpreter.Mux.
func matchesResource(pattern, resource string) bool {
	_, ok := interpreter.Mux{pattern: nil}.Resolve("", resource)
	return ok
}

// callerPosition returns the file and line outside of this package that called it.
func callerPosition() string { return positionOf(callerFrame()) }

func positionOf(f runtime.Frame) string {
	if f.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
}

// callerFrame returns the call from outside of this package, or a zero frame.
func callerFrame() runtime.Frame {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if f.Function == "runtime.goexit" { // the start of a goroutine of this package
			return runtime.Frame{}
		}
		if !strings.Contains(f.Function, "/interpreter/asltest.") || strings.HasSuffix(f.File, "_test.go") {
			return f
		}
		if !more {
			return runtime.Frame{}
		}
	}
}

// inTest matches functions of tests and those within them. They are no helpers.
var inTest = regexp.MustCompile(`[^/.]\.(?:Test|Benchmark|Fuzz)[^/]*$`)

// cutPosition removes the position of the call of this package from lines that begin with
// it: the testing package prints it.
func cutPosition(lines string) string {
	f := callerFrame()
	if !inTest.MatchString(f.Function) {
		return lines
	}
	all := strings.Split(lines, "\n")
	for i := range all {
		all[i] = strings.TrimPrefix(all[i], positionOf(f)+": ")
	}
	return strings.Join(all, "\n")
}
