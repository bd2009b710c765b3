package command

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

// progress shows the Map Runs of an execution, or else the states that run, on one line of
// a terminal, which it overwrites. Whatever else writes to the terminal must call clear before.
type progress struct {
	out     io.Writer // the terminal, without escaping
	width   int       // its columns; 0: unknown
	now     func() time.Time
	program *interpreter.Program
	meter   *meter // of the objects; nil: there are none
	trace   *trace // nil: there is none

	mu     sync.Mutex
	shown  bool
	arn    string    // of the Map Run that is shown
	looked time.Time // at the latest tick
	began  time.Time // the tick before the Map Run was seen: its own clock may be virtual
}

const clearLine = "\r\x1b[K"

// watch shows the Map Runs of an execution at each tick. The function that it returns
// ends that, and clears the line.
func (p *progress) watch(ctx context.Context, x *interpreter.Execution, ticks <-chan time.Time) (stop func()) {
	p.looked = p.now()
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks:
				if runs, err := x.MapRuns(ctx); err == nil {
					p.show(runs)
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
		p.clear()
	}
}

// show writes the line of the latest Map Run that runs, if there is one.
func (p *progress) show(runs []interpreter.MapRun) {
	states := p.runningStates() // the trace locks itself first, and then p
	p.mu.Lock()
	defer p.mu.Unlock()
	var latest *interpreter.MapRun
	running := 0
	for i := range runs {
		if runs[i].Status == interpreter.Running {
			latest = &runs[i]
			running++
		}
	}
	before, now := p.looked, p.now()
	p.looked = now
	if latest == nil {
		if states != "" {
			p.showLine(states)
		} else {
			p.clearLocked()
		}
		return
	}
	if latest.Arn != p.arn {
		p.arn, p.began = latest.Arn, before
	}
	p.showLine(progressLine(latest, p.total(latest, running == 1), now.Sub(p.began)))
}

// showLine overwrites the line. A wider one than the terminal could not be overwritten.
func (p *progress) showLine(line string) {
	most := mostLine
	if p.width > 0 {
		most = min(most, p.width-1)
	}
	fmt.Fprint(p.out, clearLine+cutColumns(line, most))
	p.shown = true
}

// runningStates returns a line about the states that run, or nothing.
func (p *progress) runningStates() string {
	if p.trace == nil {
		return ""
	}
	states := p.trace.running()
	if states == "" {
		return ""
	}
	return strings.Repeat(" ", timeColumns) + "  ▶ " + states
}

// total returns how many items the Map Run will have, or 0 if that is not known. While
// objects are read it is an estimate by their bytes.
func (p *progress) total(run *interpreter.MapRun, alone bool) int64 {
	m, _ := p.stateNamed(run.State).(*asl.MapState)
	switch {
	case m == nil:
		return 0
	case m.ItemReader == nil:
		return run.Items.Total
	case p.meter == nil || !alone || m.ItemReader.ReaderConfig != nil && m.ItemReader.ReaderConfig.InputType.Value == "MANIFEST":
		return 0
	}
	part := p.meter.partRead()
	if part == 0 {
		return 0
	}
	return int64(float64(run.Items.Total) / part)
}

func (p *progress) stateNamed(name string) asl.State {
	for st := range p.program.Machine().All() {
		if st.Base().Name == name {
			return st
		}
	}
	return nil
}

// clear removes the line.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clearLocked()
}

func (p *progress) clearLocked() {
	if p.shown {
		fmt.Fprint(p.out, clearLine)
		p.shown = false
	}
}

// clearing clears the line before each Write to w, which is on the same terminal.
type clearing struct {
	*progress
	w io.Writer
}

// Write implements [io.Writer].
func (c clearing) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clearLocked()
	return c.w.Write(text)
}

// Limits on a line, in columns.
const (
	mostLine = 79 // of a terminal whose width is unknown
	mostName = 20
)

// progressLine describes a Map Run after some time. total is the number of its items, or
// 0 if it is not known.
func progressLine(run *interpreter.MapRun, total int64, elapsed time.Duration) string {
	name := []rune(value.Printable(run.State))
	if len(name) > mostName {
		name = append(name[:mostName-1], '…')
	}
	c := &run.Items
	failed := c.Failed + c.TimedOut + c.Aborted
	done := c.Succeeded + failed
	parts := []string{groupDigits(c.Total) + " read", groupDigits(c.Running) + " running", groupDigits(done) + " done", groupDigits(failed) + " failed"}
	if perSecond := float64(done) / elapsed.Seconds(); done > 0 && elapsed > 0 {
		rate := strconv.FormatFloat(perSecond, 'f', 1, 64)
		if perSecond >= 10 {
			rate = groupDigits(int64(perSecond))
		}
		parts = append(parts, rate+"/s")
		if left := float64(total-done) / perSecond; total >= done && left < float64(1<<32) {
			parts = append(parts, (time.Duration(left*float64(time.Second))).Round(time.Second).String()+" left")
		}
	}
	return cutColumns(string(name)+": "+strings.Join(parts, ", "), mostLine)
}

// groupDigits writes a number with commas: 12,345.
func groupDigits(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
