package asl_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
// Behind each rule stands its neighbour, named "ok": the same definition with as
// little changed as makes it valid. Other valid definitions are named "ok: ...".
type ruleCase struct {
	name  string
	title string   // name, or of a neighbour that of the rule
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
			title := name
			if name == neighbour && len(cases) > 0 {
				title = cases[len(cases)-1].name + " (ok)"
			}
			cases = append(cases, ruleCase{name: name, title: title})
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

const neighbour = "ok"

// valid reports whether the case is about what is allowed.
func (c *ruleCase) valid() bool {
	return c.name == neighbour || strings.HasPrefix(c.name, "ok: ")
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

// findings are those of Validate.
func (c *ruleCase) findings(file string) []string {
	var got []string
	for _, d := range c.validate(file) {
		got = append(got, d.String())
	}
	return got
}

// validate has the options that the file is about.
func (c *ruleCase) validate(file string) asl.ErrorList {
	options := asl.Options{}
	name := filepath.Base(file)
	if strings.Contains(name, "resources") {
		options.Resources = asl.AWSResources
	}
	if strings.HasPrefix(name, "placeholders") {
		options.Substitutions = map[string]string{"Timeout": "30", "Flag": "true", "Field": "order", "Order": `{"id": 7}`,
			"Text": "a \"b\"\\n", "Next": "B", "Time": "2024-01-01T00:00:00Z", "Function.Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}
	}
	if strings.HasPrefix(name, "express") {
		options.Type = asl.Express
	}
	return asl.Validate([]byte(strings.Join(c.lines, "\n")), options)
}

// check is how the cases of a file are judged: by Parse, or by Validate.
func (c *ruleCase) check(file string) []string {
	if filepath.Base(filepath.Dir(file)) == "validate" {
		return c.findings(file)
	}
	return c.errors()
}

func ruleFiles(t testing.TB) []string {
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
			t.Run(filepath.Base(file)+"/"+c.title, func(t *testing.T) {
				require.Equal(t, c.valid(), len(c.want) == 0, "only a valid case has no errors")
				require.Equal(t, c.want, c.check(file))
			})
		}
	}
}

// Each rule has a valid neighbour, of which nobody finds anything.
func TestRulesHaveValidNeighbours(t *testing.T) {
	for _, file := range ruleFiles(t) {
		cases := readRules(t, file)
		names := map[string]bool{}
		for i, c := range cases {
			switch {
			case c.name == neighbour:
				require.True(t, i > 0 && !cases[i-1].valid(), "%s: a neighbour of no rule", file)
				require.Empty(t, c.findings(file), "%s: the neighbour of %q", file, cases[i-1].name)
				continue
			case !c.valid():
				require.True(t, i+1 < len(cases) && cases[i+1].name == neighbour, "%s: %q has no neighbour", file, c.name)
			}
			require.False(t, names[c.name], "%s: %q stands twice", file, c.name)
			names[c.name] = true
		}
	}
}

// The codes of warnings are those of the table in the package documentation.
func TestWarningsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	documented := map[string]bool{} // whether a case has it
	for _, row := range regexp.MustCompile(`(?m)^//\t([A-Z_]+)  +\S`).FindAllStringSubmatch(string(doc), -1) {
		documented[row[1]] = false
	}
	for _, file := range ruleFiles(t) {
		for _, c := range readRules(t, file) {
			for _, d := range c.validate(file) {
				_, ok := documented[d.Code]
				require.Equal(t, ok, d.Severity == asl.SeverityWarning, "%s: %v", file, d)
				if ok {
					documented[d.Code] = true
				}
			}
		}
	}
	for code, found := range documented {
		require.True(t, found, "no case of %s", code)
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
