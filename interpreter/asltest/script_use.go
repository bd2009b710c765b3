package asltest

import (
	"fmt"

	"github.com/gostates/gostates/interpreter/machine"
)

// scriptUse counts how far one run has used a script.
type scriptUse struct {
	*Script
	at, used int // index of the current answer, and how many tasks got it
	calls    int
}

// takeAnswer returns the answer to the next task, or nil if none is left.
func (p *scriptUse) takeAnswer() *answer {
	for p.at < len(p.answers) {
		if n := p.answerLimit(p.at); n < 0 || p.used < n {
			p.used++
			p.calls++
			return &p.answers[p.at]
		}
		p.at, p.used = p.at+1, 0
	}
	return nil
}

// unusedAnswer describes the first answer that was not used up, or returns "".
func (p *scriptUse) unusedAnswer() string {
	if p.calls == 0 {
		return fmt.Sprintf("%s was never used", p)
	}
	used := p.used
	for n := p.at; n < len(p.answers); n++ {
		limit := max(p.answerLimit(n), 1)
		if used < limit {
			return fmt.Sprintf("%s: answer %d, %s, was used %d of %d times", p, n+1, p.answers[n].label, used, limit)
		}
		used = 0
	}
	return ""
}

func (r *runner) newInvocation(c *machine.Command) Invocation {
	i := Invocation{State: c.State, Resource: c.Resource.Name, Attempt: c.Attempt + 1, Item: c.Item, Input: c.Input, Token: r.x.Token(c.Task)}
	if i.Item < 0 && r.child != nil {
		i.Item = int(r.child.Index)
	}
	return i
}
