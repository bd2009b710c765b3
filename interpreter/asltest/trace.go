package asltest

import (
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// Trace returns the execution as an indented tree. Each state has a line with the
// virtual time at which it was entered; its attempts, branches and iterations
// follow.
func (x *Execution) Trace() string {
	x.loadTree()
	var b strings.Builder
	x.writeTrace(&b, "")
	if o := x.run.x.Outcome; o != nil {
		if x.finalStatus() == machine.Succeeded {
			fmt.Fprintf(&b, "SUCCEEDED %s\n", shortJSON(o.Output))
		} else {
			fmt.Fprintln(&b, x.describeEnd())
		}
	}
	return b.String()
}

func (sc *Scope) writeTrace(b *strings.Builder, in string) {
	for _, s := range sc.steps {
		at := time.Duration(s.entered.Nanos - sc.x.run.events[0].Nanos)
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
			for _, c := range scopes {
				what := "branch"
				if s.kind == "Map" {
					what = "iteration"
				}
				fmt.Fprintf(b, "%s  %s %d\n", in, what, c.index)
				c.writeTrace(b, in+"    ")
			}
		}
	}
}
