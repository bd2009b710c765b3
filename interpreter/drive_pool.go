package interpreter

// enqueueYielded queues an execution that could go on but lets others go first.
func (in *Interpreter) enqueueYielded(e *Execution) {
	in.countWork(1)
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.yielded.push(e)
	in.startYieldDriver()
}

// startYieldDriver starts a goroutine for executions that yielded, unless enough of
// them compute; those inside a hook do not count. The caller holds the pool's lock.
func (in *Interpreter) startYieldDriver() {
	p := &in.pool
	if p.yielded.len() > 0 && p.driving-p.blocked < in.drivers && p.driving < in.drivers+in.workers {
		p.driving++
		go in.driveYielded()
	}
}

func (in *Interpreter) driveYielded() {
	growStack(false)
	driving := false
	defer func() {
		if driving { // a hook ended the goroutine
			in.countWork(-1)
			go in.driveYielded()
		}
	}()
	for e := in.nextYielded(); e != nil; e = in.nextYielded() {
		if e.claimQueued() {
			driving = true
			e.driveExecution(&mail{}, keepDriver)
			driving = false
		}
		in.countWork(-1)
		in.durable.resumeStarved()
	}
}

// driveQueued drives an execution that is queued, on a goroutine of its own.
func (e *Execution) driveQueued() {
	if e.claimQueued() {
		e.driveExecution(&mail{}, keepNone)
	}
}

// nextYielded returns the next execution that yielded, or nil to end the goroutine.
func (in *Interpreter) nextYielded() *Execution {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.driving-p.blocked <= in.drivers {
		if e, ok := p.yielded.pop(); ok {
			return e
		}
	}
	p.driving--
	in.closeIfResting()
	return nil
}

// countBlockedDriver counts goroutines of driveYielded inside a hook. Another one
// computes meanwhile.
func (in *Interpreter) countBlockedDriver(n int) {
	in.pool.mu.Lock()
	defer in.pool.mu.Unlock()
	in.pool.blocked += n
	in.startYieldDriver()
}

// startDueDriver starts a goroutine of driveDue, unless there are as many as
// workers.
func (in *Interpreter) startDueDriver(now int64) {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ticking < in.workers {
		p.ticking++
		go in.driveDue(now, nil)
	}
}

// driveDue gives executions that are due their Ticks, starting with e unless it is
// nil. If others are due it starts another goroutine first: an execution that
// computes, or whose hook blocks, does not delay the others.
func (in *Interpreter) driveDue(now int64, e *Execution) {
	growStack(false)
	done := false
	defer func() {
		if !done { // a hook ended the goroutine
			go in.driveDue(now, e)
		}
	}()
	for {
		if e == nil {
			var more bool
			if e, more = in.timers.popDue(now); e == nil {
				break
			} else if more {
				in.startDueDriver(now)
			} else {
				in.timers.setAlarm()
			}
		}
		due := e
		e = nil
		due.deliverTick()
	}
	done = true
	p := &in.pool
	p.mu.Lock()
	p.ticking--
	in.closeIfResting()
	p.mu.Unlock()
	in.timers.setAlarm() // for an execution that startDueDriver had no goroutine for
}
