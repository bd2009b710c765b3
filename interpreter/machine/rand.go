package machine

import "math/bits"

// Uint64 draws from the execution's own randomness: xoroshiro128++, whose whole
// state is in the Execution, so that a restored one goes on as it would have.
func (s *step) Uint64() uint64 {
	r := &s.x.Rand
	if r[0]|r[1] == 0 {
		r[0], r[1] = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9 // its one bad state
	}
	a, b := r[0], r[1]
	n := bits.RotateLeft64(a+b, 17) + a
	b ^= a
	r[0] = bits.RotateLeft64(a, 49) ^ b ^ b<<21
	r[1] = bits.RotateLeft64(b, 28)
	return n
}
