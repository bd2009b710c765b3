package asltest

import (
	"fmt"
	"time"
)

// defaultStart is the virtual time at which executions start.
var defaultStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// StartAt sets the virtual time at which the execution starts: that of a Wait until a
// Timestamp, of $now() and of $$.Execution.StartTime. The default is 2024-01-01, 00:00
// UTC. It has no effect in [Replay], which starts when the recording did, nor in
// [Execution.Redrive].
//
//	x := asltest.Run(t, program, input, asltest.StartAt(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)))
func StartAt(start time.Time) Option {
	return option(func(c *config) {
		if y := start.UTC().Year(); y < firstYear || y > lastYear {
			c.addProblem("StartAt(%s): executions run from %d to %d", start, firstYear, lastYear)
			return
		}
		c.start = start
	})
}

// The years in which an execution can start, and 100 years later still run.
const firstYear, lastYear = 1700, 2150

// addProblem notes a mistake in an option.
func (c *config) addProblem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}
