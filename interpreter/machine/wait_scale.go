package machine

import (
	"math"
	"strconv"
	"time"
)

// resolveWaitScale returns the one that Options mean.
func resolveWaitScale(scale float64) float64 {
	switch {
	case scale < 0:
		return -1
	case scale > 0:
		return scale
	}
	return 1 // 0 and NaN
}

// scaleWait returns how long a Wait state, or the interval of a Retrier, takes.
func (p *Program) scaleWait(d time.Duration) time.Duration {
	switch scale := p.options.WaitScale; {
	case scale == 1 || d <= 0:
		return d
	case scale < 0:
		return 0
	default:
		product := math.Ceil(float64(d) * scale)
		if product >= math.MaxInt64 {
			return math.MaxInt64
		}
		return time.Duration(product)
	}
}

// waitScaleText returns what a digest and a stored definition have of the option: nothing
// for 1, as they had before there was one.
func (o *Options) waitScaleText() string {
	if o.WaitScale == 1 {
		return ""
	}
	return strconv.FormatFloat(o.WaitScale, 'g', -1, 64)
}
