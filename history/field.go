package history

import (
	"fmt"
	"math"
	"slices"

	"github.com/gostates/gostates/value"
)

// field is one member of the details.
type field struct {
	name string
	// write appends the value. It reports false if the event does not have it.
	write func(dst []byte, e *Event) ([]byte, bool)
	// read sets the event's part to the value.
	read func(e *Event, v any) error
}

// The fields of details. The shape has made the Detail of an event before it is
// read.
var (
	executionRole = requiredField("roleArn", func(e *Event) *string { return &e.startedDetail().RoleArn })
	alias         = optionalField("stateMachineAliasArn", func(e *Event) *string { return &e.startedDetail().StateMachineAliasArn })
	version       = optionalField("stateMachineVersionArn", func(e *Event) *string { return &e.startedDetail().StateMachineVersionArn })

	arn          = requiredField("resource", func(e *Event) *string { return &e.resourceDetail().ARN })
	resourceType = requiredField("resourceType", func(e *Event) *string { return &e.resourceDetail().ResourceType })
	resource     = requiredField("resource", func(e *Event) *string { return &e.resourceDetail().Resource })
	region       = requiredField("region", func(e *Event) *string { return &e.resourceDetail().Region })
	timeout      = secondsField("timeoutInSeconds", func(e *Event) *int64 { return &e.scheduledDetail().TimeoutInSeconds })
	heartbeat    = secondsField("heartbeatInSeconds", func(e *Event) *int64 { return &e.scheduledDetail().HeartbeatInSeconds })

	errorName = nullableField("error", func(e *Event) **string { return &e.failureDetail().Error })
	cause     = nullableField("cause", func(e *Event) **string { return &e.failureDetail().Cause })
	location  = optionalField("location", func(e *Event) *string { return &e.failureDetail().Location })

	input         = dataField("input")
	inputDetails  = dataDetailsField("inputDetails")
	output        = dataField("output")
	outputDetails = dataDetailsField("outputDetails")
	parameters    = dataField("parameters")

	taskCredentials = field{
		name: "taskCredentials",
		write: func(dst []byte, e *Event) ([]byte, bool) {
			role := e.scheduledDetail().RoleArn
			dst = append(dst, `{"roleArn":`...)
			return append(value.AppendString(dst, role), '}'), role != ""
		},
		read: func(e *Event, v any) error {
			o, _ := v.(*value.Object)
			role, _ := o.Get("roleArn")
			s, ok := role.(string)
			e.scheduledDetail().RoleArn = s
			return wantError(ok, "an object with a roleArn", v)
		},
	}

	assignedVariables = field{
		name: "assignedVariables",
		write: func(dst []byte, e *Event) ([]byte, bool) {
			variables := e.assignedVariables()
			if variables == nil {
				return dst, false
			}
			return appendVariables(dst, variables), true
		},
		read: func(e *Event, v any) error {
			o, ok := v.(*value.Object)
			variables := value.NewObject(o.Len())
			for name, v := range o.All() {
				variables.Set(name, parseText(v))
			}
			e.Detail = variables
			return wantError(ok, "an object", v)
		},
	}
	assignedVariablesDetails = field{
		name: "assignedVariablesDetails",
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return appendTruncated(dst, false), e.assignedVariables() != nil
		},
		read: func(*Event, any) error { return nil },
	}
)

func nameField(member string) field {
	return requiredField(member, func(e *Event) *string { return &e.Name })
}

// requiredField is a string that is always written.
func requiredField(member string, at func(*Event) *string) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return value.AppendString(dst, *at(e)), true
		},
		read: func(e *Event, v any) error {
			s, ok := v.(string)
			*at(e) = s
			return wantError(ok, "a string", v)
		},
	}
}

// optionalField is a string that is omitted if it is empty.
func optionalField(member string, at func(*Event) *string) field {
	f := requiredField(member, at)
	f.write = func(dst []byte, e *Event) ([]byte, bool) {
		return value.AppendString(dst, *at(e)), *at(e) != ""
	}
	return f
}

// nullableField is a string that is omitted if it is nil.
func nullableField(member string, at func(*Event) **string) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			s := *at(e)
			if s == nil {
				return dst, false
			}
			return value.AppendString(dst, *s), true
		},
		read: func(e *Event, v any) error {
			s, ok := v.(string)
			*at(e) = &s
			return wantError(ok, "a string", v)
		},
	}
}

// indexField is the number in Event.Index.
func indexField(member string) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return value.Append(dst, int64(e.Index)), true
		},
		read: func(e *Event, v any) error {
			n, ok := v.(int64)
			e.Index = int32(n)
			return wantError(ok && 0 <= n && n <= math.MaxInt32, "a count", v)
		},
	}
}

// secondsField is a number that is omitted if it is 0.
func secondsField(member string, at func(*Event) *int64) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return value.Append(dst, *at(e)), *at(e) != 0
		},
		read: func(e *Event, v any) error {
			n, ok := v.(int64)
			*at(e) = n
			return wantError(ok && n >= 0, "a number of seconds", v)
		},
	}
}

// dataField is Event.Value, as JSON in a string.
func dataField(member string) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			if _, none := e.Value.(NoData); none {
				return dst, false
			}
			return appendText(dst, e.Value), true
		},
		read: func(e *Event, v any) error {
			e.Value = parseText(v)
			return nil
		},
	}
}

// dataDetailsField tells whether the data before it was truncated.
func dataDetailsField(member string) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			d := e.dataDetails()
			if d == nil {
				return dst, false
			}
			return appendTruncated(dst, d.Truncated), true
		},
		read: func(e *Event, v any) error {
			o, ok := v.(*value.Object)
			if truncated, _ := o.Get("truncated"); truncated == true {
				e.Value = Raw{Text: dataText(e.Value), Truncated: true}
			}
			return wantError(ok, "an object", v)
		},
	}
}

// wantError returns an error unless ok is set.
func wantError(ok bool, what string, v any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("want %s, got %s %.40s", what, value.Kind(v), value.String(v))
}

func appendTruncated(dst []byte, truncated bool) []byte {
	dst = append(dst, `{"truncated":`...)
	return append(value.Append(dst, truncated), '}')
}

// appendVariables appends variables sorted by name, as AWS does, each with its
// JSON.
func appendVariables(dst []byte, variables *value.Object) []byte {
	names := variables.Keys()
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(value.AppendString(dst, name), ':')
		v, _ := variables.Get(name)
		dst = appendText(dst, value.Compact(v))
	}
	return append(dst, '}')
}

// appendText appends data as a string of JSON. This is the JSON that the data
// was read from, unless something was computed from it.
func appendText(dst []byte, v any) []byte {
	if raw, ok := v.(Raw); ok {
		return value.AppendString(dst, raw.Text)
	}
	if text, ok := value.Verbatim(v); ok {
		return value.AppendString(dst, text)
	}
	dst = append(dst, '"')
	start := len(dst)
	dst = value.Append(dst, v)
	return append(quoteInPlace(dst, start), '"')
}

// quoteInPlace escapes the JSON from start on. Control characters are already
// escaped, so only quotes and backslashes are left.
func quoteInPlace(dst []byte, start int) []byte {
	from, escapes := len(dst), 0
	for _, c := range dst[start:] {
		if c == '"' || c == '\\' {
			escapes++
		}
	}
	dst = slices.Grow(dst, escapes)[:from+escapes]
	for to := len(dst); to > from; {
		from, to = from-1, to-1
		c := dst[from]
		dst[to] = c
		if c == '"' || c == '\\' {
			to--
			dst[to] = '\\'
		}
	}
	return dst
}

// parseText parses the JSON of data. A string that is not JSON becomes [Raw].
// Any other value is used as it is, because recording tools often parse the
// strings.
func parseText(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	parsed, err := value.ParseVerbatim([]byte(s))
	if err != nil {
		return Raw{Text: s}
	}
	return parsed
}
