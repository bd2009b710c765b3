package jsonata

// maxNesting is the maximum nesting of values for functions that walk them,
// about that of JavaScript's stack.
const maxNesting = 10000

// tooDeep throws if a walk into a value has passed maxNesting.
func tooDeep(depth int) {
	if depth > maxNesting {
		panic(stackOverflow())
	}
}

// Limits bound an evaluation. They count its work, not its time, so the same
// input always ends the same way. A zero field stands for the field of
// DefaultLimits.
type Limits struct {
	// Steps is the maximum amount of work. A step takes about 0.1 µs at most:
	// one for each value read, for 16 bytes of a string, for 64 bytes of memory,
	// or for 8 nodes of an expression that is evaluated again.
	Steps int64
	// Depth is the maximum nesting of calls and of expressions in them, up to
	// 10,000. A call in tail position does not count.
	Depth int
	// ValueBytes is the maximum size of one array or string: 8 for each
	// element, 1 for each byte.
	ValueBytes int
	// TotalBytes is the maximum of bytes allocated during the evaluation,
	// including those it no longer needs.
	TotalBytes int
	// Interrupt, if not nil, is called after about every 4,096 steps, which take
	// less than a millisecond, with the number of steps so far. If it returns an
	// error, the evaluation ends with an Error U1001 that wraps it.
	Interrupt func(steps int64) error
}

// DefaultLimits are those of AWS Step Functions: Depth and ValueBytes are
// AWS's, Steps is about what its five seconds allow, and TotalBytes is chosen
// (docs/evidence.md#jsonata-limits).
var DefaultLimits = Limits{
	Steps:      50_000_000,
	Depth:      100,
	ValueBytes: 6_990_256,
	TotalBytes: 48 << 20,
}

func (l *Limits) withDefaults() Limits {
	f := *l
	if f.Steps <= 0 {
		f.Steps = DefaultLimits.Steps
	}
	if f.Depth <= 0 {
		f.Depth = DefaultLimits.Depth
	}
	f.Depth = min(f.Depth, maxNesting)
	if f.ValueBytes <= 0 {
		f.ValueBytes = DefaultLimits.ValueBytes
	}
	if f.TotalBytes <= 0 {
		f.TotalBytes = DefaultLimits.TotalBytes
	}
	return f
}

// Usage is the cost of one evaluation, counted as in [Limits].
type Usage struct {
	Steps int64 // at least 0
	// Undone is how many of these steps were not done, as they would have exceeded
	// Limits.Steps.
	Undone int64
	Bytes  int // allocated, whether or not the result still holds them
}
