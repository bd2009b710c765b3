package interpreter

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// Metadata describes the call of a service in its result. A handler sets its parts as
// the members SdkHttpMetadata and SdkResponseMetadata, as AWS does.
type Metadata struct {
	StatusCode int                 // of HTTP, such as 200
	Headers    map[string][]string // with their names as the result shows them
	RequestID  string              // may be empty
}

// SdkHttpMetadata returns the member of that name: headers and status.
func (m *Metadata) SdkHttpMetadata() *value.Object {
	all, first := value.NewObject(len(m.Headers)), value.NewObject(len(m.Headers))
	names := make([]string, 0, len(m.Headers))
	for name := range m.Headers { // sorted below
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

// SdkResponseMetadata returns the member of that name: the request id.
func (m *Metadata) SdkResponseMetadata() *value.Object {
	return value.ObjectOf(value.Member{Key: "RequestId", Value: m.RequestID})
}
