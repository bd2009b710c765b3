package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

// waitADay waits for a day, and then for an answer.
const waitADay = `{"StartAt":"Wait","States":{
	"Wait":{"Type":"Wait","Seconds":86400,"Next":"Ask"},
	"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}`

// aheadClock is the system's clock, some time ahead.
type aheadClock struct{ ahead atomic.Int64 }

func (c *aheadClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *aheadClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	return time.AfterFunc(d, f)
}

// resident returns the resident memory of the process in MB, if the system tells.
func resident() float64 {
	var total, pages int
	b, _ := os.ReadFile("/proc/self/statm")
	_, _ = fmt.Sscan(string(b), &total, &pages)
	return float64(pages*os.Getpagesize()) / 1e6
}

// measureWaiting starts n executions that wait, in groups of 1,000, opens the store
// again, loads some, and has all of them fire at once.
func measureWaiting(dir, profiles string, n int) error {
	p, err := interpreter.Compile([]byte(waitADay), interpreter.Options{})
	if err != nil {
		return err
	}
	fmt.Printf("%d executions in a one-day Wait; load %s\n", n, load())
	empty := resident()
	s, err := openSQLite(dir)
	if err != nil {
		return err
	}
	var asked atomic.Int64
	clock := new(aheadClock)
	config := interpreter.Config{Store: s, Clock: clock, Workers: workers, Resolver: interpreter.Services{
		"sqs:sendMessage": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			asked.Add(1)
			return nil, nil
		})}}
	in := interpreter.New(config)
	measured, err := beginPhase(profiles, "started")
	if err != nil {
		return err
	}
	ids, err := startAll(in, p, n)
	if err = errors.Join(err, measured.end("started", n, empty)); err != nil {
		return err
	}
	if err := in.Shutdown(context.Background()); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	if err := printDisk(dir, n); err != nil {
		return err
	}

	begin := time.Now()
	if s, err = openSQLite(dir); err != nil {
		return err
	}
	config.Store = s
	in = interpreter.New(config)
	fmt.Printf("opened again:          %v\n", time.Since(begin).Round(time.Microsecond))
	runtime.GC()
	fmt.Printf("resident:              %.0f MB over an empty program\n", resident()-empty)
	if err := measureLoads(s, ids); err != nil {
		return err
	}
	begin = time.Now()
	if _, err := s.List(context.Background(), store.Query{}); err != nil {
		return err
	}
	fmt.Printf("first page of List:    %v\n", time.Since(begin).Round(time.Microsecond))
	if err := in.Close(); err != nil {
		return err
	}

	clock.ahead.Store(int64(25 * time.Hour))
	if measured, err = beginPhase(profiles, "fired"); err != nil {
		return err
	}
	in = interpreter.New(config)
	for asked.Load() < int64(n) {
		time.Sleep(time.Millisecond)
	}
	if err := measured.end("fired into a callback", n, empty); err != nil {
		return err
	}
	fmt.Println("load", load())
	return errors.Join(in.Shutdown(context.Background()), s.Close())
}

const (
	atATime = 1000 // executions that are started
	workers = 1024 // a change of each is in a Commit
)

func startAll(in *interpreter.Interpreter, p *interpreter.Program, n int) ([]store.ID, error) {
	const sample = 1000
	var left atomic.Int64
	left.Store(int64(n))
	var mu sync.Mutex
	var ids []store.ID
	var failed error
	var group sync.WaitGroup
	for range atATime {
		group.Go(func() {
			for i := left.Add(-1); i >= 0; i = left.Add(-1) {
				e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
				if err != nil || i%int64(max(1, n/sample)) == 0 {
					mu.Lock()
					if err == nil {
						ids = append(ids, e.ID())
					}
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
				if err != nil {
					return
				}
			}
		})
	}
	group.Wait()
	return ids, failed
}

func measureLoads(s store.Store, ids []store.ID) error {
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	var times []time.Duration
	for _, id := range ids {
		begin := time.Now()
		if _, err := s.Load(context.Background(), id); err != nil {
			return err
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	fmt.Printf("one loaded at random:  p50 %v, p99 %v\n", times[len(times)/2], times[len(times)*99/100])
	return nil
}
