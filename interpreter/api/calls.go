package api

import (
	"context"
	"fmt"
	"sync"
)

// calls are those in progress, by what they are about. The zero value is ready.
type calls struct {
	mu  sync.Mutex
	all map[string]map[chan struct{}]bool // closed when a call ends
}

// begin adds a call. It never waits. end must be called.
func (c *calls) begin(about string) (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.addLocked(about)
}

func (c *calls) addLocked(about string) (end func()) {
	if c.all == nil {
		c.all = map[string]map[chan struct{}]bool{}
	}
	if c.all[about] == nil {
		c.all[about] = map[chan struct{}]bool{}
	}
	ended := make(chan struct{})
	c.all[about][ended] = true
	return func() {
		close(ended)
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.all[about], ended)
		if len(c.all[about]) == 0 {
			delete(c.all, about)
		}
	}
}

// beginAlone is begin, once no other call about it is in progress.
func (c *calls) beginAlone(ctx context.Context, about string) (end func(), err error) {
	for {
		c.mu.Lock()
		if len(c.all[about]) == 0 {
			defer c.mu.Unlock()
			return c.addLocked(about), nil
		}
		c.mu.Unlock()
		if err := c.await(ctx, about); err != nil {
			return nil, err
		}
	}
}

// await waits for the calls that are in progress now, and not for later ones.
func (c *calls) await(ctx context.Context, about string) error {
	c.mu.Lock()
	var waited []chan struct{}
	for ended := range c.all[about] {
		waited = append(waited, ended)
	}
	c.mu.Unlock()
	for _, ended := range waited {
		select {
		case <-ended:
		case <-ctx.Done():
			return fmt.Errorf("api: another call about %s is in progress: %w", about, ctx.Err())
		}
	}
	return nil
}
