package jsonata

import "math"

// pow is JavaScript's Math.pow to the last bit, as V8 computes it; [math.Pow]
// differs. The method and its constants are FDLIBM's: "Copyright (C) 2004 by
// Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify,
// and distribute this software is freely granted, provided that this notice is
// preserved."
//
// x is 2^n times a number near 1 or 1.5. y*log2(x) is computed in two parts,
// and 2 is raised to it. Conversions to float64 keep the compiler from fusing a
// multiplication and an addition.
func pow(x, y float64) float64 {
	abs := math.Abs(x)
	odd := math.Mod(y, 2) == 1 || math.Mod(y, 2) == -1
	switch {
	case y == 0:
		return 1
	case math.IsNaN(x) || math.IsNaN(y), x < 0 && y != math.Trunc(y) && !math.IsInf(x, 0), abs == 1 && math.IsInf(y, 0):
		return math.NaN()
	case y == 1:
		return x
	case y == 2:
		return x * x
	case y == -1:
		return 1 / x
	case y == 0.5 && x >= 0:
		return math.Sqrt(x)
	case x == 0, math.IsInf(x, 0), math.IsInf(y, 0), abs == 1:
		return math.Pow(x, y) // exact
	}
	result := powPositive(abs, y)
	if x < 0 && odd {
		return -result
	}
	return result
}

// powPositive is pow without the special cases.
func powPositive(x, y float64) float64 {
	var high, low float64
	if math.Abs(y) > 1<<31 {
		switch {
		case x < 0.9999995 || x > 1.000001:
			if (x > 1) == (y > 0) {
				return math.Inf(1)
			}
			return 0
		}
		high, low = log2NearOne(x)
	} else {
		high, low = log2(x)
	}
	yHigh := upperBits(y)
	low = float64((y-yHigh)*high) + float64(y*low)
	high *= yHigh
	return exp2(high, low)
}

// upperBits clears the lower half of a double's bits, so that the product of
// two such numbers is exact.
func upperBits(f float64) float64 { return math.Float64frombits(math.Float64bits(f) &^ (1<<32 - 1)) }

const (
	invLn2     = 1.44269504088896338700e+00
	invLn2High = 1.44269502162933349609e+00
	invLn2Low  = 1.92596299112661746887e-08
)

// log2NearOne is log2 for |1-x| below 2^-20.
func log2NearOne(x float64) (high, low float64) {
	t := x - 1
	w := float64(t*t) * (0.5 - float64(t*(0.3333333333333333333333-float64(t*0.25))))
	u := invLn2High * t
	v := float64(t*invLn2Low) - float64(w*invLn2)
	high = upperBits(u + v)
	return high, v - (high - u)
}

// log2 returns the binary logarithm in two parts.
func log2(x float64) (high, low float64) {
	const (
		l1     = 5.99999999999994648725e-01
		l2     = 4.28571428578550184252e-01
		l3     = 3.33333329818377432918e-01
		l4     = 2.72728123808534006489e-01
		l5     = 2.30660745775561754067e-01
		l6     = 2.06975017800338417784e-01
		cp     = 9.61796693925975554329e-01 // 2/(3 ln 2)
		cpHigh = 9.61796700954437255859e-01
		cpLow  = -7.02846165095275826516e-09
	)
	n := 0
	if x < 0x1p-1022 {
		x *= 1 << 53
		n = -53
	}
	bits := math.Float64bits(x)
	n += int(bits>>52) - 1023
	mantissa := bits >> 32 & 0xFFFFF
	top := mantissa | 0x3FF00000
	center, centerHigh, centerLow := 1.0, 0.0, 0.0 // and its logarithm
	k := uint64(0)
	switch {
	case mantissa <= 0x3988E:
	case mantissa < 0xBB67A:
		center, centerHigh, centerLow = 1.5, 5.84962487220764160156e-01, 1.35003920212974897128e-08
		k = 1
	default:
		n++
		top -= 0x00100000
	}
	x = math.Float64frombits(top<<32 | bits&(1<<32-1))

	// s = (x-center)/(x+center), in two parts.
	u := x - center
	v := 1 / (x + center)
	s := u * v
	sHigh := upperBits(s)
	tHigh := math.Float64frombits(((top>>1 | 0x20000000) + 0x00080000 + k<<18) << 32)
	tLow := x - (tHigh - center)
	sLow := v * ((u - float64(sHigh*tHigh)) - float64(sHigh*tLow))

	// log(x) = s*(2 + 2/3 s^2 + ...)
	s2 := s * s
	r := float64(float64(s2*s2) * (l1 + float64(s2*(l2+float64(s2*(l3+float64(s2*(l4+float64(s2*(l5+float64(s2*l6)))))))))))
	r += float64(sLow * (sHigh + s))
	s2 = sHigh * sHigh
	tHigh = upperBits(3 + s2 + r)
	tLow = r - ((tHigh - 3) - s2)
	u = sHigh * tHigh
	v = float64(sLow*tHigh) + float64(tLow*s)
	pHigh := upperBits(u + v)
	pLow := v - (pHigh - u)
	zHigh := float64(cpHigh * pHigh)
	zLow := float64(cpLow*pHigh) + float64(pLow*cp) + centerLow
	t := float64(n)
	high = upperBits(((zHigh + zLow) + centerHigh) + t)
	return high, zLow - (((high - t) - centerHigh) - zHigh)
}

// exp2 returns 2 to the power of high+low.
func exp2(high, low float64) float64 {
	const (
		p1      = 1.66666666666666019037e-01
		p2      = -2.77777777770155933842e-03
		p3      = 6.61375632143793436117e-05
		p4      = -1.65339022054652515390e-06
		p5      = 4.13813679705723846039e-08
		ln2     = 6.93147180559945286227e-01
		ln2High = 6.93147182464599609375e-01
		ln2Low  = -1.90465429995776804525e-09
		over    = 8.0085662595372944372e-17
	)
	z := low + high
	switch {
	case z > 1024, z == 1024 && low+over > z-high:
		return math.Inf(1)
	case z < -1075, z == -1075 && low <= z-high:
		return 0
	}
	n := 0.0
	if math.Float64bits(z)>>32&0x7FFFFFFF > 0x3FE00000 {
		n = math.Round(upperBits(z))
		high -= n
	}
	t := upperBits(low + high)
	u := float64(t * ln2High)
	v := float64((low-(t-high))*ln2) + float64(t*ln2Low)
	z = u + v
	w := v - (z - u)
	t = z * z
	t1 := z - float64(t*(p1+float64(t*(p2+float64(t*(p3+float64(t*(p4+float64(t*p5)))))))))
	// FDLIBM places the parentheses differently: z*t1/(t1-2) - (w + z*w).
	r := float64(z*t1) / ((t1 - 2) - (w + float64(z*w)))
	z = 1 - (r - z)
	return math.Ldexp(z, int(n))
}

func fnPower(_ *call, args []any) any {
	base, exponent := args[0], args[1]
	if base == Undefined {
		return Undefined
	}
	if b, ok := base.(int64); ok {
		if e, ok := exponent.(int64); ok {
			if n, ok := powerInt(b, e); ok {
				return n
			}
		}
	}
	f := pow(toFloat(base), toFloat(exponent))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		e := failValue("D3061", base)
		e.index = 1
		e.exp = exponent
		panic(e)
	}
	return numberOf(f)
}

// powerInt returns false if the result exceeds int64.
func powerInt(base, exponent int64) (int64, bool) {
	if exponent < 0 {
		return 0, false
	}
	switch base {
	case 0, 1:
		if exponent == 0 {
			return 1, true
		}
		return base, true
	case -1:
		return 1 - 2*(exponent&1), true
	}
	if exponent > 63 {
		return 0, false
	}
	result := int64(1)
	for range exponent {
		product := result * base
		if product/base != result || base == math.MinInt64 && result != 1 {
			return 0, false
		}
		result = product
	}
	return result, true
}
