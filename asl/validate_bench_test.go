package asl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// longChain is a definition of n states of about 100 bytes each.
func longChain(n int) []byte {
	var s strings.Builder
	s.WriteString(`{"StartAt": "S0", "States": {`)
	for i := range n {
		fmt.Fprintf(&s, `"S%d": {"Type": "Pass", "Parameters": {"a.$": "$.a.b", "fixed": "0123456789"}, "Next": "S%d"},`, i, i+1)
	}
	fmt.Fprintf(&s, `"S%d": {"Type": "Succeed"}}}`, n)
	return []byte(s.String())
}

// The time per byte stays the same: validation is linear.
func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			text := longChain(n)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if found := asl.Validate(text, asl.Options{}); len(found) > 0 {
					b.Fatal(found[0])
				}
			}
		})
	}
}

// A list of 500 mistakes is cut, in order, and says how many there are besides.
func TestValidateManyMistakes(t *testing.T) {
	text := strings.ReplaceAll(string(longChain(500)), `"$.a.b"`, `"a.b"`)
	found := asl.Validate([]byte(text), asl.Options{})
	require.Len(t, found, 101)
	require.Equal(t, "400 more errors from here on", found[100].Message)
	for i := 1; i < 100; i++ {
		require.Less(t, found[i-1].Pos.Offset, found[i].Pos.Offset)
	}
}
