package asltest

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gostates/gostates/value"
)

var inputsFlag = flag.Int("asl.inputs", 100, "how many inputs asltest.Inputs tries")

// Generator makes inputs for [Inputs]. It may have a method
// Valid(input json.RawMessage) bool, which says whether a smaller value is an input as
// well; without it all are.
type Generator interface {
	// Generate returns an input as [Run] takes it: JSON in a string or []byte, or any other Go
	// value. All that is random must come from r,
	// so that a failure can be repeated.
	Generate(r *rand.Rand) any
}

// GeneratorFunc is a [Generator] without Valid.
type GeneratorFunc func(r *rand.Rand) any

// Generate calls the function.
func (f GeneratorFunc) Generate(r *rand.Rand) any { return f(r) }

// hinted is a generator of this package. It may use the constants of a machine.
type hinted interface {
	Generator
	prepare(constants []any) error
	accepts(v any) bool
}

// Inputs calls test with 100 inputs of a generator: [Schema], [Examples] or one of the
// test's own. If it fails with one, Inputs looks for a smaller input with which it fails
// too, and reports the smallest. The flag -asl.inputs sets another number, -asl.seed other
// inputs.
//
//	asltest.Inputs(t, program, asltest.Schema(orderSchema), func(t testing.TB, input json.RawMessage) {
//		x := asltest.Run(t, program, input, scripts)
//		x.WantSucceeded()
//		x.WantNotVisited("Lost")
//	})
//
// Schema and Examples also make the values that the rules of the Choice states of the
// program compare with. A test that skips takes no account of the input. It may be called
// some 1,000 times more to find the smallest input. That may fail otherwise than the
// first: its report follows.
func Inputs(t testing.TB, p *Program, gen Generator, test func(t testing.TB, input json.RawMessage)) {
	t.Helper()
	switch {
	case p == nil:
		t.Fatal("asltest: the program is nil")
	case gen == nil || test == nil:
		t.Fatal("asltest: Inputs: the generator or the test is nil")
	}
	if h, ok := gen.(hinted); ok {
		if err := h.prepare(constantsOf(p.Machine())); err != nil {
			t.Fatalf("asltest: Inputs: %v", err)
		}
	}
	s := &shrinker{t: t, test: test, gen: gen}
	skipped := 0
	for n := range *inputsFlag {
		input, err := generate(gen, rand.New(rand.NewPCG(seedOrFlag(0), uint64(n))))
		if err != nil {
			t.Fatalf("asltest: Inputs: input %d: %v", n+1, err)
		}
		r := s.try(input)
		if r.failed {
			smallest, report := s.shrink(input, r)
			t.Fatalf("asltest: input %d of %d fails: %s\nthe smallest that fails, found in %s: %s\n%s", n+1, *inputsFlag,
				clippedText(value.String(input)), pluralize(s.tries, "run"), value.String(smallest), indentLines(strings.Join(report.log, "\n")))
		}
		if r.skipped {
			skipped++
		}
	}
	if skipped == *inputsFlag {
		t.Fatalf("asltest: Inputs: the test skipped all %s", pluralize(skipped, "input"))
	}
}

// generate calls a generator, which may be the test's.
func generate(gen Generator, r *rand.Rand) (input any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the generator panics: %v", p)
		}
	}()
	h, ok := gen.(hinted)
	if !ok {
		return toValue(gen.Generate(r))
	}
	for range mostInvalid {
		if v := h.Generate(r); h.accepts(v) { // values, and strings that are not JSON
			return v, nil
		}
	}
	return nil, fmt.Errorf("none of %d values that were made is valid by the schema", mostInvalid)
}

// mostInvalid is how many values are made until one is valid by all keywords of the schema.
const mostInvalid = 1000

// try runs the test with an input.
func (s *shrinker) try(input any) *recorder {
	r := newRecorder(s.t)
	r.runTest(func() { s.test(r, value.Append(nil, input)) })
	return r
}
