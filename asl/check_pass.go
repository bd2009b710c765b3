package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// warnPassResult warns of a Result that looks as if it were meant to be
// evaluated.
func (c *checker) warnPassResult(st *PassState) {
	if st.Language == JSONPath && hasEvaluated(st.Result.Value) {
		c.addWarning(CodePassResultIsStatic, st.Result.Pos, st.Location+"/Result",
			"Paths and calls in Result are not evaluated: use Parameters")
	}
}

// hasEvaluated reports whether a value contains a path, a call, or a key that
// ends in ".$".
func hasEvaluated(v any) bool {
	switch v := v.(type) {
	case string:
		return looksEvaluated(v)
	case *value.Object:
		for key, member := range v.All() {
			if strings.HasSuffix(key, ".$") || hasEvaluated(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasEvaluated)
	}
	return false
}
