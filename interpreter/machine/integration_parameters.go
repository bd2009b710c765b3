package machine

import (
	"strings"

	"github.com/gostates/gostates/value"
)

// parameterRules are checks of an integration's evaluated parameters, which AWS
// does before it schedules the task.
type parameterRules struct {
	lists []string // fields that must be objects of arrays
	// Names not allowed in Headers, in lower case. A * at the end matches any
	// suffix.
	forbidden []string
}

// checkedParameters are the rules by service and action
// (docs/evidence.md#parameters).
var checkedParameters = map[string]*parameterRules{
	"apigateway:invoke": {
		lists: []string{"Headers", "QueryParameters"},
		forbidden: []string{"authorization", "connection", "content-md5", "expect", "host", "max-forwards",
			"proxy-authenticate", "server", "te", "trailer", "transfer-encoding", "upgrade", "via",
			"www-authenticate", "x-amz*", "x-forwarded*"},
	},
	"http:invoke": {
		forbidden: []string{"a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization",
			"cache-control", "connection", "content-encoding", "content-md5", "date", "expect", "forwarded",
			"from", "host", "http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range",
			"if-unmodified-since", "max-forwards", "origin", "pragma", "proxy-authorization", "referer",
			"server", "te", "trailer", "transfer-encoding", "upgrade", "via", "warning",
			"x-amz-*", "x-amzn-*", "x-forwarded-*"},
	},
}

// checkParameters returns the failure of a task whose parameters AWS rejects.
func (s *step) checkParameters(sc *scope, st *state, parameters any) *failure {
	o, ok := parameters.(*value.Object)
	if !ok {
		return nil
	}
	reasons := st.task.resource.rules.brokenRules(o)
	if len(reasons) == 0 {
		return nil
	}
	field := "Parameters"
	if st.query != nil {
		field = "Arguments"
	}
	return s.runtimeFailure(sc, "The %s '%s' could not be used to start the Task: [%s]",
		field, value.String(o), strings.Join(reasons, ", "))
}

// brokenRules returns a message for each rule that is broken.
func (r *parameterRules) brokenRules(parameters *value.Object) (reasons []string) {
	for _, field := range r.lists {
		if v, ok := parameters.Get(field); ok && v != nil && !holdsArrays(v) {
			reasons = append(reasons, "The value of the field '"+field+"' has an invalid format")
		}
	}
	headers, _ := parameters.Get("Headers")
	if names := r.forbiddenNames(nil, headers); len(names) > 0 {
		reasons = append(reasons, "The 'Headers' field contains unsupported values: ["+strings.Join(names, ", ")+"]")
	}
	return reasons
}

// holdsArrays reports whether v is an object of arrays.
func holdsArrays(v any) bool {
	o, ok := v.(*value.Object)
	if !ok {
		return false
	}
	for _, member := range o.All() {
		if _, ok := member.([]any); !ok {
			return false
		}
	}
	return true
}

// forbiddenNames appends the forbidden names of an object, or of an array of
// objects, in lower case.
func (r *parameterRules) forbiddenNames(names []string, headers any) []string {
	switch v := headers.(type) {
	case *value.Object:
		for name := range v.All() {
			if name = strings.ToLower(name); r.forbidsName(name) {
				names = append(names, name)
			}
		}
	case []any:
		for _, element := range v {
			if o, ok := element.(*value.Object); ok {
				names = r.forbiddenNames(names, o)
			}
		}
	}
	return names
}

func (r *parameterRules) forbidsName(name string) bool {
	for _, f := range r.forbidden {
		if prefix, wild := strings.CutSuffix(f, "*"); wild && strings.HasPrefix(name, prefix) || name == f {
			return true
		}
	}
	return false
}
