package history

// Tee returns a sink that passes events to each of several sinks in order. It
// stops at the first error, which it returns: later sinks do not receive these
// events.
func Tee(sinks ...Sink) Sink { return tee(sinks) }

type tee []Sink

// Record passes the events on.
func (all tee) Record(execution string, events []Event) error {
	return all.RecordOf("", execution, events)
}

// Resume passes the call on to each sink that is a [ResumedSink].
func (all tee) Resume(execution string, stand func(*Trail)) {
	for _, s := range all {
		ResumeIn(s, execution, stand)
	}
}

func (all tee) RecordOf(machine, execution string, events []Event) error {
	for _, s := range all {
		if err := RecordTo(s, machine, execution, events); err != nil {
			return err
		}
	}
	return nil
}
