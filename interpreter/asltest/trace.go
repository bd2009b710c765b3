package asltest

import (
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// Trace returns the execution as an indented tree. Each state has a line with the
// virtual time at which it was entered; its attempts, branches and iterations
// follow. Of the children of a Map Run it has at most 20, and those first that did not
// succeed.
func (x *Execution) Trace() string {
	x.loadTree()
	var b strings.Builder
	x.writeTrace(&b, "", x.run.began())
	if o := x.run.x.Outcome; o != nil {
		if x.finalStatus() == machine.Succeeded {
			fmt.Fprintf(&b, "SUCCEEDED %s\n", shortJSON(o.Output))
		} else {
			fmt.Fprintln(&b, x.describeEnd())
		}
	}
	if x.run != nil && x.run.hint != "" {
		fmt.Fprintln(&b, x.run.hint)
	}
	return b.String()
}

func (sc *Scope) writeTrace(b *strings.Builder, in string, began int64) {
	for _, s := range sc.steps {
		at := time.Duration(s.entered.Nanos - began)
		fmt.Fprintf(b, "%s%s (%s) at %s", in, s.name, s.kind, at)
		if s.exited != nil && s.exited.Nanos > s.entered.Nanos {
			fmt.Fprintf(b, ", took %s", time.Duration(s.exited.Nanos-s.entered.Nanos))
		}
		if s.exited == nil && s.kind != "Fail" {
			fmt.Fprintf(b, ", not left")
		}
		b.WriteString("\n")
		for i, a := range s.attempts {
			fmt.Fprintf(b, "%s  attempt %d: %s\n", in, i+1, a.outcomeText())
		}
		for i, scopes := range s.children {
			if len(s.children) > 1 {
				fmt.Fprintf(b, "%s  attempt %d\n", in, i+1)
			}
			shown := traceable(scopes)
			for _, c := range shown {
				what := "branch"
				switch {
				case c.x.run.child != nil && c.owner == nil:
					what = "child"
				case s.kind == "Map":
					what = "iteration"
				}
				fmt.Fprintf(b, "%s  %s %d\n", in, what, c.index)
				c.writeTrace(b, in+"    ", began)
			}
			if n := len(scopes) - len(shown); n > 0 {
				fmt.Fprintf(b, "%s  and %d more\n", in, n)
			}
		}
	}
}

// tracedChildren is how many children of a Map Run a trace has.
const tracedChildren = 20

// traceable returns the scopes that a trace has, in order. All are of one state.
func traceable(scopes []*Scope) []*Scope {
	if len(scopes) <= tracedChildren || scopes[0].owner != nil {
		return scopes
	}
	failed := func(sc *Scope) bool { return sc.x.finalStatus() != machine.Succeeded }
	left := tracedChildren
	shown := make(map[*Scope]bool)
	for _, unsuccessful := range []bool{true, false} {
		for _, sc := range scopes {
			if left > 0 && failed(sc) == unsuccessful {
				shown[sc] = true
				left--
			}
		}
	}
	var some []*Scope
	for _, sc := range scopes {
		if shown[sc] {
			some = append(some, sc)
		}
	}
	return some
}
