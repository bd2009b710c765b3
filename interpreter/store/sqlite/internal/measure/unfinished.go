package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

// threeTasks is unfinished when its third task runs.
const threeTasks = `{"StartAt":"A","States":{
	"A":{"Type":"Task","Resource":"work","Next":"B"},
	"B":{"Type":"Task","Resource":"work","Next":"C"},
	"C":{"Type":"Task","Resource":"last","End":true}}}`

// forgetful is a store in which nothing is due.
type forgetful struct{ store.Store }

func (forgetful) Due(context.Context, store.Place, int64, int) ([]store.State, error) {
	return nil, nil
}

// measureUnfinished has n executions recovered whose process has ended while a handler
// ran.
func measureUnfinished(dir, profiles string, n int) error {
	p, err := interpreter.Compile([]byte(threeTasks), interpreter.Options{})
	if err != nil {
		return err
	}
	fmt.Printf("%d executions whose third task runs; load %s\n", n, load())
	s, err := openSQLite(dir)
	if err != nil {
		return err
	}
	for left := n; left > 0; left -= atATime {
		if err := leaveUnfinished(s, p, min(left, atATime)); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	runtime.GC()
	empty := resident()
	if s, err = openSQLite(dir); err != nil {
		return err
	}
	var called atomic.Int64
	measured, err := beginPhase(profiles, "recovered")
	if err != nil {
		return err
	}
	in := interpreter.New(interpreter.Config{Store: s, Workers: workers, Resolver: interpreter.Mux{
		"last": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			called.Add(1)
			return nil, nil
		})}})
	for called.Load() < int64(n) {
		time.Sleep(time.Millisecond)
	}
	if err := measured.end("recovered", n, empty); err != nil {
		return err
	}
	fmt.Println("load", load())
	return errors.Join(in.Shutdown(context.Background()), s.Close())
}

// leaveUnfinished starts n executions and closes the interpreter when their third tasks
// run.
func leaveUnfinished(s store.Store, p *interpreter.Program, n int) error {
	input := []byte(`{"order":"0123456789","amount":12.5}`)
	running := make(chan struct{}, n)
	in := interpreter.New(interpreter.Config{Store: forgetful{s}, Workers: n, Resolver: interpreter.Mux{
		"work": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil }),
		"last": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			running <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})}})
	defer in.Close()
	failed := make(chan error, n)
	for range n {
		go func() {
			if _, err := in.Start(context.Background(), p, input, interpreter.StartOptions{}); err != nil {
				failed <- err
			}
		}()
	}
	for range n {
		select {
		case <-running:
		case err := <-failed:
			return err
		}
	}
	return nil
}
