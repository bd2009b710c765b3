package value

import "strings"

// Detach returns a copy of v that holds on to nothing but itself: a part of a
// string or an array otherwise keeps the whole in memory. Parts that v shares
// with itself are copied each time.
func Detach(v any) any {
	switch v := v.(type) {
	case string:
		return strings.Clone(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = Detach(v[i])
		}
		return list
	case *Object:
		o := NewObject(v.Len())
		for i := range v.Len() {
			o.putMember(strings.Clone(v.members[i].Key), Detach(v.members[i].Value))
		}
		return o
	}
	return v
}
