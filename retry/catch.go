package retry

import (
	"slices"

	"github.com/gostates/gostates/asl"
)

// Catch is a compiled Catch field. A nil *Catch catches nothing. It is
// immutable and safe for concurrent use.
type Catch struct {
	errors [][]string
}

// CompileCatch compiles a Catch field. It returns nil if there are no Catchers.
func CompileCatch(catchers []asl.Catcher) *Catch {
	if len(catchers) == 0 {
		return nil
	}
	c := &Catch{errors: make([][]string, len(catchers))}
	for i := range catchers {
		c.errors[i] = catchers[i].ErrorEquals
	}
	return c
}

// Match returns the index of the first Catcher that matches the error, or -1.
func (c *Catch) Match(errorName string) int {
	if c == nil {
		return -1
	}
	return slices.IndexFunc(c.errors, func(e []string) bool { return Matches(e, errorName) })
}
