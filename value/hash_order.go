package value

import (
	"slices"
	"unicode/utf8"
)

// HashMapOrder returns the order in which a java.util.HashMap with default
// settings iterates over distinct keys that were put in slice order: the indexes
// of keys, in that order. AWS shows it in payload templates (recorded).
func HashMapOrder(keys []string) []int {
	hashes := make([]int32, len(keys))
	hashStrings(hashes, keys)
	return HashOrder(hashes)
}

// HashMapCopyOrder is [HashMapOrder] for a java.util.HashMap that was made as a
// copy of a map with the first copied keys, and got the others then. AWS shows
// it in States.JsonMerge (recorded, for maps of one and two keys; how large a
// copy of more is differs between versions of Java, and this is 17).
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

// HashOrder is [HashMapOrder] for keys of any type, given by their
// Object.hashCode.
func HashOrder(hashes []int32) []int { return hashOrder(hashes, 16) }

// hashOrder is the order of a map that began with so many buckets, and grew as
// it became three quarters full.
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
	// Within a bucket keys stay in the order in which they came; growing keeps it.
	slices.SortStableFunc(order, func(i, j int) int { return int(bucket(i)) - int(bucket(j)) })
	return order
}

// StringHash is Java's String.hashCode: over UTF-16.
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
