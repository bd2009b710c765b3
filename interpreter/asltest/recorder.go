package asltest

import (
	"fmt"
	"strings"
	"testing"
)

// recorder is a testing.TB that collects messages instead of printing them.
type recorder struct {
	testing.TB
	failed, skipped bool
	bare            bool // leave file positions out of messages
	log             []string
	runs            []*Execution // of the test
	cleanups        []func()
}

// Try runs a test outside of go test, for instance in an Example, and returns what
// it reports: an empty string if it passes. Messages have no file positions.
func Try(test func(t testing.TB)) string {
	r := &recorder{bare: true}
	r.runTest(func() { test(r) })
	return strings.Join(r.log, "\n")
}

// testEnd is the panic value by which FailNow and SkipNow end a recorder's test.
type testEnd struct{ *recorder }

// runTest runs a test and then its cleanups, last first.
func (r *recorder) runTest(test func()) {
	r.catchEnd(test)
	for len(r.cleanups) > 0 {
		last := r.cleanups[len(r.cleanups)-1]
		r.cleanups = r.cleanups[:len(r.cleanups)-1]
		r.catchEnd(last)
	}
}

func (r *recorder) catchEnd(test func()) {
	defer func() {
		p := recover()
		if e, ok := p.(testEnd); p != nil && (!ok || e.recorder != r) {
			panic(p)
		}
	}()
	test()
}

func (r *recorder) addMessage(message string) {
	if at := callerPosition(); at != "" && !r.bare {
		message = at + ": " + message
	}
	r.log = append(r.log, strings.TrimRight(message, "\n"))
}

func (r *recorder) Helper() {}

func (r *recorder) Name() string {
	if r.TB == nil {
		return "Try"
	}
	return r.TB.Name()
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Failed() bool { return r.failed }

func (r *recorder) Skipped() bool { return r.skipped }

func (r *recorder) Fail() { r.failed = true }

func (r *recorder) Log(args ...any) { r.addMessage(fmt.Sprintln(args...)) }

func (r *recorder) Error(args ...any) { r.addMessage(fmt.Sprintln(args...)); r.Fail() }

func (r *recorder) Fatal(args ...any) { r.addMessage(fmt.Sprintln(args...)); r.FailNow() }

func (r *recorder) Logf(format string, args ...any) {
	r.addMessage(fmt.Sprintf(format, args...))
}

func (r *recorder) Errorf(format string, args ...any) {
	r.addMessage(fmt.Sprintf(format, args...))
	r.Fail()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.addMessage(fmt.Sprintf(format, args...))
	r.FailNow()
}

func (r *recorder) FailNow() {
	r.failed = true
	panic(testEnd{r})
}

func (r *recorder) SkipNow() {
	r.skipped = true
	panic(testEnd{r})
}

func (r *recorder) Skip(args ...any) {
	r.addMessage(fmt.Sprintln(args...))
	r.SkipNow()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.addMessage(fmt.Sprintf(format, args...))
	r.SkipNow()
}
