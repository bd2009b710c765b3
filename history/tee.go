package history

// Tee returns a sink that passes events on to several, in this order. The first
// error ends it: what stands behind does not see these events.
func Tee(sinks ...Sink) Sink { return tee(sinks) }

type tee []Sink

// Record passes the events on.
func (all tee) Record(execution string, events []Event) error {
	for _, s := range all {
		if err := s.Record(execution, events); err != nil {
			return err
		}
	}
	return nil
}
