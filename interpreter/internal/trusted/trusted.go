// Package trusted marks resolvers of this module whose Resolve calls no code of the
// host. An interpreter calls them without the guards of a hook.
package trusted

import "reflect"

// Resolver is the type of a field, named _, that marks the struct type which has it.
type Resolver struct{}

// IsMarked reports whether r is a pointer to a struct that is marked itself. A type
// that embeds a marked one is not: its Resolve may be its own.
func IsMarked(r any) bool {
	t := reflect.TypeOf(r)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return false
	}
	t = t.Elem()
	for i := range t.NumField() {
		if t.Field(i).Type == reflect.TypeFor[Resolver]() {
			return true
		}
	}
	return false
}
