package yaml_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/yaml"
)

// Any text is read, or refused with a place in it. A document that is read is JSON, whose
// offsets are in the text.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"StartAt: A\nStates:\n  A: {Type: Pass, End: true}\n",
		"a: &a [1, .5, 0x1F, '2', \"\\u00e4\\\n x\"]\nb: *a\n<<: {c: 1}\n",
		"a: |2-\n   x\nb: >+\n  y\n\n  z\n? k\n: !Sub |\n    ${A}\n",
		"\ufeff!GetAtt a.b\r\n---\n", "a: b: c", "[[[", "\t", "a: &a\n  <<: *a", "a: '\u2028\u0085'\n", "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := yaml.Read(text)
		if err != nil {
			var list asl.ErrorList
			require.True(t, errors.As(err, &list))
			require.Len(t, list, 1)
			require.NotContains(t, list[0].Message, "the YAML reader failed")
			require.LessOrEqual(t, list[0].Pos.Offset, len(text))
			require.Positive(t, list[0].Pos.Line)
			return
		}
		require.True(t, json.Valid(d.JSON), "%s", d.JSON)
		for at := range len(d.JSON) {
			require.LessOrEqual(t, d.Offset(at), len(text))
			require.GreaterOrEqual(t, d.Offset(at), 0)
		}
	})
}
