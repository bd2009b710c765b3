package machine

import "github.com/gostates/gostates/value"

// A lookup is an expression that only selects a part of $states or of a variable, which
// most expressions do. The part is looked up where it is, without an evaluation.
type lookup struct {
	where    lookupRoot
	variable string
	names    []string // behind the root
}

type lookupRoot uint8

const (
	lookNowhere lookupRoot = iota // another expression
	lookInput
	lookResult
	lookErrorOutput
	lookContext
	lookVariable
)

var lookupRoots = map[string]lookupRoot{
	"input": lookInput, "result": lookResult, "errorOutput": lookErrorOutput, "context": lookContext,
}

// newLookup makes a lookup of the parts of an expression $variable.names.
func newLookup(variable string, names []string) lookup {
	switch {
	case variable == "":
	case variable != "states":
		return lookup{lookVariable, variable, names}
	case len(names) > 0:
		return lookup{where: lookupRoots[names[0]], names: names[1:]}
	}
	return lookup{}
}

// lookUp returns the result of an expression. It returns false if an evaluation must
// tell it.
func (v *view) lookUp(l *lookup) (found any, ok bool) {
	names := l.names
	switch l.where {
	case lookInput:
		found = v.input
	case lookResult:
		found = v.result
	case lookErrorOutput:
		found = v.errorOutput
	case lookContext:
		if found, ok = v.s.contextItem(v.slot, names); !ok {
			return nil, false
		}
		names = names[itemNames:]
	case lookVariable:
		if found, ok = v.s.lookupVariable(v.slot, l.variable); !ok {
			return nil, false
		}
	default:
		return nil, false
	}
	for _, name := range names {
		o, _ := found.(*value.Object)
		if found, ok = o.Get(name); !ok {
			return nil, false
		}
	}
	switch found.(type) {
	case *value.Object, []any, string, int64, float64, bool, nil:
		return found, true
	}
	return nil, false
}
