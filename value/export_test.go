package value

import "sync"

// WithoutFastFields calls f while the binders of structs do without their fast
// fields. It must not run beside other tests.
func WithoutFastFields(f func()) {
	old := binders
	defer func() { fastFields, binders = true, old }()
	fastFields, binders = false, new(sync.Map)
	f()
}
