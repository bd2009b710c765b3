package sqlite_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// Workers that come and go get each task of an activity once, also after a restart
// while tasks wait and others are with workers.
func TestEachPolledTaskIsGivenOnce(t *testing.T) {
	const packing = "arn:aws:states:us-east-1:000000000000:activity:pack"
	workers, tasks := 1_000, 10_000
	if race.Enabled {
		workers, tasks = 100, 500
	}
	p := compile(t, `{"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "Resource": "`+packing+`", "End": true}}}`)
	path := tempDatabase(t)
	var given sync.Map // the tokens by input
	var answered atomic.Int32
	for round := range 2 {
		s, err := sqlite.Open(path)
		require.NoError(t, err)
		in := openInterpreter(t, interpreter.Config{Store: s, Activities: []string{packing}, Programs: []*interpreter.Program{p}})
		if round == 0 {
			var starts sync.WaitGroup
			for n := range 100 {
				starts.Go(func() {
					for i := n; i < tasks; i += 100 {
						_, err := in.Start(context.Background(), p, fmt.Sprint(i), interpreter.StartOptions{})
						assert.NoError(t, err)
					}
				})
			}
			starts.Wait()
		} else {
			for _, token := range given.Range { // those that a worker had
				if in.SendTaskSuccess(context.Background(), token.(string), 1) == nil {
					answered.Add(1)
				}
			}
		}
		var all sync.WaitGroup
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
		leave, leaveNow := context.WithCancel(ctx)
		for w := range workers {
			worker := ctx
			if w%10 == 0 {
				worker = leave
			}
			all.Go(func() {
				for {
					task, err := in.GetActivityTask(worker, packing, fmt.Sprint("worker ", w))
					if err != nil {
						return
					}
					_, again := given.LoadOrStore(string(task.InputJSON()), task.Token)
					assert.False(t, again, "given twice: %s", task.InputJSON())
					if round == 0 && w%2 == 0 {
						return // and answers after the restart
					}
					if err := in.SendTaskSuccess(context.Background(), task.Token, 1); err == nil {
						switch int(answered.Add(1)) {
						case tasks / 4:
							leaveNow()
						case tasks / 2, tasks:
							stop()
						}
					}
				}
			})
		}
		all.Wait()
		stop()
		leaveNow()
		require.NoError(t, in.Shutdown(context.Background()))
		require.NoError(t, s.Close())
	}
	count := 0
	for range given.Range {
		count++
	}
	require.Equal(t, tasks, count)
	require.EqualValues(t, tasks, answered.Load())
}
