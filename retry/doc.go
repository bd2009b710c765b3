// Package retry implements the policy of Retry and Catch: which Retrier or
// Catcher matches an error, and how long to wait before the next attempt. It
// does not wait, count time or draw random numbers itself.
//
//	policy := retry.Compile(state.Retry)
//	attempts := make([]int32, policy.Len()) // of one execution of the state
//	_, delay, ok := policy.Next("CardDeclined", attempts, random)
//	if ok {
//		// try again after delay
//	} else if i := retry.CompileCatch(state.Catch).Match("CardDeclined"); i >= 0 {
//		// continue at state.Catch[i].Next
//	}
//
// [Matches] implements ErrorEquals. Where the Amazon States Language
// specification and AWS differ, it follows AWS.
//
// A [Policy] and a [Catch] are immutable and safe for concurrent use. A
// decision is a pure function of its arguments, has the same result on every
// platform, and allocates nothing.
package retry
