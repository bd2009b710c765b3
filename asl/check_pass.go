package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// passResult warns of a Result that is meant to be evaluated.
func (c *checker) passResult(st *PassState) {
	if st.Language == JSONPath && evaluates(st.Result.Value) {
		c.warn(CodePassResultIsStatic, st.Result.Pos, st.Location+"/Result",
			"Paths and calls in Result are taken as they stand: Parameters evaluates them")
	}
}

// evaluates reports whether a value has a path in it, or a key that only means
// something where there are some.
func evaluates(v any) bool {
	switch v := v.(type) {
	case string:
		return looksEvaluated(v)
	case *value.Object:
		for key, member := range v.All() {
			if strings.HasSuffix(key, ".$") || evaluates(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, evaluates)
	}
	return false
}
