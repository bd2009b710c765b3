package jsonata

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAppendQuoted(t *testing.T) {
	for _, test := range []wanted{
		{"", `""`},
		{"abc", `"abc"`},
		{"\"\\/\b\f\n\r\t\x00\x1f\x7f", `"\"\\/\b\f\n\r\t\u0000\u001f` + "\x7f\""},
		{"é\u2028😀", "\"é\u2028😀\""},
		{"\xed\xa0\xbd!\xed\xb8\x80", `"\ud83d!\ude00"`},
	} {
		require.Equal(t, test.want, string(appendQuoted(nil, test.expr)))
	}
}
