package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Digest identifies everything that an execution depends on: the definition without
// Comments and white space, and the options with their defaults, except for
// EveryResource. Only a Program with the same digest can continue an execution.
func (p *Program) Digest() string { return p.origin.digest }

// digestOf returns the digest of a definition and its options. EveryResource is not
// part of it, since it only affects Compile.
func digestOf(text []byte, o *Options, l *Limits) string {
	activities := slices.Clone(o.Activities)
	slices.Sort(activities)
	var limits []int
	for _, f := range l.namedFields() {
		limits = append(limits, portableLimit(*f.at))
	}
	h := sha256.New()
	h.Write(text)
	fmt.Fprintf(h, "\n%q %q %q %q %t %d %d", o.StateMachineArn, o.StateMachineName, o.RoleArn, slices.Compact(activities),
		o.Express, max(l.Duration, -1), limits)
	if scale := o.waitScaleText(); scale != "" {
		fmt.Fprintf(h, " WaitScale %s", scale)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
