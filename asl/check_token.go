package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// warnTokenNotPassed warns of a Task that waits for its token but passes it to
// nobody.
func (c *checker) warnTokenNotPassed(st *TaskState) {
	if !strings.HasSuffix(st.Resource.Value, ".waitForTaskToken") {
		return
	}
	if p := st.InputPath.Value.Parsed; p != nil && leadsToToken(p) {
		return
	}
	if passesToken(st.Parameters.Value.Source, JSONPath) || passesToken(st.Arguments.Value.Source, JSONata) {
		return
	}
	c.addWarning(CodeTaskTokenNotPassed, st.Resource.Pos, st.Location+"/Resource",
		"The task waits for its token, but does not pass it on: $$.Task.Token or $states.context.Task.Token")
}

// hasToken reports whether the context object may have a token while a state
// runs. If the Resource has a placeholder, it may.
func hasToken(st State) bool {
	task, ok := st.(*TaskState)
	if !ok {
		return false
	}
	resource := task.Resource.Value
	if hasPlaceholder(resource) {
		return true
	}
	a, ok := ParseARN(resource)
	if !ok || a.Service != "states" {
		return false
	}
	n, integrated := parseIntegration(a)
	return !integrated || n.pattern != ""
}

// passesToken reports whether a value reads the token or an object that
// contains it. A faulty path or expression counts as reading it, because it is
// reported elsewhere.
func passesToken(v any, q QueryLanguage) bool {
	switch v := v.(type) {
	case string:
		switch {
		case hasPlaceholder(v): // its value may read the token
			return true
		case q == JSONata:
			return expressionPassesToken(v)
		}
		return textPassesToken(v)
	case *value.Object:
		for _, member := range v.All() {
			if passesToken(member, q) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return passesToken(item, q) })
	}
	return false
}

// textPassesToken is passesToken for a path or an intrinsic function call.
func textPassesToken(text string) bool {
	if strings.HasPrefix(text, "$") {
		p, err := jsonpath.Parse(text)
		return err == nil && leadsToToken(p) || err != nil && strings.HasPrefix(text, "$$")
	}
	call, err := intrinsics.Parse(text)
	if err != nil {
		return strings.HasPrefix(text, "States.")
	}
	for p := range call.Paths() {
		if leadsToToken(p) {
			return true
		}
	}
	return false
}

// expressionPassesToken is passesToken for a string of a JSONata state.
func expressionPassesToken(text string) bool {
	source, ok := ExpressionSource(text)
	switch {
	case ok:
	case strings.HasPrefix(text, "$states."):
		source = text
	default:
		return false
	}
	references, err := jsonata.References(source)
	return err != nil || slices.ContainsFunc(references, func(r jsonata.Reference) bool {
		return r.Name == "states" && isPrefixOrWithin(r.Path, "context", "Task", "Token")
	})
}

func leadsToToken(p *jsonpath.Path) bool {
	return p.Root() == jsonpath.Context && isPrefixOrWithin(p.Names(), "Task", "Token")
}

// isPrefixOrWithin reports whether one of path and way is a prefix of the
// other.
func isPrefixOrWithin(path []string, way ...string) bool {
	n := min(len(path), len(way))
	return slices.Equal(path[:n], way[:n])
}
