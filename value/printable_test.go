package value_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestControlCharactersAreEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"plain, ünïcödé, 👨‍👩‍👧, �": "plain, ünïcödé, 👨‍👩‍👧, �",
		"\x1b[2J":              `\u001b[2J`,
		"a\u009b31m\u007f\x00": `a\u009b31m\u007f\u0000`,
		"a\x9b31m":             `a\x9b31m`,
		"one\ntwo\r\tthree":    `one\u000atwo\u000d\u0009three`,
		"one\u2028two\u2029":   `one\u2028two\u2029`,
		"\u202egnp.exe\u2066":  `\u202egnp.exe\u2066`,
	} {
		require.Equal(t, want, value.Printable(text))
	}
	require.Equal(t, "one\ntwo\tthree\\u000d", value.PrintableLines("one\ntwo\tthree\r"))
	require.Equal(t, `\x9b`+"\n", value.PrintableLines("\x9b\n"))
}
