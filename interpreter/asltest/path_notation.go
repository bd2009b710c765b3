package asltest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// compactPath writes a path in the notation of [Scope.WantPath], with loops written
// once.
func compactPath(names []string) string {
	if len(names) == 0 {
		return "(no state)"
	}
	var parts []string
	for i := 0; i < len(names); {
		period, count := loopAt(names[i:])
		loop := strings.Join(names[i:i+period], ", ")
		switch {
		case count == 1:
			parts = append(parts, names[i])
		case period == 1:
			parts = append(parts, fmt.Sprintf("%d×%s", count, loop))
		default:
			parts = append(parts, fmt.Sprintf("%d×(%s)", count, loop))
		}
		i += period * count
	}
	return strings.Join(parts, ", ")
}

// maxPeriod is the length of the longest loop that loopAt finds, in states.
const maxPeriod = 50

// loopAt returns the loop at the start of a path that shortens it most: its length
// and how often it repeats. Without a loop both are 1.
func loopAt(names []string) (period, count int) {
	period, count = 1, 1
	saved := 0
	for p := 1; p <= min(len(names)/2, maxPeriod); p++ {
		n := 1
		for (n+1)*p <= len(names) && slices.Equal(names[:p], names[n*p:(n+1)*p]) {
			n++
		}
		if s := (n - 1) * p; n > 1 && s > saved {
			period, count, saved = p, n, s
		}
	}
	return period, count
}

// expandPath reads the notation of [Scope.WantPath]. The second result describes a
// mistake in it, or is empty.
func (x *Execution) expandPath(steps []string) ([]string, string) {
	names := make([]string, 0, len(steps))
	for _, s := range steps {
		more, problem := x.expandStep(s)
		if problem != "" {
			return nil, problem
		}
		names = append(names, more...)
	}
	return names, ""
}

func (x *Execution) expandStep(step string) ([]string, string) {
	step = strings.TrimSpace(step)
	if stateNamed(x.program, step) != nil {
		return []string{step}, ""
	}
	if parts := splitSteps(step); len(parts) > 1 {
		return x.expandPath(parts)
	}
	n, rest, ok := cutFactor(step)
	problem := parenthesisProblem(step)
	switch {
	case !ok && problem != "":
		return nil, problem
	case step == "":
		return nil, "a step is empty"
	case ok && rest == "":
		return nil, fmt.Sprintf("%q repeats nothing", step)
	case !ok && strings.HasPrefix(step, "("):
		return nil, fmt.Sprintf("%q has no factor: write 2×(A, B), or the states without parentheses", step)
	case !ok:
		return nil, stateProblem(x.program, step, false)
	}
	inner, problem := x.expandStep(rest)
	if problem != "" {
		return nil, problem
	}
	var all []string
	for range n {
		all = append(all, inner...)
	}
	return all, ""
}

const maxLoop = 100_000

// cutFactor splits "3×(A, B)" into 3 and "A, B".
func cutFactor(step string) (n int, rest string, ok bool) {
	digits := 0
	for digits < len(step) && '0' <= step[digits] && step[digits] <= '9' {
		digits++
	}
	n, err := strconv.Atoi(step[:digits])
	if err != nil || n > maxLoop {
		return 0, "", false
	}
	rest = strings.TrimSpace(step[digits:])
	for _, sign := range []string{"×", "x", "*"} {
		if after, found := strings.CutPrefix(rest, sign); found {
			after = strings.TrimSpace(after)
			if strings.HasPrefix(after, "(") && strings.HasSuffix(after, ")") {
				after = after[1 : len(after)-1]
			}
			return n, strings.TrimSpace(after), true
		}
	}
	return 0, "", false
}

// parenthesisProblem describes a parenthesis without its counterpart, or returns "".
func parenthesisProblem(step string) string {
	var open []int
	for i, c := range step {
		switch {
		case c == '(':
			open = append(open, i)
		case c == ')' && len(open) == 0:
			return fmt.Sprintf("the ) after %q closes nothing", step[:i])
		case c == ')':
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return ""
	}
	return fmt.Sprintf("the ( in %q is not closed: a loop is one string, as in \"3×(Wait, Poll)\"", step[:open[0]+1]+strings.TrimRight(step[open[0]+1:], " "))
}

// splitSteps splits at commas outside of parentheses.
func splitSteps(step string) []string {
	var parts []string
	depth, start := 0, 0
	for i, c := range step {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, step[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, step[start:])
}
