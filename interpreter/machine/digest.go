package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Digest identifies what an execution depends on: the definition without its
// Comments and white space, and the options but for EveryResource, with their
// defaults filled in. An execution can only be continued with a Program of the
// same digest.
func (p *Program) Digest() string { return p.digest }

// digestOf identifies a definition and its options by what executions depend on.
// EveryResource only decides what is compiled.
func digestOf(text []byte, o *Options, l *Limits) string {
	activities := slices.Clone(o.Activities)
	slices.Sort(activities)
	limits := []int{l.PayloadBytes, l.HistoryEvents, l.VariableBytes, l.VariablesSize, l.MapConcurrency, l.ExpressionSteps, l.StepTransitions, l.StepExpressions, l.HeldBytes}
	for i := range limits {
		if limits[i] == unlimited {
			limits[i] = -1 // on every platform
		}
	}
	h := sha256.New()
	h.Write(text)
	fmt.Fprintf(h, "\n%q %q %q %q %t %d %d", o.StateMachineArn, o.StateMachineName, o.RoleArn, slices.Compact(activities),
		o.Express, max(l.Duration, -1), limits)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
