package retry

import (
	"math"
	"math/bits"
	"time"

	"github.com/gostates/gostates/asl"
)

// Defaults of the fields of a Retrier.
const (
	DefaultIntervalSeconds = 1
	DefaultMaxAttempts     = 3
	DefaultBackoffRate     = 2.0
)

// Policy is a compiled Retry field. A nil *Policy retries nothing. It is
// immutable and safe for concurrent use; the caller keeps the attempts.
type Policy struct {
	retriers []retrier
}

type retrier struct {
	errors   []string
	interval float64 // in seconds
	rate     float64
	maximum  time.Duration
	attempts int64
	jitter   bool
}

// Compile compiles a Retry field. It returns nil if there are no Retriers.
func Compile(retriers []asl.Retrier) *Policy {
	if len(retriers) == 0 {
		return nil
	}
	p := &Policy{retriers: make([]retrier, len(retriers))}
	for i := range retriers {
		r := &retriers[i]
		p.retriers[i] = retrier{
			errors:   r.ErrorEquals,
			interval: float64(r.IntervalSeconds.Or(DefaultIntervalSeconds)),
			rate:     r.BackoffRate.Or(DefaultBackoffRate),
			maximum:  math.MaxInt64,
			attempts: r.MaxAttempts.Or(DefaultMaxAttempts),
			jitter:   r.JitterStrategy.Value == "FULL",
		}
		if r.MaxDelaySeconds.IsSet() {
			p.retriers[i].maximum = toDuration(float64(r.MaxDelaySeconds.Value))
		}
	}
	return p
}

// Len returns the number of Retriers.
func (p *Policy) Len() int {
	if p == nil {
		return 0
	}
	return len(p.retriers)
}

// Next decides whether to retry after an error. attempts has one counter per
// Retrier, of the retries that it has made since the state was entered; Next
// increments the counter of the Retrier that retries. index is the Retrier that
// matched, or -1. ok reports whether it retries, after delay.
//
// Only the first matching Retrier counts: if it has no attempts left, Next does
// not look at later ones. random is called if the JitterStrategy is FULL.
func (p *Policy) Next(errorName string, attempts []int32, random func() uint64) (index int, delay time.Duration, ok bool) {
	for i := range p.Len() {
		r := &p.retriers[i]
		if !Matches(r.errors, errorName) {
			continue
		}
		if int64(attempts[i]) >= r.attempts {
			return i, 0, false
		}
		delay := r.delayBefore(attempts[i])
		if r.jitter {
			delay = jitterDelay(delay, random())
		}
		attempts[i]++
		return i, delay, true
	}
	return -1, 0, false
}

// delayBefore returns the delay before retry n, counted from 0: IntervalSeconds
// * BackoffRate^n, but at most MaxDelaySeconds. It keeps fractions of a second.
func (r *retrier) delayBefore(n int32) time.Duration {
	return min(toDuration(r.interval*powerOf(r.rate, n)), r.maximum)
}

// powerOf returns x^n. It only multiplies, because the result of math.Pow
// differs between processors.
func powerOf(x float64, n int32) float64 {
	p := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			p *= x
		}
		x *= x
	}
	return p
}

// toDuration converts seconds to a duration, rounded to the nanosecond. A
// number that is too large becomes the longest duration.
func toDuration(seconds float64) time.Duration {
	nanos := math.Round(seconds * float64(time.Second))
	if nanos >= math.MaxInt64 {
		return math.MaxInt64
	}
	if nanos > 0 {
		return time.Duration(nanos)
	}
	return 0 // also for NaN: 0 seconds times an infinite rate
}

// jitterDelay returns a delay from 0 to full, uniformly distributed.
func jitterDelay(full time.Duration, random uint64) time.Duration {
	delay, _ := bits.Mul64(random, uint64(full)+1)
	return time.Duration(delay)
}
