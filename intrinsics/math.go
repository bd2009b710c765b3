package intrinsics

import (
	"math"
	"math/bits"
)

// mathAdd implements States.MathAdd. It rounds each argument half up.
func mathAdd(in input) (any, error) {
	a, err := in.int32Arg(0, roundHalfUp)
	if err != nil {
		return nil, err
	}
	b, err := in.int32Arg(1, roundHalfUp)
	if err != nil {
		return nil, err
	}
	sum := a + b
	if sum != int64(int32(sum)) {
		return nil, in.argumentError("the sum %d is outside of the range of 32 bits", sum)
	}
	return sum, nil
}

// mathRandom implements States.MathRandom. It cuts off fractions
// (docs/evidence.md#intrinsic-fractions) and fails unless end is larger than
// start (docs/evidence.md#intrinsic-data).
func mathRandom(in input) (any, error) {
	start, err := in.int32Arg(0, math.Trunc)
	if err != nil {
		return nil, err
	}
	end, err := in.int32Arg(1, math.Trunc)
	if err != nil {
		return nil, err
	}
	if start >= end {
		return nil, in.argumentError("the start %d is not less than the end %d", start, end)
	}
	if len(in.call.args) == 2 {
		// At most 2^32 numbers out of 2^64: the bias is negligible.
		n, _ := bits.Mul64(in.env.Uint64(), uint64(end-start))
		return start + int64(n), nil
	}
	seed, err := in.int64Arg(2, math.Trunc)
	if err != nil {
		return nil, err
	}
	r := newJavaRandom(seed)
	return r.nextBetween(start, end), nil
}

// javaRandom is java.util.Random. Numbers of States.MathRandom are recorded for
// the seeds 0, 1, 2, 42 and -10, with ranges that are a power of 2 and others.
type javaRandom struct{ seed uint64 }

const (
	javaMultiplier = 0x5DEECE66D
	javaMask       = 1<<48 - 1
)

func newJavaRandom(seed int64) javaRandom {
	return javaRandom{(uint64(seed) ^ javaMultiplier) & javaMask}
}

// nextBits returns the next n bits, signed as a Java int is.
func (r *javaRandom) nextBits(n uint) int32 {
	r.seed = (r.seed*javaMultiplier + 0xB) & javaMask
	return int32(r.seed >> (48 - n))
}

// nextBetween returns a number in [start, end).
func (r *javaRandom) nextBetween(start, end int64) int64 {
	n := end - start
	if n > math.MaxInt32 {
		for {
			if v := int64(r.nextBits(32)); start <= v && v < end {
				return v
			}
		}
	}
	return start + int64(r.nextBelow(int32(n)))
}

// nextBelow is Java's nextInt(n).
func (r *javaRandom) nextBelow(n int32) int32 {
	if n&-n == n { // a power of 2
		return int32(int64(n) * int64(r.nextBits(31)) >> 31)
	}
	for {
		b := r.nextBits(31)
		if v := b % n; b-v+(n-1) >= 0 {
			return v
		}
	}
}
