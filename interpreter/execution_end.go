package interpreter

// isOverLocked reports whether the execution has ended or was halted. The caller
// holds mu.
func (e *Execution) isOverLocked() bool {
	m := e.extras.Load()
	return e.status != Running || m != nil && m.err != nil
}

func (e *Execution) isOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.isOverLocked()
}

// haltError returns why the execution was halted, or nil. For torn see
// endExecution.
func (e *Execution) haltError() (err error, torn bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.haltErrorLocked()
}

// haltErrorLocked is haltError for a caller that holds mu.
func (e *Execution) haltErrorLocked() (err error, torn bool) {
	if m := e.extras.Load(); m != nil {
		return m.err, m.torn
	}
	return nil, false
}

// whenEnded calls f when the execution is not driven any longer: now or later.
func (e *Execution) whenEnded(f func()) {
	e.mu.Lock()
	ended := e.isOverLocked()
	if !ended {
		m := e.ensureExtras()
		m.after = append(m.after, f)
	}
	e.mu.Unlock()
	if ended {
		f()
		return
	}
	e.in.durable.watch(e)
}

// endExecution ends the tasks of an execution, releases its name and publishes its
// end. With an error the execution is halted: it is not driven any longer, although
// it has not ended. torn says that its last events are not recorded, so that it has
// no Snapshot.
func (e *Execution) endExecution(err error, torn bool) {
	end := taskUnneeded
	if err != nil {
		end = taskHalted         // executions that tasks wait for continue
		if err == ErrLeaseLost { //nolint:errorlint // markConflicts does not wrap it
			end = taskLost
		}
		if !torn {
			for t := range e.begunTasks() {
				e.applyTaskStarted(&e.x, t)
			}
		}
		e.leaveMapRuns()
	}
	if m := e.extras.Load(); m != nil {
		for _, t := range m.tasks {
			if t != nil {
				if err != nil && e.stored != nil && t.Delivery > 0 {
					e.stored.givenUp = append(e.stored.givenUp, t.id)
				}
				e.dropTask(t, end)
			}
		}
	}
	if e.named {
		e.in.releaseName(e)
	}
	e.publishEnd(err, torn)
}

// publishEnd sets the final status, or the error of a halted execution, and wakes
// those in Wait.
func (e *Execution) publishEnd(err error, torn bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.status = e.x.Status
	} else {
		m := e.ensureExtras()
		m.err, m.torn = err, torn
	}
	if m := e.extras.Load(); m != nil {
		e.in.countHandlers(m.resting)
		e.in.virtual.countWaiters(-m.waiting)
		m.waiting, m.resting = 0, 0
		if m.done != nil {
			close(m.done)
			m.done = nil
		}
		m.calls, m.after = append(m.calls, m.after...), nil
	}
}

// haltExecution stops driving an execution because of an error of a hook or of the
// interpreter, unless it has ended.
func (e *Execution) haltExecution(err error, torn bool) {
	if !e.isOver() {
		e.endExecution(err, torn)
	}
}

func (e *Execution) isHalted() bool {
	m := e.extras.Load() // err is written by the driver only, which is the caller
	return m != nil && m.err != nil
}
