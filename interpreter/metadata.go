package interpreter

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// Metadata is what the result of a service call says of the call itself: the
// members SdkHttpMetadata and SdkResponseMetadata.
type Metadata struct {
	StatusCode int
	Headers    map[string][]string
	RequestID  string
}

// http is the member SdkHttpMetadata.
func (m *Metadata) http() *value.Object {
	all, first := value.NewObject(len(m.Headers)), value.NewObject(len(m.Headers))
	names := make([]string, 0, len(m.Headers))
	for name := range m.Headers { // in any order: sorted below
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := make([]any, len(m.Headers[name]))
		for i, v := range m.Headers[name] {
			values[i] = v
		}
		if len(values) > 0 {
			all.Set(name, values)
			first.Set(name, values[0])
		}
	}
	return value.ObjectOf(
		value.Member{Key: "AllHttpHeaders", Value: all},
		value.Member{Key: "HttpHeaders", Value: first},
		value.Member{Key: "HttpStatusCode", Value: int64(m.StatusCode)})
}

// response is the member SdkResponseMetadata.
func (m *Metadata) response() *value.Object {
	return value.ObjectOf(value.Member{Key: "RequestId", Value: m.RequestID})
}
