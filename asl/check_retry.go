package asl

import (
	"math"
	"sort"
)

func (c *checker) warnDeadRetriers(list []Retrier) {
	taken := handledErrors{}
	for i := range list {
		r := &list[i]
		if why := taken.whyNeverMatches(r.ErrorEquals, "retrier"); why != "" {
			c.addWarning(CodeRetrierNeverMatches, r.Pos, r.Location, "%s", why)
		}
		taken.addHandled(r.ErrorEquals)
		c.warnLateRetries(r)
	}
}

// secondsOfExpress is the longest duration of an EXPRESS execution.
const secondsOfExpress = 5 * 60

// executionTimeout returns the longest duration of an execution in seconds and
// the reason, or 0.
func (c *checker) executionTimeout() (seconds int64, what string) {
	if c.options.Type == Express {
		seconds, what = secondsOfExpress, "the longest that an EXPRESS execution lasts"
	}
	if t := c.machine.TimeoutSeconds; t.IsSet() && t.Value > 0 && (seconds == 0 || t.Value < seconds) {
		seconds, what = t.Value, "the machine's TimeoutSeconds"
	}
	return seconds, what
}

// warnLateRetries warns of retries that start after the machine's timeout. With
// jitter a delay may be 0.
func (c *checker) warnLateRetries(r *Retrier) {
	limit, what := c.executionTimeout()
	if limit == 0 || r.JitterStrategy.Value == "FULL" {
		return
	}
	attempts := r.MaxAttempts.Or(3)
	const rounding = 1 + 1e-9
	late := sort.Search(int(attempts), func(i int) bool { return r.totalDelay(i+1) > float64(limit)*rounding })
	if late < int(attempts) {
		c.addWarning(CodeRetryOutlastsTimeout, r.Pos, r.Location,
			"The delay before retry %d ends after %d seconds, %s", late+1, limit, what)
	}
}

// totalDelay returns the sum of the first n delays in seconds: a geometric
// series up to MaxDelaySeconds, which is constant from there on.
func (r *Retrier) totalDelay(n int) float64 {
	first, rate := float64(r.IntervalSeconds.Or(1)), r.BackoffRate.Or(2)
	highest := math.Inf(1)
	if r.MaxDelaySeconds.IsSet() {
		highest = float64(r.MaxDelaySeconds.Value)
	}
	all := float64(n)
	switch {
	case first <= 0:
		return 0
	case first >= highest:
		return all * highest
	case rate <= 1:
		return all * first
	}
	growing := min(all, math.Ceil(math.Log(highest/first)/math.Log(rate)))
	sum := first * (math.Pow(rate, growing) - 1) / (rate - 1)
	if growing < all {
		sum += (all - growing) * highest
	}
	return sum
}
