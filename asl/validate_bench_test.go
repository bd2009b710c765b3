package asl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gostates/gostates/asl"
)

// A definition of nearly 1 MB with 10,000 states.
func BenchmarkValidate(b *testing.B) {
	var s strings.Builder
	s.WriteString(`{"StartAt": "S0", "States": {`)
	for i := range 10_000 {
		fmt.Fprintf(&s, `"S%d": {"Type": "Pass", "Parameters": {"a.$": "$.a.b"}, "Next": "S%d"},`, i, i+1)
	}
	s.WriteString(`"S10000": {"Type": "Succeed"}}}`)
	text := []byte(s.String())
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if found := asl.Validate(text, asl.Options{}); len(found) > 0 {
			b.Fatal(found[0])
		}
	}
}
