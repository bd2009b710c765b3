package asltest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
)

// faults are the faults that the options inject.
type faults struct {
	crashAt    map[int]bool
	crashEvery bool
	beats      []beatFault
	lost       map[int]bool // indexes into beats of those that struck
	calls      map[int]*thrown
}

type beatFault struct {
	state string
	n     int
}

// CrashAt simulates a crash of the host as soon as the history contains each event
// n: the run continues from the stored execution, as another process would. Events
// are counted from 1. Children of Map Runs have histories of their own, which do not
// count.
func CrashAt(n ...int) Option {
	return option(func(c *config) {
		if c.faults.crashAt == nil {
			c.faults.crashAt = make(map[int]bool)
		}
		for _, id := range n {
			c.faults.crashAt[id] = true
		}
	})
}

// CrashEverywhere is like CrashAt for every step of the machine, and of the children of
// its Map Runs.
func CrashEverywhere() Option { return option(func(c *config) { c.faults.crashEvery = true }) }

// DropHeartbeat loses the n-th heartbeat, counted from 1, of each task of a state.
func DropHeartbeat(state string, n int) Option {
	return option(func(c *config) { c.faults.beats = append(c.faults.beats, beatFault{state, n}) })
}

// FailCall makes the n-th task of the run, counted from 1, fail with an error. Its
// script is not asked: that answer goes to the next call.
func FailCall(n int, name, cause string) Option {
	return option(func(c *config) {
		if c.faults.calls == nil {
			c.faults.calls = make(map[int]*thrown)
		}
		c.faults.calls[n] = &thrown{name, cause}
	})
}

func (r *runner) crashesAfter(seq uint32) bool {
	if r.faults.crashEvery || r.child != nil {
		return r.faults.crashEvery
	}
	for id := seq + 1; id <= r.x.Seq && len(r.faults.crashAt) > 0; id++ {
		if r.faults.crashAt[int(id)] {
			return true
		}
	}
	return false
}

// crashAndRestore forgets all state of the host except the stored executions and the
// results of tasks, which belong to the outside world. The commands of the latest Step
// of r are lost; a host finds the children of a Map Run that was aborted in its store.
func (r *runner) crashAndRestore() error {
	for i := range r.result.Commands {
		if c := &r.result.Commands[i]; c.Kind == machine.EndMapRun {
			r.carryOutMapRun(c)
		}
	}
	r.mail, r.yielded = nil, nil
	r.running = slices.DeleteFunc(r.running, (*runner).forgetUnstarted)
	restored := slices.Clone(r.running)
	for _, k := range restored {
		data, err := k.program.Marshal(k.x)
		if err != nil {
			return err
		}
		if k.x, err = k.program.Restore(data); err != nil {
			return err
		}
		k.calls, k.late = nil, nil
		for _, m := range k.maps {
			if !m.aborted {
				m.release()
			}
		}
		if err := k.program.Pending(k.x, &k.result); err != nil {
			return err
		}
	}
	for _, k := range restored {
		k.finishStep()
		if k.child != nil && k.of.aborted {
			k.of.stopChild(k)
		}
	}
	return nil
}

// missedFaults describes the faults that never struck.
func (f *faults) missedFaults(r *runner) []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(f.crashAt)) {
		if id < 1 || id > int(r.x.Seq) {
			all = append(all, fmt.Sprintf("CrashAt(%d) never struck: the history has %s", id, pluralize(int(r.x.Seq), "event")))
		}
	}
	for _, n := range slices.Sorted(maps.Keys(f.calls)) {
		if n < 1 || n > r.started {
			all = append(all, fmt.Sprintf("FailCall(%d, %q, ...) never struck: there were %s", n, f.calls[n].name, pluralize(r.started, "call")))
		}
	}
	for i, b := range f.beats {
		if !f.lost[i] {
			all = append(all, fmt.Sprintf("DropHeartbeat(%q, %d) never struck: no task of the state sent that many", b.state, b.n))
		}
	}
	return all
}
