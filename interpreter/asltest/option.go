package asltest

import (
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mock"
)

// Option is what [Run] takes besides the input: a [Script], or how to run.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

// config is what the options of one run say.
type config struct {
	scripts     []*Script
	seed        uint64 // 0: in order
	start       time.Time
	name        string
	allowUnused bool
	tasks       *mock.Tasks
	faults      faults
	source      source
}

// faults are what goes wrong besides the tasks.
type faults struct {
	crashAt    map[uint32]bool
	crashEvery bool
	beats      []beatFault
	lost       map[int]bool // the beats that were lost
	calls      map[int]*thrown
}

type beatFault struct {
	state string
	n     int
}

// source answers tasks in the place of scripts.
type source interface {
	begin(c *machine.Command, now int64) (*call, error)
}

// Options puts several options into one.
func Options(all ...Option) Option {
	return option(func(c *config) {
		for _, o := range all {
			o.apply(c)
		}
	})
}

// Seed chooses one of many orders in which what is ready at the same time
// happens: the start and the end of tasks, timers, and the functions of
// [Script.Call]. It also feeds jitter and States.UUID. The same seed gives the same run. Seed 0, the default, is first
// come, first served.
func Seed(n uint64) Option { return option(func(c *config) { c.seed = n }) }

// Name is the execution's name, for machines that look at it; "test" by default.
func Name(name string) Option { return option(func(c *config) { c.name = name }) }

// AllowUnused accepts scripts, or answers in them, that no task asked for, and
// faults that never struck.
func AllowUnused() Option { return option(func(c *config) { c.allowUnused = true }) }

// CrashAt ends the host's process once the history has event n, and goes on from
// the stored execution alone, as another process would.
func CrashAt(n ...int) Option {
	return option(func(c *config) {
		if c.faults.crashAt == nil {
			c.faults.crashAt = make(map[uint32]bool)
		}
		for _, id := range n {
			c.faults.crashAt[uint32(id)] = true
		}
	})
}

// CrashEverywhere is CrashAt after everything that happens.
func CrashEverywhere() Option { return option(func(c *config) { c.faults.crashEvery = true }) }

// DropHeartbeat loses the n-th heartbeat, from 1, of each task of a state.
func DropHeartbeat(state string, n int) Option {
	return option(func(c *config) { c.faults.beats = append(c.faults.beats, beatFault{state, n}) })
}

// FailCall makes the n-th call of any task, from 1, fail, whatever its script
// says. The script's answer is then for the next call.
func FailCall(n int, name, cause string) Option {
	return option(func(c *config) {
		if c.faults.calls == nil {
			c.faults.calls = make(map[int]*thrown)
		}
		c.faults.calls[n] = &thrown{name, cause}
	})
}

// Mocks answers the tasks from a case of a [mock.File], a mock configuration
// file of Step Functions Local. States that the case does not name are for the
// scripts.
func Mocks(text []byte, machineName, testCase string) Option {
	return option(func(c *config) {
		f, err := mock.ParseFile(text)
		if err == nil {
			c.tasks, err = f.Case(machineName, testCase)
		}
		if err != nil {
			c.scripts = append(c.scripts, &Script{problem: fmt.Sprintf("Mocks: %v", err), origin: "the mock configuration"})
		}
	})
}
