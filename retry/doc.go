// Package retry is the policy of Retry and Catch: which Retrier or Catcher
// matches an error, and how long to wait before the next attempt. It does not
// wait, count time or draw random numbers itself.
//
//	policy := retry.Compile(state.Retry)
//	attempts := make([]int32, policy.Len()) // of one execution of the state
//	_, delay, ok := policy.Next("CardDeclined", attempts, random)
//	if ok {
//		// try again after delay
//	} else if i := retry.CompileCatch(state.Catch).Match("CardDeclined"); i >= 0 {
//		// go on at state.Catch[i].Next
//	}
//
// [Matches] has the rules of ErrorEquals in one place; where the language's
// specification and AWS differ, they are AWS's.
//
// A [Policy] and a [Catch] never change and are safe for concurrent use. The
// decision is a pure function of the arguments, the same on every machine, and
// costs no allocation.
package retry
