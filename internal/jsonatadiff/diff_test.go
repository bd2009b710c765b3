package jsonatadiff

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

//go:embed oracle.js
var oracle string

// version is the one whose behaviour the engine has.
const version = "2.0.6"

// An outcome is what an expression came to.
type outcome struct {
	kind     string // result, undefined, error, native (an exception of JavaScript) or panic
	value    any    // of a result
	code     string
	message  string
	token    string
	position int // in bytes
}

// text is all that there is to the outcome's value or message.
func (o outcome) text() string {
	if o.kind == "result" {
		return value.String(o.value)
	}
	return o.message
}

func (o outcome) String() string {
	switch o.kind {
	case "result":
		return clip(value.String(o.value))
	case "error":
		return fmt.Sprintf("%s at %d, token %q: %s", o.code, o.position, o.token, clip(o.message))
	case "native", "panic":
		return o.kind + ": " + clip(o.message)
	}
	return o.kind
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "..."
	}
	return s
}

func TestDifferential(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node in the path to run jsonata-js with")
	}
	seed, err := strconv.ParseUint(setting("JSONATA_DIFF_SEED", "1"), 10, 64)
	require.NoError(t, err)
	show, err := strconv.Atoi(setting("JSONATA_DIFF_SHOW", "100"))
	require.NoError(t, err)
	count, err := strconv.Atoi(setting("JSONATA_DIFF_COUNT", "2000"))
	require.NoError(t, err)

	cases := append(tables(), generated(seed, count)...)
	wanted := askOracle(t, node, cases)
	differences := 0
	excused := make(map[string]int)
	for i, c := range cases {
		got := evaluate(c)
		if same(got, wanted[i]) {
			continue
		}
		if reason := excuse(c, got, wanted[i]); reason != "" {
			excused[reason]++
			continue
		}
		if differences++; differences <= show {
			t.Errorf("%s\n\tinput: %s\n\t jsonata-js: %s\n\t    package: %s", c.expr, inputName(c.input), wanted[i], got)
		}
	}
	for reason, n := range excused {
		t.Logf("meant: %d x %s", n, reason)
	}
	fmt.Printf("jsonata differential: %d expressions, %d differences\n", len(cases), differences)
}

func inputName(input string) string {
	if input == shop {
		return "the shop"
	}
	return input
}

func setting(name, otherwise string) string {
	if s := os.Getenv(name); s != "" {
		return s
	}
	return otherwise
}

// askOracle returns what jsonata-js makes of the cases.
func askOracle(t *testing.T, node string, cases []diffCase) []outcome {
	var questions []byte
	for _, c := range cases {
		question := value.ObjectOf(value.Member{Key: "expr", Value: c.expr})
		if c.input != "" {
			question.Set("input", parsed(c.input))
		}
		questions = append(value.Append(questions, question), '\n')
	}
	cmd := exec.Command(node, "-e", oracle)
	cmd.Stdin = bytes.NewReader(questions)
	var answers, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &answers, &complaints
	require.NoError(t, cmd.Start())
	hung := time.AfterFunc(4*time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	hung.Stop()

	lines := bytes.Split(bytes.TrimSpace(answers.Bytes()), []byte("\n"))
	head := answerOf(t, lines[0])
	if reason, ok := head.Get("missing"); ok {
		t.Skipf("no jsonata-js: %v; JSONATA_JS names its folder", reason)
	}
	if v, _ := head.Get("version"); v != version {
		t.Skipf("jsonata-js is %v; the engine follows %s", v, version)
	}
	lines = lines[1:]
	if len(lines) < len(cases) {
		t.Fatalf("jsonata-js stopped (%v) at %s\n%s", err, cases[len(lines)].expr, complaints.String())
	}
	outcomes := make([]outcome, len(cases))
	for i := range cases {
		outcomes[i] = readAnswer(cases[i].expr, answerOf(t, lines[i]))
	}
	return outcomes
}

func parsed(text string) any {
	v, err := value.ParseString(text)
	if err != nil {
		panic(err) // of a table
	}
	return v
}

func answerOf(t *testing.T, line []byte) *value.Object {
	v, err := value.Read(line, value.ReadOptions{MaxDepth: 10000})
	require.NoError(t, err, "%s", line)
	return v.(*value.Object)
}

func readAnswer(expr string, answer *value.Object) outcome {
	if v, ok := answer.Get("result"); ok {
		return outcome{kind: "result", value: settled(v)}
	}
	if answer.Has("undefined") {
		return outcome{kind: "undefined"}
	}
	if v, ok := answer.Get("native"); ok {
		return outcome{kind: "native", message: v.(string)}
	}
	o := outcome{kind: "error"}
	code, _ := answer.Get("code")
	o.code, _ = code.(string)
	message, _ := answer.Get("message")
	o.message, _ = message.(string)
	if position, _ := answer.Get("position"); position != nil {
		units, _ := position.(int64)
		o.position = bytesOf(expr, int(units))
	}
	switch token, has := answer.Get("token"); token := token.(type) {
	case string:
		o.token = token
	default:
		if has {
			o.token = value.String(token)
		}
	}
	return o
}

// What the oracle puts for values that JSON lacks.
const (
	markFunction  = "\x00function"
	markUndefined = "\x00undefined"
)

// settled does with what only an evaluation can have inside a result what
// JSON.stringify does: in an array it is null, in an object it is left out.
func settled(v any) any {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			if item == markFunction || item == markUndefined {
				v[i] = nil
			} else {
				v[i] = settled(item)
			}
		}
	case *value.Object:
		o := value.NewObject(v.Len())
		for key, item := range v.All() {
			if item != markFunction && item != markUndefined {
				o.Set(key, settled(item))
			}
		}
		return o
	}
	return v
}

// bytesOf is the offset in bytes after so many UTF-16 code units.
func bytesOf(s string, units int) int {
	for i, r := range s {
		if units <= 0 {
			return i
		}
		units--
		if r > 0xFFFF {
			units--
		}
	}
	return len(s) + units
}

// sources give the package what it never takes by itself.
type sources struct{}

func (sources) Get(string) (any, bool) { return nil, false }
func (sources) Now() time.Time         { return time.UnixMilli(1521801216617) }
func (sources) Random() float64        { return 0.25 }

// limits are none that an expression here should reach.
var limits = jsonata.Limits{Steps: 1 << 30, Depth: 10000, ValueBytes: 1 << 30, TotalBytes: math.MaxInt32}

func evaluate(c diffCase) (o outcome) {
	defer func() {
		if r := recover(); r != nil {
			o = outcome{kind: "panic", message: fmt.Sprint(r)}
		}
	}()
	expr, err := jsonata.Compile(c.expr, jsonata.Options{})
	if err != nil {
		return failure(err)
	}
	input := jsonata.Undefined
	if c.input != "" {
		input = parsed(c.input)
	}
	v, err := expr.Eval(input, sources{}, &limits)
	switch {
	case err != nil:
		return failure(err)
	case v == jsonata.Undefined:
		return outcome{kind: "undefined"}
	}
	return outcome{kind: "result", value: marked(v)}
}

func failure(err error) outcome {
	var e *jsonata.Error
	if !errors.As(err, &e) {
		return outcome{kind: "panic", message: "not an *Error: " + err.Error()}
	}
	if strings.HasPrefix(e.Message, "internal error") {
		return outcome{kind: "panic", message: e.Message}
	}
	return outcome{kind: "error", code: e.Code, message: e.Message, token: e.Token, position: e.Pos}
}

// marked replaces what JSON lacks as the oracle does.
func marked(v any) any {
	switch v := v.(type) {
	case nil, bool, string, int64, *big.Int:
		return v
	case float64:
		switch s := strconv.FormatFloat(v, 'g', -1, 64); s {
		case "NaN":
			return "\x00NaN"
		case "+Inf":
			return "\x00Infinity"
		case "-Inf":
			return "\x00-Infinity"
		}
		return v
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = marked(v[i])
		}
		return list
	case *value.Object:
		o := value.NewObject(v.Len())
		for key, item := range v.All() {
			o.Set(key, marked(item))
		}
		return o
	}
	if v == jsonata.Undefined {
		return markUndefined
	}
	return markFunction
}

// same compares outcomes: results with the order of their keys.
func same(got, want outcome) bool {
	if want.kind == "native" {
		return got.kind == "error" && got.code == "" && got.message == want.message
	}
	if got.kind != want.kind {
		return false
	}
	if got.kind == "result" {
		return sameValue(got.value, want.value)
	}
	return got.code == want.code && got.message == want.message && got.token == want.token && got.position == want.position
}

func sameValue(got, want any) bool {
	switch g := got.(type) {
	case []any:
		w, ok := want.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range g {
			if !sameValue(g[i], w[i]) {
				return false
			}
		}
		return true
	case *value.Object:
		w, ok := want.(*value.Object)
		if !ok || g.Len() != w.Len() {
			return false
		}
		for i, at := range javaScriptOrder(g) {
			if m, n := g.At(at), w.At(i); m.Key != n.Key || !sameValue(m.Value, n.Value) {
				return false
			}
		}
		return true
	}
	if f, ok := float(got); ok {
		w, ok := float(want)
		return ok && f == w
	}
	return got == want
}

// float is a number as JavaScript has it.
func float(v any) (f float64, ok bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case *big.Int:
		f, _ = new(big.Float).SetInt(v).Float64()
		return f, true
	}
	return 0, false
}

// javaScriptOrder is the order of an object's members in JavaScript: array
// indexes first. An object of the input has its own order in Go.
func javaScriptOrder(o *value.Object) []int {
	var indexes, rest []int
	number := func(at int) uint64 {
		n, _ := strconv.ParseUint(o.At(at).Key, 10, 32)
		return n
	}
	for i := range o.Len() {
		key := o.At(i).Key
		n, err := strconv.ParseUint(key, 10, 32)
		if err != nil || n == 1<<32-1 || strconv.FormatUint(n, 10) != key {
			rest = append(rest, i)
			continue
		}
		at := len(indexes)
		for at > 0 && number(indexes[at-1]) > n {
			at--
		}
		indexes = append(indexes[:at], append([]int{i}, indexes[at:]...)...)
	}
	return append(indexes, rest...)
}
