package value

import (
	"math"
	"math/big"
	"strconv"
)

// Size returns the number of bytes that [Append] would write for v, without
// writing them. Objects remember theirs, so the size of a value that shares
// most of its parts with one measured before costs only what is new.
func Size(v any) int {
	size, _ := Measure(v)
	return size
}

// Measure returns the size as [Size] does, and the nesting: 0 for a scalar, 1
// for an array or object of scalars, and so on. Past [MaxDepth] it does not
// look deeper: the depth is then more than MaxDepth and the size is not whole.
//
// The depth is also more than MaxDepth if v is not a value of the model, as far
// as MaxSize bytes show: [Check] tells why.
func Measure(v any) (size, depth int) { return measure(v, MaxDepth+1, MaxSize) }

// MeasureWithin is [Measure] for a caller that only needs to know whether the
// size is over a limit: it stops counting there. The work is bounded by the
// limit, whatever parts the value shares.
func MeasureWithin(v any, limit int) (size, depth int) {
	return measure(v, MaxDepth+1, min(limit, MaxSize))
}

// The measure of an object is kept as size<<depthBits | depth.
const depthBits = 16

// outside is the depth of a scalar that is not a value of the model. It makes
// whatever contains it too deep, which no object remembers.
const outside = 1 << 14

// MaxSize is how far [Size] and [Measure] count, and about as far as they look:
// a value that shares its parts over and over can be endless as text. What is
// larger has a size of more than MaxSize, and no more is known of it.
const MaxSize = 256 << 20

// measured returns the measure of an object that was measured before, or a size
// of 0.
func (o *Object) measured() (size, depth int) {
	if o == nil {
		return 0, 0
	}
	m := o.measure.Load()
	return int(m >> depthBits), int(m & (1<<depthBits - 1))
}

// measure counts up to limit, and down to room levels.
func measure(v any, room, limit int) (size, depth int) {
	switch v := v.(type) {
	case nil:
		return len("null"), 0
	case bool:
		if v {
			return len("true"), 0
		}
		return len("false"), 0
	case int64:
		return intSize(v), 0
	case float64:
		if v-v != 0 { // NaN, or infinite
			return len("null"), outside
		}
		var buf [32]byte
		return len(appendFloat(buf[:0], v)), 0
	case *big.Int:
		if v == nil || v.IsInt64() {
			return len("null"), outside
		}
		return len(v.String()), 0
	case string:
		if len(v) > limit {
			return len(v), 0
		}
		size, valid := measureString(v)
		if !valid {
			return size, outside
		}
		return size, 0
	case []any:
		if room <= 0 {
			return 0, 1
		}
		size = len("[]") + max(len(v)-1, 0)
		for i := range v {
			if size > limit || depth >= room {
				break
			}
			s, d := measure(v[i], room-1, limit-size)
			size += s
			depth = max(depth, d)
		}
		return size, depth + 1
	case *Object:
		if v == nil {
			return len("{}"), 1
		}
		if m := v.measure.Load(); m != 0 {
			return int(m >> depthBits), int(m & (1<<depthBits - 1))
		}
		if room <= 0 {
			return 0, 1
		}
		size = len("{}") + max(len(v.members)-1, 0)
		for i := range v.members {
			if size > limit || depth >= room {
				break
			}
			key, valid := measureString(v.members[i].Key)
			size += key + len(":")
			if !valid {
				depth = outside
				break
			}
			s, d := measure(v.members[i].Value, room-1, limit-size)
			size += s
			depth = max(depth, d)
		}
		depth++
		if depth <= room && (size <= limit || size > MaxSize) {
			v.measure.Store(uint64(size)<<depthBits | uint64(depth))
		}
		return size, depth
	}
	return len("null"), outside
}

func intSize(n int64) int {
	if n == math.MinInt64 {
		return len(strconv.FormatInt(n, 10))
	}
	size := 1
	if n < 0 {
		size, n = 2, -n
	}
	for ; n >= 10; n /= 10 {
		size++
	}
	return size
}
