package value

import (
	"slices"
	"unicode/utf8"
)

// HashMapOrder returns the iteration order of a java.util.HashMap with default
// settings, to which distinct keys were added in slice order: indexes into
// keys. AWS's payload templates have this order.
func HashMapOrder(keys []string) []int {
	hashes := make([]int32, len(keys))
	hashStrings(hashes, keys)
	return HashOrder(hashes)
}

// HashMapCopyOrder is [HashMapOrder] for a java.util.HashMap that was copied
// from a map of the first copied keys and received the other keys afterwards.
// The result of States.JsonMerge has this order (docs/evidence.md#json-merge).
// The capacity of a copy is that of Java 17.
func HashMapCopyOrder(keys []string, copied int) []int {
	n := 1
	for size := copied*4/3 + 1; n < size; {
		n *= 2
	}
	hashes := make([]int32, len(keys))
	hashStrings(hashes, keys)
	return hashOrder(hashes, n)
}

func hashStrings(hashes []int32, keys []string) {
	for i, key := range keys {
		hashes[i] = StringHash(key)
	}
}

// HashOrder is [HashMapOrder] for keys of any type. hashes holds the
// Object.hashCode of each key.
func HashOrder(hashes []int32) []int { return hashOrder(hashes, 16) }

// hashOrder returns the order of a map that started with this number of buckets
// and doubled it each time that it was three quarters full.
func hashOrder(hashes []int32, buckets int) []int {
	n := uint32(buckets)
	for 4*uint64(len(hashes)) > 3*uint64(n) {
		n *= 2
	}
	order := make([]int, len(hashes))
	for i := range order {
		order[i] = i
	}
	bucket := func(i int) uint32 {
		h := uint32(hashes[i])
		return (h ^ h>>16) & (n - 1)
	}
	// Keys of one bucket stay in order of insertion; growing keeps that order.
	slices.SortStableFunc(order, func(i, j int) int { return int(bucket(i)) - int(bucket(j)) })
	return order
}

// StringHash returns Java's String.hashCode, which is defined on UTF-16.
func StringHash(s string) int32 {
	var h uint32
	for i := 0; i < len(s); {
		if isSurrogate(s, i) {
			h = 31*h + (0xD000 | uint32(s[i+1]&0x3F)<<6 | uint32(s[i+2]&0x3F))
			i += 3
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + highSurrogate + uint32(r>>10)
			r = lowSurrogate + r&0x3FF
		}
		h = 31*h + uint32(r)
	}
	return int32(h)
}
