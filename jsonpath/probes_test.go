package jsonpath

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// probe is one observation of the dialect: an expression, a document and what
// came of it.
type probe struct {
	id, expression, source string
	document               any
	definite               any // a bool, or null where the expression does not parse
	expected               *value.Object
}

// TestProbes compares with observations of AWS and of the engine that it uses.
// They are kept outside of the repository.
func TestProbes(t *testing.T) {
	path := os.Getenv("JSONPATH_PROBES")
	if path == "" {
		path = "../../shared/jsonpath/probes.json"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no probes: %v", err)
	}
	probes, err := readProbes(text)
	require.NoError(t, err)
	require.NotEmpty(t, probes)
	failed := 0
	for _, p := range probes {
		if why := p.check(); why != "" {
			failed++
			t.Errorf("%s %q on %.200s: %s", p.id, p.expression, value.String(p.document), why)
		}
	}
	fmt.Printf("jsonpath probes: %d passed, %d failed\n", len(probes)-failed, failed)
}

func readProbes(text []byte) ([]probe, error) {
	v, err := value.Parse(text)
	if err != nil {
		return nil, err
	}
	list, _ := member(v, "probes").([]any)
	probes := make([]probe, len(list))
	for i, v := range list {
		p := &probes[i]
		p.id, _ = member(v, "id").(string)
		p.expression, _ = member(v, "expression").(string)
		p.source, _ = member(v, "source").(string)
		p.document, p.definite = member(v, "document"), member(v, "definite")
		p.expected, _ = member(v, "expected").(*value.Object)
		if p.expected == nil {
			return nil, fmt.Errorf("probe %d expects nothing", i)
		}
	}
	return probes, nil
}

func member(v any, key string) any {
	o, _ := v.(*value.Object)
	got, _ := o.Get(key)
	return got
}

// answer is what this package makes of a probe.
type answer struct {
	definite   any
	value      any
	errorClass string // "" for a value
	message    string
}

func (p probe) answer() answer {
	path, err := Parse(p.expression)
	if err != nil {
		return answer{errorClass: "invalid-path", message: err.(*ParseError).Msg}
	}
	if path.Root() != Input {
		// A probe has a document only, neither context object nor variables.
		return answer{errorClass: "invalid-path", message: "Invalid path " + p.expression}
	}
	a := answer{definite: path.Definite()}
	a.value, err = path.Get(p.document)
	if err == nil {
		return a
	}
	a.message = err.Error()
	a.errorClass = map[Kind]string{NotFound: "not-found", Invalid: "eval-error"}[err.(*Error).Kind]
	return a
}

// check returns what differs, or "".
func (p probe) check() string {
	got := p.answer()
	if p.definite != nil && got.definite != p.definite {
		return fmt.Sprintf("definite is %v, want %v (%s)", got.definite, p.definite, got.message)
	}
	switch status := member(p.expected, "status"); status {
	case "ok":
		want, ok := p.expected.Get("value")
		if !ok {
			return "the probe has no value"
		}
		if got.errorClass != "" {
			return fmt.Sprintf("got %s %q, want %s", got.errorClass, got.message, value.String(want))
		}
		if !value.Identical(got.value, want) {
			return fmt.Sprintf("got %s, want %s", value.String(got.value), value.String(want))
		}
		return ""
	case "error":
		return p.checkError(got)
	default:
		return fmt.Sprintf("unknown status %v", status)
	}
}

func (p probe) checkError(got answer) string {
	class, message := member(p.expected, "errorClass"), member(p.expected, "message")
	_, hasMessage := p.expected.Get("message")
	if got.errorClass != class {
		return fmt.Sprintf("got %q %s %s, want %v %v", got.errorClass, got.message, value.String(got.value), class, message)
	}
	exact := member(p.expected, "exception") == "PathNotFoundException" || strings.HasPrefix(p.source, "aws") ||
		p.source == "" && hasMessage // of TestEngine
	if exact && got.message != message {
		return fmt.Sprintf("got message %q, want %q", got.message, message)
	}
	return ""
}

func TestProbesFailOnAWrongExpectation(t *testing.T) {
	const document = `{"a": {"x": 1, "y": 2.0}, "l": [1]}`
	for name, c := range map[string]struct{ expression, definite, expected string }{
		"value":          {"$.a.x", "true", `{"status":"ok","value":2}`},
		"number type":    {"$.a.y", "true", `{"status":"ok","value":2}`},
		"text":           {"$.a.x", "true", `{"status":"ok","value":"1"}`},
		"key order":      {"$.a", "true", `{"status":"ok","value":{"y":2.0,"x":1}}`},
		"no value":       {"$.a.x", "true", `{"status":"ok"}`},
		"list or one":    {"$.l", "true", `{"status":"ok","value":[[1]]}`},
		"definite":       {"$.a.x", "false", `{"status":"ok","value":1}`},
		"error expected": {"$.a.x", "true", `{"status":"error","errorClass":"not-found"}`},
		"value expected": {"$.z", "true", `{"status":"ok","value":null}`},
		"class":          {"$.z", "true", `{"status":"error","errorClass":"eval-error"}`},
		"parse class":    {"$.z z", "null", `{"status":"error","errorClass":"not-found"}`},
		"message":        {"$.z", "true", `{"status":"error","errorClass":"not-found","exception":"PathNotFoundException","message":"no"}`},
		"status":         {"$.a.x", "true", `{"status":"fine","value":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			probes, err := readProbes([]byte(`{"probes":[{"expression":"` + c.expression + `","document":` + document +
				`,"definite":` + c.definite + `,"expected":` + c.expected + `}]}`))
			require.NoError(t, err)
			require.NotEmpty(t, probes[0].check())
		})
	}
}

// TestEngine compares with a sample of what the engine answers to expressions
// that were made up, many of them odd.
func TestEngine(t *testing.T) {
	text, err := os.ReadFile("testdata/engine.json")
	require.NoError(t, err)
	probes, err := readProbes(text)
	require.NoError(t, err)
	require.NotEmpty(t, probes)
	for _, p := range probes {
		if why := p.check(); why != "" {
			t.Errorf("%q on %s: %s", p.expression, value.String(p.document), why)
		}
	}
}
