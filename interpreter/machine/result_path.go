package machine

import "github.com/gostates/gostates/asl"

// copiedBytes is the memory of a copied member or element.
const copiedBytes = 40

// applyResultPath puts a result into the state's input.
func (s *step) applyResultPath(sc *scope, f *field, result any) (any, *failure) {
	if f.path == nil {
		if f.null {
			return sc.input, nil
		}
		return result, nil
	}
	if sc.parent >= 0 {
		s.meter.Made += copiedBytes * int64(f.path.Copied(sc.input))
	}
	v, err := f.path.Set(sc.input, result)
	if err != nil {
		return nil, pathConflict(err.Error())
	}
	return v, nil
}

// pathConflict returns the failure of a reference path that cannot be applied. It
// cannot be retried or caught, and its cause has no prefix
// (docs/evidence.md#reference-path).
func pathConflict(cause string) *failure {
	f := newFailure(asl.StatesReferencePathConflict, cause)
	f.match = asl.StatesRuntime
	return f
}
