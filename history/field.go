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
	// write appends the value, or reports that the event has none.
	write func(dst []byte, e *Event) ([]byte, bool)
	// read sets the event's part from the value.
	read func(e *Event, v any) error
}

// The fields. While an event is read its Detail is the one that its shape made.
var (
	executionRole = required("roleArn", func(e *Event) *string { return &e.started().RoleArn })
	alias         = optional("stateMachineAliasArn", func(e *Event) *string { return &e.started().StateMachineAliasArn })
	version       = optional("stateMachineVersionArn", func(e *Event) *string { return &e.started().StateMachineVersionArn })

	arn          = required("resource", func(e *Event) *string { return &e.resource().ARN })
	resourceType = required("resourceType", func(e *Event) *string { return &e.resource().ResourceType })
	resource     = required("resource", func(e *Event) *string { return &e.resource().Resource })
	region       = required("region", func(e *Event) *string { return &e.resource().Region })
	timeout      = seconds("timeoutInSeconds", func(e *Event) *int64 { return &e.scheduled().TimeoutInSeconds })
	heartbeat    = seconds("heartbeatInSeconds", func(e *Event) *int64 { return &e.scheduled().HeartbeatInSeconds })

	errorName = nullable("error", func(e *Event) **string { return &e.failure().Error })
	cause     = nullable("cause", func(e *Event) **string { return &e.failure().Cause })
	location  = optional("location", func(e *Event) *string { return &e.failure().Location })

	input         = data("input")
	inputDetails  = dataDetails("inputDetails")
	output        = data("output")
	outputDetails = dataDetails("outputDetails")
	parameters    = data("parameters")

	taskCredentials = field{
		name: "taskCredentials",
		write: func(dst []byte, e *Event) ([]byte, bool) {
			role := e.scheduled().RoleArn
			dst = append(dst, `{"roleArn":`...)
			return append(value.AppendString(dst, role), '}'), role != ""
		},
		read: func(e *Event, v any) error {
			o, _ := v.(*value.Object)
			role, _ := o.Get("roleArn")
			s, ok := role.(string)
			e.scheduled().RoleArn = s
			return want(ok, "an object with a roleArn", v)
		},
	}

	assignedVariables = field{
		name: "assignedVariables",
		write: func(dst []byte, e *Event) ([]byte, bool) {
			variables := e.assigned()
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
			return want(ok, "an object", v)
		},
	}
	assignedVariablesDetails = field{
		name: "assignedVariablesDetails",
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return appendTruncated(dst, false), e.assigned() != nil
		},
		read: func(*Event, any) error { return nil },
	}
)

func name(member string) field {
	return required(member, func(e *Event) *string { return &e.Name })
}

// required is a text that is always written.
func required(member string, at func(*Event) *string) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return value.AppendString(dst, *at(e)), true
		},
		read: func(e *Event, v any) error {
			s, ok := v.(string)
			*at(e) = s
			return want(ok, "a string", v)
		},
	}
}

// optional is a text that is left out when it is empty.
func optional(member string, at func(*Event) *string) field {
	f := required(member, at)
	f.write = func(dst []byte, e *Event) ([]byte, bool) {
		return value.AppendString(dst, *at(e)), *at(e) != ""
	}
	return f
}

// nullable is a text that is left out when it is nil.
func nullable(member string, at func(*Event) **string) field {
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
			return want(ok, "a string", v)
		},
	}
}

// index is the number that the event keeps in Index.
func index(member string) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return value.Append(dst, int64(e.Index)), true
		},
		read: func(e *Event, v any) error {
			n, ok := v.(int64)
			e.Index = int32(n)
			return want(ok && 0 <= n && n <= math.MaxInt32, "a count", v)
		},
	}
}

// seconds is a number that is left out when it is 0.
func seconds(member string, at func(*Event) *int64) field {
	return field{
		name: member,
		write: func(dst []byte, e *Event) ([]byte, bool) {
			return value.Append(dst, *at(e)), *at(e) != 0
		},
		read: func(e *Event, v any) error {
			n, ok := v.(int64)
			*at(e) = n
			return want(ok && n >= 0, "a number of seconds", v)
		},
	}
}

// data is the event's Value as JSON text.
func data(member string) field {
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

// dataDetails says whether the data before it was cut.
func dataDetails(member string) field {
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
				e.Value = Raw{Text: text(e.Value), Truncated: true}
			}
			return want(ok, "an object", v)
		},
	}
}

// want makes the error of a member that is not what it should be.
func want(ok bool, what string, v any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("want %s, got %s %.40s", what, value.Kind(v), value.String(v))
}

func appendTruncated(dst []byte, truncated bool) []byte {
	dst = append(dst, `{"truncated":`...)
	return append(value.Append(dst, truncated), '}')
}

// appendVariables appends the variables in the order of their names, as AWS
// does, each with its JSON text.
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

// appendText appends data as a JSON string that holds its JSON text: the one that
// it was read from, if nothing has been computed from it.
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
	return append(quote(dst, start), '"')
}

// quote escapes the JSON text from start on, in place. Control characters are
// escaped in it already: only quotes and backslashes are left.
func quote(dst []byte, start int) []byte {
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

// parseText returns the value of data's JSON text. A text that is not JSON is
// kept as [Raw]; anything but a text is taken as it is: tools that record
// histories often parse the texts.
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
