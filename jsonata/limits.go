package jsonata

// maxNesting is how deep values may nest for functions that walk them: about
// where JavaScript's own stack ends.
const maxNesting = 10000

// tooDeep throws once a walk into a value has reached a depth.
func tooDeep(depth int) {
	if depth > maxNesting {
		panic(stackOverflow())
	}
}

// Limits bound an evaluation. They count what the evaluation does, not the time
// that it takes, so the same input always ends the same way. A zero field
// stands for that of DefaultLimits.
type Limits struct {
	// Steps is how much work may be done, a step being about 0.1 µs at most: one
	// for each value that is looked at, for 16 bytes of a string, 64 bytes of
	// memory or 8 nodes of an expression that is evaluated again.
	Steps int64
	// Depth is how deep calls and the expressions in them may nest, up to
	// 10,000. A call in tail position adds nothing.
	Depth int
	// ValueBytes is how large one array or string may become: 8 for each
	// element, 1 for each byte.
	ValueBytes int
	// TotalBytes is how much memory the evaluation may take in all, whether or
	// not it needs it to the end.
	TotalBytes int
	// Interrupt, if not nil, is called after about every 4,096 steps, which take
	// less than a millisecond. If it returns an error, the evaluation ends with
	// an Error U1001 that wraps it.
	Interrupt func() error
}

// DefaultLimits are those of AWS Step Functions as far as they are known:
// depth and value size are measured; steps are about what its five seconds
// allow.
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

// Usage is what one evaluation took, counted as in [Limits].
type Usage struct {
	Steps int64
	Bytes int // of memory, whether or not the result still holds it
}
