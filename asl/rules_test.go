package asl_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

var update = flag.Bool("update", false, "rewrite the errors in testdata")

// A ruleCase is a definition out of testdata/*.txt. Its errors stand beside the
// lines that they are about:
//
//	--- rule
//	{"StartAt": "A",
//	 "States": {}} ### 12: /States: SCHEMA_VALIDATION_FAILED: Value cannot be empty
//
// A case whose name begins with "ok: " is the valid neighbour of the cases before
// it and has none.
type ruleCase struct {
	name  string
	lines []string // of the definition
	want  []string // errors as Diagnostic.String gives them
}

func readRules(t testing.TB, file string) []ruleCase {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var cases []ruleCase
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if name, ok := strings.CutPrefix(line, "--- "); ok {
			cases = append(cases, ruleCase{name: name})
			continue
		}
		if len(cases) == 0 || strings.TrimSpace(line) == "" {
			continue
		}
		c := &cases[len(cases)-1]
		parts := strings.Split(line, " ### ")
		c.lines = append(c.lines, parts[0])
		for _, e := range parts[1:] {
			c.want = append(c.want, fmt.Sprintf("%d:%s", len(c.lines), e))
		}
	}
	require.NotEmpty(t, cases, "%s has cases", file)
	return cases
}

func (c *ruleCase) errors() []string {
	_, err := asl.Parse([]byte(strings.Join(c.lines, "\n")))
	var list asl.ErrorList
	if !errors.As(err, &list) {
		return nil
	}
	var got []string
	for _, d := range list {
		got = append(got, d.String())
	}
	return got
}

// findings are those of Validate, of which resources.txt is about AWS's.
func (c *ruleCase) findings(file string) []string {
	options := asl.Options{}
	if filepath.Base(file) == "resources.txt" {
		options.Resources = asl.AWS
	}
	var got []string
	for _, d := range asl.Validate([]byte(strings.Join(c.lines, "\n")), options) {
		got = append(got, d.String())
	}
	return got
}

// check is how the cases of a file are judged: by Parse, or by Validate.
func (c *ruleCase) check(file string) []string {
	if filepath.Base(filepath.Dir(file)) == "validate" {
		return c.findings(file)
	}
	return c.errors()
}

func ruleFiles(t *testing.T) []string {
	parsed, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	validated, err := filepath.Glob("testdata/validate/*.txt")
	require.NoError(t, err)
	return append(parsed, validated...)
}

func TestRules(t *testing.T) {
	files := ruleFiles(t)
	require.NotEmpty(t, files)
	for _, file := range files {
		cases := readRules(t, file)
		if *update {
			writeRules(t, file, cases)
			continue
		}
		for _, c := range cases {
			t.Run(filepath.Base(file)+"/"+c.name, func(t *testing.T) {
				require.Equal(t, strings.HasPrefix(c.name, "ok: "), len(c.want) == 0, "only a valid case has no errors")
				require.Equal(t, c.want, c.check(file))
			})
		}
	}
}

// Each file has a valid neighbour beside what it refuses.
func TestRulesHaveValidNeighbours(t *testing.T) {
	for _, file := range ruleFiles(t) {
		cases := readRules(t, file)
		last := cases[len(cases)-1].name
		require.True(t, strings.HasPrefix(last, "ok: "), "%s ends with %q", file, last)
		names := make([]string, len(cases))
		for i, c := range cases {
			names[i] = c.name
		}
		slices.Sort(names)
		require.Len(t, slices.Compact(names), len(cases), "names in %s", file)
	}
}

func writeRules(t *testing.T, file string, cases []ruleCase) {
	var b strings.Builder
	for i, c := range cases {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "--- %s\n", c.name)
		got := c.check(file)
		for n, line := range c.lines {
			b.WriteString(line)
			for _, e := range got {
				if rest, ok := strings.CutPrefix(e, fmt.Sprintf("%d:", n+1)); ok {
					b.WriteString(" ### " + rest)
				}
			}
			b.WriteByte('\n')
		}
	}
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
}
