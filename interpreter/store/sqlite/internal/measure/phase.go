package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

// phase is a part of a measurement.
type phase struct {
	begin     time.Time
	processor time.Duration
	profile   *os.File // nil: none
	dir, name string

	stop  chan struct{}
	group sync.WaitGroup
	most  float64 // MB resident
}

// beginPhase begins to measure, and to write a profile into a folder unless that is empty.
func beginPhase(profiles, name string) (*phase, error) {
	p := &phase{dir: profiles, name: name, stop: make(chan struct{})}
	if profiles != "" {
		var err error
		if p.profile, err = os.Create(filepath.Join(profiles, name+".cpu")); err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(p.profile); err != nil {
			return nil, errors.Join(err, p.profile.Close())
		}
	}
	p.group.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-tick.C:
				p.most = max(p.most, resident())
			}
		}
	})
	p.begin, p.processor = time.Now(), processorTime()
	return p, nil
}

// end prints what n executions took.
func (p *phase) end(label string, n int, empty float64) error {
	took, processor := time.Since(p.begin), processorTime()-p.processor
	close(p.stop)
	p.group.Wait()
	fmt.Printf("%-22s %.0f/s, %.0f µs of processor time each, at most %.0f MB over an empty program\n", label+":",
		float64(n)/took.Seconds(), float64(processor.Microseconds())/float64(n), p.most-empty)
	if p.profile == nil {
		return nil
	}
	pprof.StopCPUProfile()
	heap, err := os.Create(filepath.Join(p.dir, p.name+".heap"))
	if err != nil {
		return errors.Join(err, p.profile.Close())
	}
	runtime.GC()
	return errors.Join(pprof.WriteHeapProfile(heap), heap.Close(), p.profile.Close())
}
