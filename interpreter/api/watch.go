package api

import "sync"

// watchers are those who wait for events of executions.
type watchers struct {
	mu  sync.Mutex
	all map[string]map[chan struct{}]bool // by ARN of the execution
}

// Watch returns a channel that receives when an execution has further events in its
// history, and a function that ends this. Several changes may be received as one. Those
// that another process makes in a shared store are not received.
func (s *Server) Watch(executionArn string) (changed <-chan struct{}, stop func()) {
	w := &s.watchers
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[string]map[chan struct{}]bool{}
	}
	if w.all[executionArn] == nil {
		w.all[executionArn] = map[chan struct{}]bool{}
	}
	w.all[executionArn][c] = true
	return c, func() { w.remove(executionArn, c) }
}

func (w *watchers) remove(arn string, c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all[arn], c)
	if len(w.all[arn]) == 0 {
		delete(w.all, arn)
	}
}

// wake tells those who watch an execution.
func (w *watchers) wake(arn string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.all[arn] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
