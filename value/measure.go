package value

import (
	"math/big"
	"math/bits"
)

// Size returns the number of bytes that [Append] would write for v, without
// writing them. Objects remember their size. If most parts of a value were
// measured before, only the new ones take time.
func Size(v any) int {
	size, _ := Measure(v)
	return size
}

// Measure returns the size of v as [Size] does, and its depth: 0 for a scalar,
// 1 for an array or object of scalars, and so on. Parts deeper than [MaxDepth] are
// not measured: depth is then more than MaxDepth, and size is incomplete.
//
// The depth is also more than MaxDepth if the first MaxSize bytes of v hold
// something that is not a value of the model. [Check] returns the reason.
func Measure(v any) (size, depth int) {
	size, depth, _ = measureValue(v, MaxDepth+1, MaxSize)
	return size, depth
}

// MeasureWithin is [Measure] for callers that only compare the size with limit:
// it stops counting above limit. This bounds the work, however v shares its
// parts.
func MeasureWithin(v any, limit int) (size, depth int) {
	size, depth, _ = measureValue(v, MaxDepth+1, min(limit, MaxSize))
	return size, depth
}

// Weight estimates the memory that v takes, in bytes. It errs on the high side,
// and counts a shared part each time that it occurs. Like [Size], it stops at
// about [MaxSize], and objects remember it.
func Weight(v any) int {
	switch v := v.(type) {
	case nil, bool, int64, float64:
		return scalarWeight
	case string:
		return stringWeight + len(v)
	case *Object:
		if v == nil {
			break
		}
		if m := v.measure.Load(); m != 0 {
			_, _, weight := unpackMeasure(m)
			return weight
		}
	}
	_, _, weight := measureValue(v, MaxDepth+1, MaxSize)
	return weight
}

// The estimated weight of a value without its contents, with its header in an
// array or member and the rounding of the allocator.
const (
	scalarWeight = 24
	stringWeight = 40
	arrayWeight  = 40
	objectWeight = 80
	memberWeight = 16
	indexWeight  = 40 // of a member, in an object with an index
)

// The measure of an object is packed into one word: size, weight and depth.
const (
	depthBits, weightBits = 11, 24
	weightUnit            = 32 // bytes
	maxWeight             = (1<<weightBits - 1) * weightUnit
)

// roundWeight rounds a weight as packMeasure does.
func roundWeight(weight int) int {
	return min((weight+weightUnit-1)/weightUnit*weightUnit, maxWeight)
}

func packMeasure(size, depth, weight int) uint64 {
	const maxSize = 1<<(64-weightBits-depthBits) - 1
	return uint64(min(size, maxSize))<<(weightBits+depthBits) | uint64(weight/weightUnit)<<depthBits | uint64(depth)
}

func unpackMeasure(m uint64) (size, depth, weight int) {
	return int(m >> (weightBits + depthBits)), int(m & (1<<depthBits - 1)), int(m>>depthBits&(1<<weightBits-1)) * weightUnit
}

// outside is the depth of a scalar that is not a value of the model. It makes
// each container of the scalar too deep, and objects do not remember such
// depths.
const outside = 1 << 14

// MaxSize is where [Size] and [Measure] stop counting, in bytes. A value that
// shares its parts exponentially can be endless as JSON. The size of a larger
// value is reported as some number above MaxSize.
const MaxSize = 256 << 20

// knownMeasure returns the measure that the object remembers, or a size of 0.
func (o *Object) knownMeasure() (size, depth int) {
	if o == nil {
		return 0, 0
	}
	size, depth, _ = unpackMeasure(o.measure.Load())
	return size, depth
}

// measureValue counts up to limit bytes and down to room levels.
func measureValue(v any, room, limit int) (size, depth, weight int) {
	switch v := v.(type) {
	case nil:
		return len("null"), 0, scalarWeight
	case bool:
		if v {
			return len("true"), 0, scalarWeight
		}
		return len("false"), 0, scalarWeight
	case int64:
		return intSize(v), 0, scalarWeight
	case float64:
		if v-v != 0 { // NaN or infinite
			return len("null"), outside, scalarWeight
		}
		var buf [32]byte
		return len(appendFloat(buf[:0], v)), 0, scalarWeight
	case *big.Int:
		if v == nil || v.IsInt64() {
			return len("null"), outside, scalarWeight
		}
		if checkBigRange(v) != nil {
			return len("null"), outside, scalarWeight
		}
		size = len(v.String())
		return size, 0, stringWeight + size
	case string:
		weight = stringWeight + len(v)
		if len(v) > limit {
			return len(v), 0, weight
		}
		size, valid := measureString(v)
		if !valid {
			return size, outside, weight
		}
		return size, 0, weight
	case []any:
		if room <= 0 {
			return 0, 1, arrayWeight
		}
		size, weight = len("[]")+max(len(v)-1, 0), arrayWeight
		for i := range v {
			if size > limit || depth >= room {
				break
			}
			if n, ok := v[i].(int64); ok {
				size += intSize(n)
				weight = min(weight+scalarWeight, maxWeight)
				continue
			}
			var s, d, w int
			if o, ok := v[i].(*Object); ok && o != nil { // most were measured before
				s, d, w = unpackMeasure(o.measure.Load())
			}
			if s == 0 {
				s, d, w = measureValue(v[i], room-1, limit-size)
			}
			size += s
			weight = min(weight+w, maxWeight)
			depth = max(depth, d)
		}
		return size, depth + 1, weight
	case *Object:
		if v == nil {
			return len("{}"), 1, roundWeight(objectWeight)
		}
		if m := v.measure.Load(); m != 0 {
			return unpackMeasure(m)
		}
		if room <= 0 {
			return 0, 1, objectWeight
		}
		members := v.members
		size, weight = len("{}")+max(len(members)-1, 0), objectWeight+memberWeight*len(members)
		for i := range members {
			if size > limit || depth >= room {
				break
			}
			m := &members[i]
			if isShortPlain(m.Key) {
				size += len(m.Key) + len(`"":`)
			} else {
				key, valid := measureString(m.Key)
				size += key + len(":")
				if !valid {
					depth = outside
					break
				}
			}
			weight += len(m.Key)
			if n, ok := m.Value.(int64); ok {
				size += intSize(n)
				weight = min(weight+scalarWeight, maxWeight)
				continue
			}
			if text, ok := m.Value.(string); ok && isShortPlain(text) {
				size += len(text) + len(`""`)
				weight = min(weight+stringWeight+len(text), maxWeight)
				continue
			}
			if is, ok := m.Value.(bool); ok {
				size += len("false")
				if is {
					size--
				}
				weight = min(weight+scalarWeight, maxWeight)
				continue
			}
			s, d, w := measureValue(m.Value, room-1, limit-size)
			size += s
			weight = min(weight+w, maxWeight)
			depth = max(depth, d)
		}
		depth++
		if len(members) > scanned {
			weight += indexWeight * len(members)
		}
		weight = roundWeight(weight)
		if depth <= room && (size <= limit || size > MaxSize) {
			v.measure.Store(packMeasure(size, depth, weight))
		}
		return size, depth, weight
	}
	return len("null"), outside, scalarWeight
}

// intSize returns the length of an integer in JSON.
func intSize(n int64) int {
	u, sign := uint64(n), 0
	if n < 0 {
		u, sign = -u, 1
	}
	digits := bits.Len64(u)*1233>>12 + 1 // 1233/4096 is about log10(2): at most one too many
	if u < powersOf10[digits-1] {
		digits--
	}
	return sign + digits
}

// powersOf10 are the lowest numbers that have one digit more than the one
// before.
var powersOf10 = func() (t [20]uint64) {
	for i, p := 1, uint64(10); i < len(t); i, p = i+1, p*10 {
		t[i] = p
	}
	return t
}()
