package asltest

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
)

// stateProblem describes why name is not a state of the machine, or not a Task if
// task is set, and suggests a similar name. It returns "" if there is nothing
// wrong.
func stateProblem(p *Program, name string, task bool) string {
	var names []string
	for st := range p.Machine().All() {
		_, isTask := st.(*asl.TaskState)
		if st.Base().Name == name {
			if task && !isTask {
				return fmt.Sprintf("state %q is a %s: only Task states are scripted", name, st.Base().Type)
			}
			return ""
		}
		if !task || isTask {
			names = append(names, st.Base().Name)
		}
	}
	problem := fmt.Sprintf("the machine has no state %q", name)
	if near := nearestName(name, names); near != "" {
		return problem + fmt.Sprintf("; did you mean %q?", near)
	}
	return problem + "; its states are: " + joinNames(names)
}

func stateNamed(p *Program, name string) asl.State {
	for st := range p.Machine().All() {
		if st.Base().Name == name {
			return st
		}
	}
	return nil
}

// nearestName returns the most similar of names, or "" if none is similar.
func nearestName(name string, names []string) string {
	best, at := "", max(2, len(name)/3)+1
	for _, n := range names {
		if d := editDistance(strings.ToLower(name), strings.ToLower(n)); d < at {
			best, at = n, d
		}
	}
	return best
}

// editDistance returns the Levenshtein distance of a and b, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
