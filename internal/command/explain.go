package command

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/spelling"
)

//go:embed explanations.txt
var explanationsText string

// explanation is what asl explain says about the code of a diagnostic.
type explanation struct {
	code         string
	rule         string // its first line is a summary
	wrong, right string // definitions
}

// explanations returns all explanations. In the file each has its code after ===, its
// rule, and two definitions.
func explanations() (all []explanation) {
	for _, section := range strings.Split("\n"+explanationsText, "\n=== ")[1:] {
		code, rest, _ := strings.Cut(section, "\n")
		rule, rest, _ := strings.Cut(rest, "\n--- wrong\n")
		wrong, right, _ := strings.Cut(rest, "\n--- right\n")
		all = append(all, explanation{code, rule, wrong, strings.TrimSpace(right)})
	}
	return all
}

// exampleOptions are the options of asl validate without options.
var exampleOptions = asl.Options{Substitutions: map[string]string{}}

// summary returns the first line of the rule.
func (e *explanation) summary() string {
	first, _, _ := strings.Cut(e.rule, "\n")
	return first
}

// explainCodes runs asl explain, which explains codes of diagnostics.
func explainCodes(args []string, s streams) int {
	f := newFlagSet("explain", "[CODE...] (none lists all codes)", "asl explain NO_DOLLAR")
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	all := explanations()
	if f.NArg() == 0 {
		for i := range all {
			fmt.Fprintf(s.wrapped(), "%-30s  %s\n", all[i].code, all[i].summary())
		}
		return exitOK
	}
	for i, name := range f.Args() {
		e, err := findExplanation(all, name)
		if err != nil {
			printMisuse(f, err.Error(), s)
			return exitUsage
		}
		if i > 0 {
			fmt.Fprintln(s.wrapped())
		}
		printExplanation(e, s)
	}
	return exitOK
}

func findExplanation(all []explanation, name string) (*explanation, error) {
	codes := make([]string, len(all))
	for i := range all {
		if codes[i] = all[i].code; strings.EqualFold(codes[i], name) {
			return &all[i], nil
		}
	}
	problem := fmt.Sprintf("no diagnostic has the code %q", name)
	if similar, ok := spelling.Similar(name, slices.Values(codes)); ok {
		problem += fmt.Sprintf(": did you mean %s?", similar)
	}
	problem += "\n'asl explain' lists the codes"
	return nil, errors.New(problem)
}

// printExplanation prints a rule, an example with what asl validate says about it, and
// how it is right.
func printExplanation(e *explanation, s streams) {
	fmt.Fprintf(s.wrapped(), "%s\n\n%s\n\nWrong:\n\n%s\n\n", e.code, e.rule, indentLines(e.wrong))
	for _, d := range asl.Validate([]byte(e.wrong), exampleOptions) {
		if d.Code == e.code {
			fmt.Fprintln(s.wrapped(), "    "+strings.ToLower(string(d.Severity))+": "+d.String())
		}
	}
	fmt.Fprintf(s.wrapped(), "\nRight:\n\n%s\n", indentLines(e.right))
}

func indentLines(text string) string { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }
