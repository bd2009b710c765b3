package asltest

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
)

// recorder is a testing.TB that collects messages instead of printing them. As that of
// package testing it may be used by several goroutines.
type recorder struct {
	testing.TB                 // outside of which it runs; nil in Try
	bare       bool            // leave file positions out of messages
	ctx        context.Context // ends before the cleanups
	log        []string        // after the test
	runs       []*Execution    // of the test

	mu              sync.Mutex // guards what is below, and log and runs
	failed, skipped bool
	ended           bool // by FailNow or SkipNow
	cleanups        []func()
}

// Try runs a test outside of go test, for instance in an Example, and returns what
// it reports: an empty string if it passes. A panic is reported as well. Messages have no
// file positions. t has no ArtifactDir, Attr, Chdir and Output.
func Try(test func(t testing.TB)) string {
	r := &recorder{bare: true}
	r.runTest(func() { test(r) })
	return strings.Join(r.log, "\n")
}

// newRecorder returns a recorder for a test within the test of t.
func newRecorder(t testing.TB) *recorder {
	outer, ok := t.(*recorder)
	return &recorder{TB: t, bare: ok && outer.bare}
}

// runTest runs a test and then its cleanups, last first. A panic is a failure.
func (r *recorder) runTest(test func()) {
	outer := context.Background()
	if r.TB != nil {
		outer = r.TB.Context()
	}
	var end context.CancelFunc
	r.ctx, end = context.WithCancel(outer)
	defer end()
	r.runPart(test)
	end()
	for {
		r.mu.Lock()
		n := len(r.cleanups)
		if n == 0 {
			r.mu.Unlock()
			return
		}
		last := r.cleanups[n-1]
		r.cleanups = r.cleanups[:n-1]
		r.mu.Unlock()
		r.runPart(last)
	}
}

// runPart runs a part of the test on a goroutine of its own, which FailNow and SkipNow end
// as those of package testing do. Those of another test, such as the one outside, end the
// caller.
func (r *recorder) runPart(part func()) {
	returned, panicked := false, false
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				panicked = true
				r.addPanic(p)
			}
		}()
		part()
		returned = true
	}()
	<-done
	r.mu.Lock()
	ended := r.ended
	r.mu.Unlock()
	if !returned && !panicked && !ended {
		runtime.Goexit()
	}
}

func (r *recorder) addPanic(p any) {
	message := fmt.Sprintf("panic: %v", p)
	if !r.bare {
		message += "\n" + string(debug.Stack())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
	r.log = append(r.log, strings.TrimRight(message, "\n"))
}

func (r *recorder) addMessage(message string) {
	if at := callerPosition(); at != "" && !r.bare {
		message = at + ": " + message
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, strings.TrimRight(message, "\n"))
}

func (r *recorder) addRun(x *Execution) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs = append(r.runs, x)
}

func (r *recorder) Helper() {}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) TempDir() string {
	folder, err := os.MkdirTemp("", "asltest")
	if err != nil {
		r.Fatalf("TempDir: %v", err)
	}
	r.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			r.Errorf("TempDir: %v", err)
		}
	})
	return folder
}

func (r *recorder) Setenv(name, v string) {
	before, was := os.LookupEnv(name)
	if r.TB != nil {
		r.TB.Setenv(name, v) // checks that the test is not parallel
	}
	if err := os.Setenv(name, v); err != nil {
		r.Fatalf("Setenv: %v", err)
	}
	r.Cleanup(func() {
		if was {
			_ = os.Setenv(name, before)
		} else {
			_ = os.Unsetenv(name)
		}
	})
}

func (r *recorder) Name() string {
	if r.TB == nil {
		return "Try"
	}
	return r.TB.Name()
}

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) Skipped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.skipped
}

func (r *recorder) Fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
}

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

func (r *recorder) FailNow() { r.endNow(&r.failed) }

func (r *recorder) SkipNow() { r.endNow(&r.skipped) }

func (r *recorder) endNow(how *bool) {
	r.mu.Lock()
	*how, r.ended = true, true
	r.mu.Unlock()
	runtime.Goexit()
}

func (r *recorder) Skip(args ...any) {
	r.addMessage(fmt.Sprintln(args...))
	r.SkipNow()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.addMessage(fmt.Sprintf(format, args...))
	r.SkipNow()
}
