package conformance_test

import (
	"fmt"

	"github.com/gostates/gostates/internal/conformance"
)

func Example() {
	c, err := conformance.Load("testdata/corpus", "history", "tokens.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("skip: %q, problems: %d\n", c.Skip(), len(c.Check()))
	// Output: skip: "", problems: 0
}
