package interpreter_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// A store that cannot take the head of an execution would refuse it for ever, and Start
// would wait for ever.
func TestHeadsThatStoresCannotKeepAreRefused(t *testing.T) {
	long := "arn:" + strings.Repeat("x", 2100)
	for _, c := range []struct {
		namespace string
		options   interpreter.StartOptions
		want      string
	}{
		{"a\x00", interpreter.StartOptions{}, `Config.Namespace "a\x00"`},
		{"\xff", interpreter.StartOptions{}, `Config.Namespace "\xff"`},
		{strings.Repeat("n", 3000), interpreter.StartOptions{}, "must have at most 2048"},
		{"", interpreter.StartOptions{Name: "arn:\x00"}, `the name "\x00"`},
		{"", interpreter.StartOptions{Name: "arn:\xff"}, `the name "\xff"`},
		{"", interpreter.StartOptions{Name: long}, "must have at most 2048"},
		{"", interpreter.StartOptions{Tags: map[string]string{"\xff": ""}}, `tag "\xff"`},
		{"", interpreter.StartOptions{Tags: map[string]string{"k": "\x00"}}, `tag "k": "\x00"`},
	} {
		t.Run(fmt.Sprintf("%.9q %.9q %q", c.namespace, c.options.Name, c.options.Tags), func(t *testing.T) {
			s := memory.New()
			p := compile(t, chain)
			first := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
			e, err := first.Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			require.NoError(t, e.Wait(background))

			in := open(t, interpreter.Config{Store: s, Resolver: answers(nil), Namespace: c.namespace})
			_, err = in.Start(background, p, nil, c.options)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, c.options.Tags == nil, strings.HasPrefix(err.Error(), interpreter.ErrInvalidName.Error()))
			require.Less(t, len(err.Error()), 400)
			_, err = in.Prepare(p, nil, c.options)
			require.ErrorContains(t, err, c.want)
			for _, at := range []interpreter.Point{interpreter.AtEvent(1), interpreter.FromState("B", nil)} {
				_, err = in.Fork(background, e.ID(), at, interpreter.ForkOptions{Name: c.options.Name, Tags: c.options.Tags})
				require.ErrorContains(t, err, c.want)
			}
			n, err := s.Count(background, store.Query{})
			require.NoError(t, err)
			require.Equal(t, map[interpreter.Status]int64{interpreter.Succeeded: 1}, n)
		})
	}
}

// The caller may use its map again while the execution goes on.
func TestTagsAreCopied(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	tags := map[string]string{"customer": "1"}
	p := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": true}}}`)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Tags: tags})
	require.NoError(t, err)
	tags["customer"] = "2"
	require.NoError(t, e.Stop(background, "", ""))
	st, err := s.Load(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, map[string]string{"customer": "1"}, st.Head.Tags)
}

// Numbers that are out of range mean the default or the nearest that works.
func TestOptionsOfAnySize(t *testing.T) {
	p := compile(t, chain)
	for _, n := range []int{math.MinInt, -1, 0, 1, math.MaxInt} {
		for _, d := range []time.Duration{math.MinInt64, -1, 0, 1, math.MaxInt64} {
			in := open(t, interpreter.Config{
				Store: memory.NewShared(time.Now), Resolver: answers(nil), Workers: n, MaxDeliveries: n,
				Lease: d, RedriveWindow: d, Retention: []interpreter.Retention{{After: d}},
			})
			e, err := in.Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			require.NoError(t, e.Wait(background), "%d %d", n, d)
			require.NoError(t, in.Shutdown(background))
		}
	}
}

// Heads have deadlines since 1970. Before it, all are due, and wait in memory.
func TestStoredExecutionsBefore1970(t *testing.T) {
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprint("shared ", shared), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s store.Store = memory.New()
				if shared {
					s = memory.NewShared(time.Now)
				}
				clock := wrongClock{time.Until(time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC))}
				called := make(chan string, 9)
				config := interpreter.Config{Store: s, Clock: clock, Resolver: answers(func(name string) { called <- name })}
				first := another(t, config)
				p := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "Next": "T"}, "T": {"Type": "Task", "Resource": "t", "End": true}}}`)
				_, err := first.Start(background, p, nil, interpreter.StartOptions{})
				require.NoError(t, err)
				require.NoError(t, first.Shutdown(background))
				clock.by += 2000 * time.Second
				config.Clock = clock
				open(t, config)
				require.Equal(t, "t", <-called)
			})
		})
	}
}
