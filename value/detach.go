package value

import "strings"

// Detach returns a deep copy of v. It serves to keep a small part of a large
// value without keeping the rest in memory: substrings and subslices refer to
// the whole. Parts that v shares with itself are copied each time.
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
