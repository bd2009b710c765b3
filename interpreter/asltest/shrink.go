package asltest

import (
	"encoding/json"
	"math/big"
	"slices"
	"testing"

	"github.com/gostates/gostates/value"
)

// shrinker looks for the smallest input with which a test fails.
type shrinker struct {
	t     testing.TB
	test  func(testing.TB, json.RawMessage)
	gen   Generator
	tries int
}

// maxTries is how often a test is run to find a smaller input.
const maxTries = 1000

// shrink returns the smallest input that it finds, and its report.
func (s *shrinker) shrink(input any, report *recorder) (any, *recorder) {
	for {
		smaller, r := s.findSmaller(input)
		if r == nil {
			return input, report
		}
		input, report = smaller, r
	}
}

// findSmaller returns a smaller input that fails, or nil.
func (s *shrinker) findSmaller(input any) (any, *recorder) {
	for candidate := range smallerThan(input) {
		if s.tries >= maxTries {
			return nil, nil
		}
		if !isSmaller(candidate, input) || !isValid(s.gen, candidate) {
			continue
		}
		s.tries++
		if r := s.try(candidate); r.failed {
			return candidate, r
		}
	}
	return nil, nil
}

// isValid asks a generator, which may be the test's, whether a value is an input.
func isValid(gen Generator, v any) (valid bool) {
	g, ok := gen.(interface {
		Valid(input json.RawMessage) bool
	})
	if !ok {
		return true
	}
	defer func() {
		if recover() != nil {
			valid = false
		}
	}()
	return g.Valid(value.Append(nil, v))
}

// isSmaller orders values by their length as JSON, and then by their text, so that
// shrinking ends.
func isSmaller(a, b any) bool {
	x, y := value.String(a), value.String(b)
	return len(x) < len(y) || len(x) == len(y) && x < y
}

// smallerThan yields values that are somewhat like v, those first that are much smaller.
func smallerThan(v any) func(yield func(any) bool) {
	return func(yield func(any) bool) { yieldSmaller(v, yield) }
}

// yieldSmaller returns false if yield has.
func yieldSmaller(v any, yield func(any) bool) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v || yield(false)
	case int64:
		return yieldSmallerInt(v, yield)
	case float64:
		return yield(int64(0)) && (v != v || v < -1e15 || v > 1e15 || yield(int64(v)) && yieldSmallerInt(int64(v), yield))
	case *big.Int:
		return yield(int64(0))
	case string:
		return yieldSmallerString(v, yield)
	case []any:
		return yieldSmallerArray(v, yield)
	case *value.Object:
		return yieldSmallerObject(v, yield)
	}
	return true
}

// yieldSmallerInt yields 0 and then values ever nearer to n, so that a boundary is found
// in logarithmic time.
func yieldSmallerInt(n int64, yield func(any) bool) bool {
	if n < 0 && n > -n && !yield(-n) {
		return false
	}
	for part := n; part != 0; part /= 2 {
		if !yield(n - part) {
			return false
		}
	}
	return true
}

func yieldSmallerString(s string, yield func(any) bool) bool {
	runes := []rune(s)
	for size := len(runes); size > 0; size /= 2 {
		for at := 0; at < len(runes); at += size {
			if !yield(string(slices.Delete(slices.Clone(runes), at, min(at+size, len(runes))))) {
				return false
			}
		}
	}
	for i, c := range runes {
		for _, simple := range "0a" {
			if c != simple {
				runes[i] = simple
				if !yield(string(runes)) {
					return false
				}
				runes[i] = c
			}
		}
	}
	return true
}

func yieldSmallerArray(items []any, yield func(any) bool) bool {
	for size := len(items); size > 0; size /= 2 {
		for at := 0; at < len(items); at += size {
			if !yield(slices.Delete(slices.Clone(items), at, min(at+size, len(items)))) {
				return false
			}
		}
	}
	for i, item := range items {
		if !yieldSmaller(item, func(smaller any) bool {
			changed := slices.Clone(items)
			changed[i] = smaller
			return yield(changed)
		}) {
			return false
		}
	}
	return true
}

func yieldSmallerObject(o *value.Object, yield func(any) bool) bool {
	for _, name := range o.Keys() {
		if !yield(o.Without(name)) {
			return false
		}
	}
	for _, name := range o.Keys() {
		member, _ := o.Get(name)
		if !yieldSmaller(member, func(smaller any) bool { return yield(o.With(name, smaller)) }) {
			return false
		}
	}
	return true
}
