package machine

import "math/bits"

// Uint64 returns a random number of the execution's generator, xoroshiro128++. Its
// whole state is in the Execution, so that a restored execution continues the
// sequence.
func (s *step) Uint64() uint64 {
	r := &s.x.Rand
	if r[0]|r[1] == 0 {
		r[0], r[1] = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9 // xoroshiro must not start at zero
	}
	a, b := r[0], r[1]
	n := bits.RotateLeft64(a+b, 17) + a
	b ^= a
	r[0] = bits.RotateLeft64(a, 49) ^ b ^ b<<21
	r[1] = bits.RotateLeft64(b, 28)
	return n
}
