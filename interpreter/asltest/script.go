package asltest

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Invocation is one attempt of a Task state: what a script sees of it.
type Invocation struct {
	State    string
	Resource string
	Attempt  int // 1, then 1 more for each retry
	Item     int // the index of the innermost Map iteration; -1 outside
	Input    any // Parameters or Arguments, evaluated: a value of package value
	Token    string
}

// Script answers tasks. Make one with [On], [OnResource] or [OnAny], narrow it
// down with [Script.Attempt], [Script.Item], [Script.Input] or [Script.Where],
// and then say what the tasks answer, in order:
//
//	asltest.On("Charge").Throw("Busy", "later").Times(2).Then().Return(`{"ok": true}`)
//
// An answer is for one task; the last one is for all that follow. Times changes
// both. Of several scripts that fit a task, the first that has an answer left
// gives it. A script may be used by any number of runs: each counts for itself.
type Script struct {
	state    string
	resource string // a pattern
	matches  []match
	answers  []answer
	origin   string
	problem  string // a mistake in the script itself
	next     modifiers
}

type match struct {
	text string
	fits func(Invocation) bool
}

// answer is what one task, or several in a row, are told.
type answer struct {
	modifiers
	text  string
	times int // 0: not said
	give  func(Invocation) (any, *thrown)
	calls bool // give is a function of the test
	hangs bool
}

// modifiers are said before the answer that they belong to.
type modifiers struct {
	after  time.Duration
	beat   time.Duration // 0: no heartbeats
	submit any
	worker string
}

// thrown is an error that a task fails with.
type thrown struct{ name, cause string }

// On scripts the Task state of this name.
func On(state string) *Script { return &Script{state: state, origin: caller()} }

// OnResource scripts all Task states with this Resource. A * stands for any
// text.
func OnResource(pattern string) *Script { return &Script{resource: pattern, origin: caller()} }

// OnAny scripts all Task states. It stands last, for what other scripts leave.
func OnAny() *Script { return &Script{resource: "*", origin: caller()} }

func (s *Script) apply(c *config) { c.scripts = append(c.scripts, s) }

func (s *Script) where(fits func(Invocation) bool, format string, args ...any) *Script {
	s.matches = append(s.matches, match{fmt.Sprintf(format, args...), fits})
	return s
}

// Attempt narrows the script down to the attempt of this number: 1 is the first
// call of a state, 2 its first retry.
func (s *Script) Attempt(n int) *Script {
	if n < 1 {
		s.problem = fmt.Sprintf("Attempt(%d): the first attempt is number 1", n)
	}
	return s.where(func(i Invocation) bool { return i.Attempt == n }, ".Attempt(%d)", n)
}

// Item narrows the script down to the Map iteration of this index, from 0.
func (s *Script) Item(index int) *Script {
	return s.where(func(i Invocation) bool { return i.Item == index }, ".Item(%d)", index)
}

// Input narrows the script down to tasks whose input is this value: JSON text,
// or a Go value.
func (s *Script) Input(want any) *Script {
	v, err := toValue(want)
	if err != nil {
		s.problem = "Input: " + err.Error()
	}
	return s.where(func(i Invocation) bool { return value.Equal(i.Input, v) }, ".Input(%s)", short(v))
}

// Where narrows the script down to the tasks for which fits is true.
func (s *Script) Where(fits func(Invocation) bool) *Script { return s.where(fits, ".Where(...)") }

// After makes the next answer come so much later, in virtual time.
func (s *Script) After(d time.Duration) *Script {
	s.next.after = d
	return s
}

// Heartbeat makes the task send a heartbeat each d until its answer comes.
func (s *Script) Heartbeat(d time.Duration) *Script {
	s.next.beat = d
	return s
}

// Submit is what the call itself answers of a .sync or .waitForTaskToken task,
// before the task's result; without it {}.
func (s *Script) Submit(output any) *Script {
	v, err := toValue(output)
	if err != nil {
		s.problem = "Submit: " + err.Error()
	}
	s.next.submit = v
	return s
}

// Worker is the name of the worker that takes an activity.
func (s *Script) Worker(name string) *Script {
	s.next.worker = name
	return s
}

func (s *Script) answer(a answer, format string, args ...any) *Script {
	a.modifiers, s.next = s.next, modifiers{}
	a.text = fmt.Sprintf(format, args...)
	if a.after > 0 {
		a.text = fmt.Sprintf("After(%s).%s", a.after, a.text)
	}
	s.answers = append(s.answers, a)
	return s
}

// Return makes the task succeed with a value: JSON text as a string or []byte,
// or any other Go value.
func (s *Script) Return(output any) *Script {
	v, err := toValue(output)
	if err != nil {
		s.problem = "Return: " + err.Error()
	}
	return s.answer(answer{give: func(Invocation) (any, *thrown) { return v, nil }}, "Return(%s)", short(v))
}

// Throw makes the task fail with an ASL error.
func (s *Script) Throw(name, cause string) *Script {
	return s.answer(answer{give: func(Invocation) (any, *thrown) { return nil, &thrown{name, cause} }}, "Throw(%q, %q)", name, cause)
}

// Hang makes the task never answer: it ends by its timeout.
func (s *Script) Hang() *Script { return s.answer(answer{hangs: true}, "Hang()") }

// Panic makes the task fail as a handler does that panics: States.TaskFailed.
func (s *Script) Panic(v any) *Script {
	return s.answer(answer{give: func(Invocation) (any, *thrown) { return nil, panicked(v) }}, "Panic(%v)", v)
}

// Callback makes the task's token be answered with a value after a time. It is
// After and Return.
func (s *Script) Callback(after time.Duration, output any) *Script {
	return s.After(after).Return(output)
}

// Call makes the task's answer the result of a Go function. It has the form
//
//	func([context.Context,] [Invocation | T]) ([R,] [error])
//
// T is any type that the input decodes into. An error that is an asl.Error fails
// the task by its name, any other, and a panic, as States.TaskFailed.
//
// The function is called once for each task: when the task starts, but with a
// [Seed] at any time until it answers, so that functions that share something
// meet in any order. With a Seed, that of a task which times out or is canceled
// before may be called later, or never, as a handler that nobody waits for.
func (s *Script) Call(f any) *Script {
	call, err := function(f)
	if err != nil {
		s.problem = "Call: " + err.Error()
	}
	return s.answer(answer{give: call, calls: true}, "Call(%T)", f)
}

// Times says how many tasks in a row the last answer is for.
func (s *Script) Times(n int) *Script {
	if len(s.answers) == 0 || n < 1 {
		s.problem = fmt.Sprintf("Times(%d) has to follow an answer, and be 1 or more", n)
		return s
	}
	s.answers[len(s.answers)-1].times = n
	return s
}

// Then separates two answers, for the reader.
func (s *Script) Then() *Script { return s }

// String returns the script as it is written, without its answers.
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
	for _, m := range s.matches {
		b.WriteString(m.text)
	}
	return b.String()
}

func (s *Script) fits(i Invocation) bool {
	if s.state != "" && s.state != i.State || s.state == "" && !matches(s.resource, i.Resource) {
		return false
	}
	for _, m := range s.matches {
		if !m.fits(i) {
			return false
		}
	}
	return true
}

// limit is how many tasks answer n is for; -1: any number.
func (s *Script) limit(n int) int {
	switch a := &s.answers[n]; {
	case a.times > 0:
		return a.times
	case n == len(s.answers)-1:
		return -1
	}
	return 1
}

// play is how far one run has come in a script.
type play struct {
	*Script
	at, used int // the answer, and how many tasks it was given to
	calls    int
}

// take returns the answer to a task, nil if none is left.
func (p *play) take() *answer {
	for p.at < len(p.answers) {
		if n := p.limit(p.at); n < 0 || p.used < n {
			p.used++
			p.calls++
			return &p.answers[p.at]
		}
		p.at, p.used = p.at+1, 0
	}
	return nil
}

// unused says what of the script no task was told, or "".
func (p *play) unused() string {
	if p.calls == 0 {
		return fmt.Sprintf("%s was never used", p)
	}
	used := p.used
	for n := p.at; n < len(p.answers); n++ {
		limit := max(p.limit(n), 1)
		if used < limit {
			return fmt.Sprintf("%s: answer %d, %s, was used %d of %d times", p, n+1, p.answers[n].text, used, limit)
		}
		used = 0
	}
	return ""
}

// matches reports whether a resource fits a name as a Mux has it, perhaps with
// stars.
func matches(pattern, text string) bool {
	_, ok := interpreter.Mux{pattern: nil}.Resolve("", text)
	return ok
}

// caller is the place in the user's file that called an exported function of
// this package.
func caller() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.Contains(f.Function, "/interpreter/asltest.") || strings.HasSuffix(f.File, "_test.go") {
			return fmt.Sprintf("%s:%d", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		}
		if !more {
			return ""
		}
	}
}

func invocation(c *machine.Command, x *machine.Execution) Invocation {
	return Invocation{State: c.State, Resource: c.Resource.Name, Attempt: c.Attempt + 1, Item: c.Item, Input: c.Input, Token: x.Token(c.Task)}
}
