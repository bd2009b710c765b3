package adversary

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// stepping is a clock that somebody sets. Its timers do not notice.
type stepping struct{ ahead atomic.Int64 }

func (c *stepping) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *stepping) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	return time.AfterFunc(d, f)
}

// A clock that is set back or forward loses and doubles nothing. Deadlines fire when
// the clock shows their time, at most half a minute later, and never before.
func TestAStoreAndAClockThatIsSet(t *testing.T) {
	const pause = 20 * time.Minute
	p := compile(t, `{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1200, "End": true}}}`)
	for name, c := range map[string]struct {
		step time.Duration
		want time.Duration // between the start and the end, as a clock that nobody sets shows it
	}{
		"forward": {time.Hour, time.Minute},
		"back":    {-time.Hour, time.Hour + pause},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", with a restart"}[restart], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newHostileStore()
					w := newWorld(t, s)
					w.clock = new(stepping)
					in := w.open(answerSoon(t, false))
					began := time.Now()
					e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "wait"})
					require.NoError(t, err)
					journeys := map[int]*interpreter.Execution{}
					for n := range 5 {
						journeys[n], err = in.Start(background, w.parent, journeyInput(n), interpreter.StartOptions{Name: journeyName(n)})
						require.NoError(t, err)
					}
					time.Sleep(time.Minute - time.Second)
					w.clock.ahead.Store(int64(c.step))
					if restart {
						require.NoError(t, in.Shutdown(background))
						in = w.open(answerSoon(t, false))
						e, err = in.Execution(background, e.ID())
						require.NoError(t, err)
					}
					require.NoError(t, e.Wait(background))
					took := time.Since(began)
					require.GreaterOrEqual(t, took, c.want-time.Second)
					require.LessOrEqual(t, took, c.want+31*time.Second)
					entered, left := storedHistory(t, s.Store, e.ID())
					require.Equal(t, map[string]int{"Wait": 1}, entered)
					require.Equal(t, entered, left)
					for n := range journeys {
						if restart {
							journeys[n], err = in.Execution(background, journeys[n].ID())
							require.NoError(t, err)
						}
						checkOutput(t, journeys[n], n)
						w.check(t, s.Store, n, true)
					}
					require.NoError(t, in.Shutdown(background))
				})
			})
		}
	}
}
