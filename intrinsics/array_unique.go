package intrinsics

import (
	"cmp"
	"math"
	"math/big"
	"slices"

	"github.com/gostates/gostates/value"
)

// arrayUnique implements States.ArrayUnique. It keeps the first of equal
// elements. Objects are equal in any order, and 1 and 1.0 differ. The result
// has the order of a java.util.HashSet: [true, false] becomes [false, true]
// (docs/evidence.md#intrinsic-arrays).
func arrayUnique(in input) (any, error) {
	items, err := in.arrayArg(0)
	if err != nil {
		return nil, err
	}
	if in.meter != nil && uniqueWork*len(items) > in.meter.Steps {
		return nil, in.meter.Work(uniqueWork * len(items)) // before room is made
	}
	seen := make(map[any]struct{}, len(items))
	distinct := make([]any, 0, len(items))
	hashes := make([]int32, 0, len(items))
	for _, item := range items {
		if err := in.countItem(item, uniqueWork, true); err != nil {
			return nil, err
		}
		key := comparableKey(item)
		if _, ok := seen[key]; ok {
			continue
		}
		seen[key] = struct{}{}
		distinct = append(distinct, item)
		hashes = append(hashes, javaHash(item))
	}
	ordered := make([]any, len(distinct))
	for i, from := range value.HashOrder(hashes) {
		ordered[i] = distinct[from]
	}
	return ordered, nil
}

// uniqueWork is the work per element, which is hashed, kept and sorted.
const uniqueWork = 5

// comparableKey returns a comparable Go value for v. Equal values have equal
// keys.
func comparableKey(v any) any {
	switch v := v.(type) {
	case []any, *value.Object, *big.Int:
		return canonical(appendCanonical(nil, v))
	default:
		return v
	}
}

// canonical is JSON with sorted keys. It is a type of its own so that it never
// equals a string.
type canonical string

func appendCanonical(dst []byte, v any) []byte {
	switch v := v.(type) {
	case []any:
		dst = append(dst, '[')
		for i := range v {
			dst = append(appendCanonical(dst, v[i]), ',')
		}
		return append(dst, ']')
	case *value.Object:
		members := make([]value.Member, v.Len())
		for i := range members {
			members[i] = v.At(i)
		}
		slices.SortFunc(members, func(a, b value.Member) int { return cmp.Compare(a.Key, b.Key) })
		dst = append(dst, '{')
		for _, m := range members {
			dst = append(value.AppendString(dst, m.Key), ':')
			dst = append(appendCanonical(dst, m.Value), ',')
		}
		return append(dst, '}')
	}
	return value.Append(dst, v)
}

// javaHash returns Java's Object.hashCode of a value.
func javaHash(v any) int32 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1231
		}
		return 1237
	case int64:
		if v == int64(int32(v)) {
			return int32(v)
		}
		return foldBits(uint64(v))
	case float64:
		return foldBits(math.Float64bits(v))
	case *big.Int:
		return hashBig(v)
	case string:
		return value.StringHash(v)
	case []any:
		h := int32(1)
		for i := range v {
			h = 31*h + javaHash(v[i])
		}
		return h
	case *value.Object:
		h := int32(0)
		for i := range v.Len() {
			m := v.At(i)
			h += value.StringHash(m.Key) ^ javaHash(m.Value)
		}
		return h
	}
	return 0 // null
}

func foldBits(bits uint64) int32 { return int32(bits ^ bits>>32) }

// hashBig returns Java's BigInteger.hashCode: over words of 32 bits, from the
// highest.
func hashBig(n *big.Int) int32 {
	h := uint32(0)
	bytes := n.Bytes()
	for len(bytes)%4 != 0 {
		bytes = append([]byte{0}, bytes...)
	}
	for ; len(bytes) > 0; bytes = bytes[4:] {
		h = 31*h + (uint32(bytes[0])<<24 | uint32(bytes[1])<<16 | uint32(bytes[2])<<8 | uint32(bytes[3]))
	}
	return int32(h) * int32(n.Sign())
}
