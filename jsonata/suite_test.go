package jsonata

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// suiteCase is a line of the official test suite, see TestSuite.
type suiteCase struct {
	group, id, expr, want string
	input, bindings       any // Undefined, nil
	result                any
	code, message, token  string
	timelimit, depth      int64
	unordered             bool
}

// TestSuite runs the cases of jsonata-js 2.0.6's own suite that the file
// JSONATA_SUITE names. Each line of it is an object: group, id and expr;
// input, bindings and result as JSON texts; want, which is result, undefined
// or error; code, message and token of the error; timelimit and depth, the
// limits under which to run it; and unordered, if the order of the result's
// items does not matter.
func TestSuite(t *testing.T) {
	passed, failed := 0, 0
	for _, c := range readSuite(t) {
		if complaint := c.run(); complaint != "" {
			failed++
			t.Errorf("%s/%s: %s\n\t%s", c.group, c.id, clip(c.expr), complaint)
			continue
		}
		passed++
	}
	fmt.Printf("jsonata suite: %d passed, %d failed\n", passed, failed)
}

// readSuite skips the test if there is no suite.
func readSuite(t *testing.T) []suiteCase {
	path := os.Getenv("JSONATA_SUITE")
	if path == "" {
		path = filepath.Join("..", "..", "shared", "jsonata", "suite-2.0.6.ndjson")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no suite: %v; JSONATA_SUITE names the file", err)
	}
	var cases []suiteCase
	for line := range bytes.Lines(text) {
		cases = append(cases, readSuiteCase(t, line))
	}
	return cases
}

func readSuiteCase(t *testing.T, line []byte) suiteCase {
	v, err := value.Parse(line)
	require.NoError(t, err)
	o := v.(*value.Object)
	text := func(key string) string {
		v, _ := o.Get(key)
		s, _ := v.(string)
		return s
	}
	parsed := func(key string, otherwise any) any {
		if !o.Has(key) {
			return otherwise
		}
		v, err := value.ParseString(text(key))
		require.NoError(t, err, "%s/%s", text("group"), text("id"))
		return v
	}
	number := func(key string) int64 {
		v, _ := o.Get(key)
		n, _ := v.(int64)
		return n
	}
	unordered, _ := o.Get("unordered")
	return suiteCase{
		group: text("group"), id: text("id"), expr: text("expr"), want: text("want"),
		input: parsed("input", Undefined), bindings: parsed("bindings", nil), result: parsed("result", nil),
		code: text("code"), message: text("message"), token: text("token"),
		timelimit: number("timelimit"), depth: number("depth"), unordered: unordered == true,
	}
}

// run returns a complaint about the outcome, or "".
func (c suiteCase) run() (complaint string) {
	defer func() {
		if r := recover(); r != nil {
			complaint = fmt.Sprintf("panic: %v", r)
		}
	}()
	got, err := c.eval()
	switch c.want {
	case "error":
		return c.compareError(got, err)
	case "undefined":
		if err != nil || got != Undefined {
			return "want undefined, got " + outcome(got, err)
		}
		return ""
	}
	if err == nil && (value.Equal(got, c.result) || c.unordered && equalUnordered(got, c.result)) {
		return ""
	}
	return "want " + clip(value.String(c.result)) + ", got " + outcome(got, err)
}

func (c suiteCase) eval() (any, error) {
	expr, err := Compile(c.expr, Options{})
	if err != nil {
		return nil, err
	}
	bindings := Env{Clock: time.Now, Rand: rand.Float64}
	if o, ok := c.bindings.(*value.Object); ok {
		bindings.Vars = o
	}
	limits := Limits{Steps: 1 << 30, Depth: maxNesting, ValueBytes: 1 << 30, TotalBytes: math.MaxInt32}
	if c.timelimit != 0 {
		// The package counts steps, not milliseconds; these are plenty.
		limits.Steps, limits.Depth = c.timelimit*20_000, int(c.depth)
	}
	return expr.Eval(c.input, bindings, &limits)
}

func (c suiteCase) compareError(got any, err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return "want " + c.code + ", got " + outcome(got, err)
	}
	same := e.Message == c.message
	if c.timelimit != 0 {
		// The texts of limits end differently from host to host.
		same = strings.HasPrefix(e.Message, c.message)
	}
	if e.Code != c.code || !same {
		return "want " + c.code + ": " + c.message + ", got " + outcome(got, err)
	}
	if c.token != "" && e.Token != c.token {
		return "want the token " + c.token + ", got " + e.Token
	}
	return ""
}

func outcome(v any, err error) string {
	if err != nil {
		return err.Error()
	}
	if v == Undefined {
		return "undefined"
	}
	return clip(value.String(v))
}

func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + "..."
	}
	return s
}

func equalUnordered(a, b any) bool {
	x, ok := a.([]any)
	y, is := b.([]any)
	if !ok || !is {
		return false
	}
	byText := func(a, b any) int { return cmp.Compare(value.String(a), value.String(b)) }
	return value.Equal(slices.SortedFunc(slices.Values(x), byText), slices.SortedFunc(slices.Values(y), byText))
}
