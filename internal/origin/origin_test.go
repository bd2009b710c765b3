package origin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/origin"
)

func TestOrigin(t *testing.T) {
	var text origin.Text
	require.Equal(t, 0, text.Origin(5))
	text.Append(`"`, 10, false)
	text.Append("", 99, true)
	text.Append("ab", 11, true)
	text.Append("cd", 13, true)
	text.Append(`\n`, 20, false)
	text.Append(`x`, 20, false)
	text.Append("e", 30, true)
	require.Equal(t, `"abcd\nxe`, string(text.Bytes))
	var got []int
	for at := range len(text.Bytes) + 1 {
		got = append(got, text.Origin(at))
	}
	require.Equal(t, []int{10, 11, 12, 13, 14, 20, 20, 20, 30, 31}, got)
}
