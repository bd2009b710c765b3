package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every operation of the model is there, and no other.
func TestAllOperations(t *testing.T) {
	require.Len(t, model, 37)
	require.Equal(t, slices.Sorted(maps.Keys(model)), slices.Sorted(maps.Keys(operations)))
}

// sample returns a value that a member may have.
func sample(m *member) any {
	switch m.kind {
	case kindText:
		if m.enum != nil {
			return m.enum[0]
		}
		return strings.Repeat("a", max(1, int(m.min)))
	case kindBoolean:
		return true
	case kindInteger, kindFloat:
		return json.Number(fmt.Sprint(max(m.min, 1)))
	case kindList:
		list := []any{}
		for range max(1, m.min) {
			list = append(list, sample(m.element))
		}
		return list
	}
	return map[string]any(fill(m.shape))
}

// fill returns a request with all members.
func fill(s *shape) object {
	o := object{}
	for i := range s.members {
		o[s.members[i].name] = sample(&s.members[i])
	}
	return o
}

// sized returns a value of a length or size.
func sized(m *member, n int64) any {
	switch m.kind {
	case kindText:
		return strings.Repeat("a", int(n))
	case kindList:
		list := make([]any, n)
		for i := range list {
			list[i] = sample(m.element)
		}
		return list
	}
	return json.Number(fmt.Sprint(n))
}

// probe calls f with each member of a shape, also within others, and a function that
// makes a request in which the member has a value.
func probe(s *shape, path string, wrap func(object) object, f func(path string, m *member, with func(v any) object)) {
	for i := range s.members {
		m := &s.members[i]
		at := strings.TrimPrefix(path+"."+m.name, ".")
		with := func(v any) object {
			o := fill(s)
			o[m.name] = v
			return wrap(o)
		}
		f(at, m, with)
		if m.kind == kindStructure {
			probe(m.shape, at, func(o object) object { return with(map[string]any(o)) }, f)
		}
		if m.kind == kindList && m.element.kind == kindStructure {
			probe(m.element.shape, at+".1.member", func(o object) object { return with([]any{map[string]any(o)}) }, f)
		}
	}
}

// Each bound of each member holds exactly, with AWS's message.
func TestBounds(t *testing.T) {
	for name, s := range model {
		require.NoError(t, checkRequest(&s, fill(&s)), name)
		probe(&s, "", func(o object) object { return o }, func(path string, m *member, with func(any) object) {
			at := name + " " + path
			refused := func(v any, what string) {
				t.Helper()
				err := checkRequest(&s, with(v))
				require.ErrorContains(t, err, "ValidationException: ", at)
				require.ErrorContains(t, err, "at '"+path+"' failed to satisfy constraint: Member must "+what, at)
			}
			refused(nil, "not be null")
			if m.kind == kindText || m.kind == kindList || m.kind == kindInteger || m.kind == kindFloat {
				what := map[kind]string{kindText: "length", kindList: "length", kindInteger: "value", kindFloat: "value"}[m.kind]
				if m.enum == nil {
					require.NoError(t, checkRequest(&s, with(sized(m, max(1, m.min)))), at)
				}
				if m.min > 0 || what == "value" {
					refused(sized(m, m.min-1), fmt.Sprintf("have %s greater than or equal to %d", what, m.min))
				}
				if m.max > 0 {
					require.NoError(t, checkRequest(&s, with(sized(m, m.max))), at)
					refused(sized(m, m.max+1), fmt.Sprintf("have %s less than or equal to %d", what, m.max))
				}
			}
			if m.pattern != nil {
				refused("é ", "satisfy regular expression pattern: "+m.pattern.text)
			}
			if m.enum != nil {
				for _, v := range m.enum {
					require.NoError(t, checkRequest(&s, with(v)), at)
				}
				refused(strings.ToLower(m.enum[0]), "satisfy enum value set: ["+strings.Join(m.enum, ", ")+"]")
			}
			for _, v := range []any{"text", true, json.Number("1"), json.Number("1.5"), []any{}, map[string]any{}} {
				err := checkRequest(&s, with(v))
				if err != nil && strings.HasPrefix(err.Error(), "SerializationException") {
					require.ErrorContains(t, err, "at '"+path, at)
				}
			}
			wrong := []any{"text", "text", "text", "text", true, true}[m.kind]
			if m.kind == kindText {
				wrong = json.Number("1")
			}
			require.ErrorContains(t, checkRequest(&s, with(wrong)), "SerializationException: The value at '"+path+"' has another type", at)
		})
	}
}

func TestPatterns(t *testing.T) {
	for text, want := range map[string]bool{"PROD": true, "v1": true, "1.0": true, "_": true, "123": false, "": false, "a b": false, "a@": false, "é": false} {
		require.Equal(t, want, aliasPattern.matches(text), text)
	}
	for text, want := range map[string]bool{"!~": true, "": false, "a b": false, "\x7f": false, "é": false} {
		require.Equal(t, want, tokenPattern.matches(text), text)
	}
	for text, want := range map[string]bool{"": true, "\x7f \n": true, "é": false} {
		require.Equal(t, want, asciiPattern.matches(text), text)
	}
}

func TestSeveralViolations(t *testing.T) {
	s := model["CreateStateMachineAlias"]
	route := func(weight string) any {
		return map[string]any{"stateMachineVersionArn": "arn:1", "weight": json.Number(weight)}
	}
	err := checkRequest(&s, object{"name": "1", "routingConfiguration": []any{route("1"), route("2"), route("300")}})
	require.EqualError(t, err, "ValidationException: 3 validation errors detected: "+
		`Value '1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$; `+
		"Value '[RoutingConfigurationListItem(stateMachineVersionArn=arn:1, weight=1), RoutingConfigurationListItem(stateMachineVersionArn=arn:1, weight=2), "+
		"RoutingConfigurationListItem(stateMachineVersionArn=arn:1, weight=300)]' at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2; "+
		"Value '300' at 'routingConfiguration.3.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100")
}

// A value of another type or depth is refused, and the message of many violations does
// not grow with them.
func TestHostileLists(t *testing.T) {
	srv, err := New(Config{})
	require.NoError(t, err)
	defer srv.Close()
	for _, c := range []struct{ op, body, want string }{
		{"CreateActivity", `{"name": "a", "tags": [[[1]]]}`, "SerializationException"},
		{"UntagResource", `{"resourceArn": "arn:aws:states:us-east-1:123456789012:activity:a", "tagKeys": [[[[]]]]}`, "SerializationException"},
		{"CreateStateMachineAlias", `{"name": "a", "routingConfiguration": [[[1]], [[1]], [[1]]]}`, "SerializationException"},
		{"CreateActivity", `{"name": "a", "tags": [` + strings.Repeat("{},", 1<<20) + `{}]}`, "1048577 validation errors detected: "},
		{"CreateActivity", "{\"name\": \"a\xff\"}", "SerializationException"},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(c.body))
		r.Header.Set("X-Amz-Target", targetPrefix+c.op)
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		require.Equal(t, 400, w.Code)
		require.Contains(t, w.Body.String(), c.want)
		require.Less(t, w.Body.Len(), 64<<10)
	}
	_, err = srv.Create("m\xff", []byte(`{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`))
	require.ErrorContains(t, err, "SerializationException: The value at 'name' is not UTF-8")
}

// Whatever the body of a request is, the server answers, and never with a status that
// makes clients repeat the call.
func FuzzRequest(f *testing.F) {
	for name, s := range model {
		if name == "GetActivityTask" || name == "StartSyncExecution" {
			continue // they wait
		}
		text, err := json.Marshal(fill(&s))
		require.NoError(f, err)
		f.Add(name, text)
	}
	f.Add("CreateStateMachine", []byte(`{"name":"x","roleArn":"r","definition":"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}"}`))
	f.Add("ListStateMachines", []byte(`{"nextToken":"AAAA"}`))
	f.Add("DescribeExecution", []byte(`{"executionArn":"arn:aws:states:us-east-1:123456789012:execution:x:y"} {}`))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		if name == "GetActivityTask" || name == "StartSyncExecution" || name == "StartExecution" {
			return
		}
		srv, err := New(Config{})
		require.NoError(t, err)
		defer srv.Close()
		r := httptest.NewRequest(http.MethodPost, "http://localhost/", bytes.NewReader(body))
		r.Header.Set("X-Amz-Target", targetPrefix+name)
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		require.Contains(t, []int{200, 400}, w.Code, w.Body.String())
		var answer map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
		require.Equal(t, w.Code == 400, answer["__type"] != nil)
		require.NotEqual(t, errInternal.Type, answer["__type"], w.Body.String())
	})
}
