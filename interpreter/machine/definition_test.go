package machine_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// recompiled is the Program of a stored definition.
func recompiled(t testing.TB, p *machine.Program) *machine.Program {
	t.Helper()
	data, err := p.MarshalDefinition()
	require.NoError(t, err)
	other, err := machine.CompileDefinition(data)
	require.NoError(t, err)
	require.Equal(t, p.Digest(), other.Digest())
	require.Equal(t, p.Limits(), other.Limits())
	again, err := other.MarshalDefinition()
	require.NoError(t, err)
	require.Equal(t, string(data), string(again))
	return other
}

func TestStoredDefinitionsKeepEveryOption(t *testing.T) {
	options := []machine.Options{{}, {Limits: machine.NoLimits}, {Express: true, Limits: machine.NoLimits}, {Activities: []string{"b", "a", "b", "\xff"}, StateMachineName: "\xfe"}, {WaitScale: -3}, {WaitScale: math.Inf(1)}, {WaitScale: math.NaN()}}
	for i := range reflect.TypeFor[machine.Options]().NumField() {
		var o machine.Options
		switch field := reflect.ValueOf(&o).Elem().Field(i); field.Interface().(type) {
		case string:
			field.SetString("other \"name\"\n")
		case bool:
			field.SetBool(true)
		case float64:
			field.SetFloat(0.1)
		case []string:
			field.Set(reflect.ValueOf([]string{"f"}))
		case machine.Limits:
			continue
		default:
			t.Fatalf("is %s stored?", field.Type())
		}
		options = append(options, o)
	}
	for i := range reflect.TypeFor[machine.Limits]().NumField() {
		for _, n := range []int64{-1, 1, 1 << 30} {
			for _, express := range []bool{false, true} {
				o := machine.Options{Express: express}
				reflect.ValueOf(&o.Limits).Elem().Field(i).SetInt(n)
				options = append(options, o)
			}
		}
	}
	for _, o := range options {
		p := compile(t, waitForever, o)
		got, want := recompiled(t, p).Options(), p.Options()
		got.Limits, want.Limits = machine.Limits{}, machine.Limits{}
		require.Equal(t, want, got)
	}
	m, err := asl.Parse([]byte(`{"Comment": "c", "StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "${f}", "End": true}}}`),
		asl.Options{Substitutions: map[string]string{"f": "the \"function\""}})
	require.NoError(t, err)
	p, err := machine.Compile(m, machine.Options{})
	require.NoError(t, err)
	require.Equal(t, `the "function"`, recompiled(t, p).Resources()[0].Name)

	express := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}`,
		machine.Options{Express: true, EveryResource: true})
	recompiled(t, express)
}

func TestStoredDefinitionsRunTheSame(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		s := parseScenario(string(text))
		o := machine.Options{StateMachineName: "Test", Limits: machine.Limits{ExpressionSteps: 1_000_000}}
		h := newHost(t, recompiled(t, compile(t, s.section("definition"), o)), parse(t, s.section("input")))
		answers := parseScript(s.section("script"))
		h.answer = func(c machine.Command) []machine.Event { return answers.answer(t, c) }
		h.run()
		require.Equal(t, s.section("history"), lines(h.history), file)
	}
}

// The definitions that others wrote, if they are beside the repository.
func TestStoredDefinitionsOfTheCorpus(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "runnable", "cases.ndjson"))
	if err != nil {
		t.Skip("no cases beside the repository")
	}
	compiled := 0
	for line := range strings.Lines(string(data)) {
		o, _ := parse(t, line).(*value.Object)
		definition, ok := o.Get("definition")
		if !ok {
			continue
		}
		m, err := asl.Parse([]byte(value.String(definition)))
		if err != nil {
			continue
		}
		p, err := machine.Compile(m, machine.Options{})
		if err != nil {
			continue
		}
		recompiled(t, p)
		compiled++
	}
	require.Greater(t, compiled, 100)
	t.Logf("%d definitions", compiled)
}

func TestDamagedStoredDefinitionsAreRefused(t *testing.T) {
	race.OneGoroutine(t)
	p := compile(t, everything, machine.Options{Activities: []string{"a"}})
	data, err := p.MarshalDefinition()
	require.NoError(t, err)
	line := strings.IndexByte(string(data), '\n')
	for i := range data {
		_, err := machine.CompileDefinition(data[:i])
		require.Error(t, err)
		if i < line {
			require.ErrorIs(t, err, machine.ErrDefinition, "cut at %d", i)
		}
		damaged := append([]byte(nil), data...)
		damaged[i] ^= 1
		if other, err := machine.CompileDefinition(damaged); err == nil { // a new line for a blank
			require.Equal(t, p.Digest(), other.Digest(), "byte %d", i)
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{`"Format":1`, `"Format":2`, "machine: invalid stored definition: format 2, want 1"},
		{`"Express":false`, `"Express":0`, "machine: invalid stored definition: Express is missing or of the wrong type"},
		{`"HeldBytes"`, `"Other"`, "machine: invalid stored definition: HeldBytes is missing or of the wrong type"},
	} {
		_, err := machine.CompileDefinition([]byte(strings.Replace(string(data), c.old, c.new, 1)))
		require.EqualError(t, err, c.want)
	}
	_, err = machine.CompileDefinition([]byte(strings.Replace(string(data), `"Choose"`, `"Chosen"`, -1)))
	require.ErrorIs(t, err, machine.ErrDefinition)
	require.ErrorContains(t, err, p.Digest())
}

// A store has definitions by the digest that they had when they were stored.
func TestDigestAndStoredDefinitionStayTheSame(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	file := filepath.Join("testdata", "golden", "definition1.txt")
	data, err := p.MarshalDefinition()
	require.NoError(t, err)
	require.Equal(t, string(golden(t, file, data)), string(data))
	recompiled(t, p)
}

func TestWhere(t *testing.T) {
	p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "Z", "Branches": [
		{"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 9, "End": true}}},
		{"StartAt": "First", "States": {"First": {"Type": "Pass", "Next": "Second"}, "Second": {"Type": "Wait", "Seconds": 5, "Next": "Third"}, "Third": {"Type": "Wait", "Seconds": 8, "End": true}}},
		{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Each", "States": {"Each": {"Type": "Wait", "Seconds": 5, "End": true}}}}}}]},
		"Z": {"Type": "Wait", "Seconds": 1, "End": true}}}`, machine.Options{})
	x := p.New(machine.Start{Input: parse(t, `[1, 2, 3]`)})
	require.Nil(t, p.Where(x))
	var r machine.Result
	at := began
	step := func(ev machine.EventKind, wait time.Duration, want ...string) {
		t.Helper()
		at = at.Add(wait)
		require.NoError(t, p.Step(x, machine.Event{Kind: ev}, at, &r))
		require.Equal(t, want, p.Where(x))
		require.Equal(t, want, p.Where(restore(t, p, x)))
	}
	r.MaxTransitions = 1
	step(machine.Started, 0, "Slow", "First", "M")
	step(machine.Tick, 0, "Slow", "First", "M")
	step(machine.Tick, 0, "Slow", "M", "Second")
	step(machine.Tick, 0, "Slow", "Second", "Each")
	r.MaxTransitions = 0
	step(machine.Tick, 0, "Slow", "Second", "Each")
	step(machine.Tick, 5*time.Second, "Slow", "Third")
	step(machine.Tick, 9*time.Second, "Z")
	require.Nil(t, compile(t, waitForever, machine.Options{}).Where(x))
	step(machine.Tick, time.Second)
}
