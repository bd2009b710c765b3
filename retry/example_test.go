package retry_test

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/retry"
)

func Example() {
	policy := retry.Compile([]asl.Retrier{
		{ErrorEquals: []string{asl.StatesTimeout}, MaxAttempts: opt[int64](2), BackoffRate: opt(1.5)},
	})
	catch := retry.CompileCatch([]asl.Catcher{
		{ErrorEquals: []string{"CardDeclined"}},
		{ErrorEquals: []string{asl.StatesAll}},
	})

	attempts := make([]int32, policy.Len())
	for {
		_, delay, ok := policy.Next(asl.StatesTimeout, attempts, nil) // no jitter: no random source
		if !ok {
			break
		}
		fmt.Println("again after", delay)
	}
	fmt.Println("catcher", catch.Match(asl.StatesTimeout))
	// Output:
	// again after 1s
	// again after 1.5s
	// catcher 1
}

func ExampleMatches() {
	errorEquals := []string{asl.StatesTaskFailed}
	fmt.Println(retry.Matches(errorEquals, "CardDeclined"))
	fmt.Println(retry.Matches(errorEquals, asl.StatesTimeout))
	fmt.Println(retry.Matches([]string{asl.StatesAll}, asl.StatesRuntime))
	// Output:
	// true
	// false
	// false
}
