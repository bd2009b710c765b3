package awsmodel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// CheckResponse returns what AWS's TestState says about the first mistake in a
// mocked result of a resource, such as "Required field 'ExecutionArn' is
// missing". It returns "" if the result is valid, or is not checked. strict
// refuses a structure without a required member, too. A result that is no
// [value.Object] is not checked.
//
// It checks the results of API calls, and those of states:startExecution.sync
// and .sync:2, which are answers of DescribeExecution.
func (Models) CheckResponse(resource string, result any, strict bool) string {
	n := parseResource(resource)
	action, json, ok := n.answers()
	if !ok {
		return ""
	}
	model := n.findModel()
	_, out := model.findOperation(action)
	o, isObject := result.(*value.Object)
	if out == nil || !isObject {
		return ""
	}
	r := &response{model: model, sdk: n.sdk, strict: strict}
	return r.checkMembers(out, o, json)
}

// unmodelled are the optimized integrations whose answers no model describes:
// apigateway, http and EMR have none, those of eks and invokeModel hold JSON.
var unmodelled = []string{"eks", "bedrock:invokeModel"}

// answers returns the API whose model describes the result, and the members of
// that which may have any JSON (docs/evidence.md#model-sync).
func (n integration) answers() (action string, json []string, ok bool) {
	call := n.service + ":" + n.action
	switch {
	case n.pattern == "":
		return n.action, nil, n.sdk || !slices.Contains(unmodelled, n.service) && !slices.Contains(unmodelled, call)
	case n.sdk || call != "states:startExecution":
		return "", nil, false
	case n.pattern == ".sync":
		return "describeExecution", nil, true
	case n.pattern == ".sync:2":
		return "describeExecution", []string{"Input", "Output"}, true
	}
	return "", nil, false
}

// response is a check of a response.
type response struct {
	model       *service
	sdk, strict bool
}

// checkMembers checks a structure (docs/evidence.md#model-mock).
func (r *response) checkMembers(st *structure, o *value.Object, ignored []string) string {
	if r.strict {
		for _, m := range st.members {
			if m.role != optional && m.role != body && !m.isIn(o, r.sdk) {
				return fmt.Sprintf("Required field '%s' is missing", m.spelled(r.sdk))
			}
		}
	}
	for name, v := range o.All() {
		if m := st.find(name, r.sdk); m != nil && !slices.Contains(ignored, name) {
			if text := r.checkValue(name, m.of, v); text != "" {
				return text
			}
		}
	}
	return ""
}

// wanted has the JSON type of each kind, and AWS's words for it.
var wanted = map[byte]struct{ kind, words string }{
	aString: {"string", "a string"}, anEnum: {"string", "a string"}, aBlob: {"string", "a string"}, aTimestamp: {"string", "a string"},
	anInteger: {"number", "a number"}, aLong: {"number", "a number"}, aFloat: {"number", "a number"},
	aBoolean: {"boolean", "a boolean"}, aList: {"array", "an array"}, aMap: {"object", "an object"}, aStructure: {"object", "an object"},
}

func (r *response) checkValue(name string, of shape, v any) string {
	kind := of.kind()
	want, typed := wanted[kind]
	if v == nil || !typed {
		return ""
	}
	if value.Kind(v) != want.kind {
		return fmt.Sprintf("Field '%s' must be %s", name, want.words)
	}
	switch v := v.(type) {
	case string:
		if kind == anEnum && !r.model.enum(of.rest(), v) {
			return fmt.Sprintf("Field '%s' is not an expected value", name)
		}
		if least := bound(of.rest()); kind != anEnum && isBelow(utf16Length(v), least) {
			return fmt.Sprintf("Field '%s' is smaller than the minimum length", name)
		}
	case []any:
		for _, e := range v {
			if text := r.checkValue(name, of.elements(), e); text != "" {
				return text
			}
		}
	case *value.Object:
		if kind == aMap {
			for _, e := range v.All() {
				if text := r.checkValue(name, of.elements(), e); text != "" {
					return text
				}
			}
		} else if st := r.model.structure(of.rest()); st != nil {
			return r.checkMembers(st, v, nil)
		}
	default:
		least, most, _ := strings.Cut(of.rest(), ",")
		switch {
		case kind == aBoolean:
		case isBelow(v, bound(least)):
			return fmt.Sprintf("Field '%s' is less than the minimum value", name)
		case isBelow(bound(most), v):
			return fmt.Sprintf("Field '%s' exceeds the maximum value", name)
		}
	}
	return ""
}

// utf16Length returns the length of a string as Java counts it
// (docs/evidence.md#model-length).
func utf16Length(text string) (n int64) {
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// bound returns the number of a bound, or nil if there is none.
func bound(text string) any {
	n, err := value.ParseString(text)
	if err != nil || !isNumber(n) {
		return nil
	}
	return n
}

// isBelow reports whether a number is less than another. If one of them is nil,
// it is not.
func isBelow(a, b any) bool {
	c, ok := value.CompareNumbers(a, b)
	return ok && c < 0
}
