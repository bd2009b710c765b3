package machine

import "github.com/gostates/gostates/asl"

// copiedBytes is how much memory a copied member or element takes.
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

// pathConflict is the failure of a reference path that cannot be applied. Nothing
// retries or catches it, and its cause has no prefix
// (docs/evidence.md#reference-path).
func pathConflict(cause string) *failure {
	f := newFailure(asl.StatesReferencePathConflict, cause)
	f.match = asl.StatesRuntime
	return f
}
