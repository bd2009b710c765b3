package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
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
	h := sha256.New()
	h.Write(text)
	b := make([]byte, 0, 512)
	b = append(strconv.AppendQuote(append(b, '\n'), o.StateMachineArn), ' ')
	b = append(strconv.AppendQuote(b, o.StateMachineName), ' ')
	b = append(strconv.AppendQuote(b, o.RoleArn), " ["...)
	for i, name := range slices.Compact(activities) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendQuote(b, name)
	}
	b = append(strconv.AppendBool(append(b, "] "...), o.Express), ' ')
	b = append(strconv.AppendInt(b, int64(max(l.Duration, -1)), 10), " ["...)
	for i, f := range l.namedFields() {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(portableLimit(*f.at)), 10)
	}
	b = append(b, ']')
	if scale := o.waitScaleText(); scale != "" {
		b = append(append(b, " WaitScale "...), scale...)
	}
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
