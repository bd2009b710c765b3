package value

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeNode prints a node and all below it.
func writeNode(n Node) string {
	text := fmt.Sprintf("%d %d %v %s\n", n.Offset, n.Key, n.Duplicates(), String(n.Value))
	for _, child := range n.Children {
		text += writeNode(child)
	}
	return text
}

// Whatever was read before, a NodeReader reads what ReadNode does. Values stay as they
// are when the reader goes on and the text is overwritten.
func TestNodeReaderReadsAgain(t *testing.T) {
	var texts []string
	for _, part := range []string{`{"a": 1, "b": {"a": [2, {"c": "x"}], "a": "y"}, "a": null}`, `[1, [2, [3]]]`, `{"k": 1, "k": 2, "k"`, `"text"`, `[{}, [], `, ``, `{"a": {"b": {"c": tru}}}`} {
		texts = append(texts, part, "["+strings.Repeat(part+", ", 300)+part+"]")
	}
	var r NodeReader
	var values []any
	var want []string
	for i := range 4 * len(texts) {
		text := []byte(texts[i*5%len(texts)])
		expected, failed := ReadNode(text, ReadOptions{MaxDepth: 4 + i%2})
		got, err := r.Read(text, ReadOptions{MaxDepth: 4 + i%2})
		require.Equal(t, failed, err)
		if err == nil {
			require.Equal(t, writeNode(expected), writeNode(got))
			values, want = append(values, got.Value), append(want, String(got.Value))
		}
		clear(text)
	}
	for i := range values {
		require.Equal(t, want[i], String(values[i]))
	}
}

// A reader holds neither values nor the memory for a long text once it is reset.
func TestNodeReaderHoldsLittle(t *testing.T) {
	for _, text := range []string{
		"[" + strings.Repeat("1, ", 10_000) + "1]", "{" + strings.Repeat(`"k": 1, `, 10_000) + `"k": 1}`, strings.Repeat("[", 900), `{"a": {"a": 1, "a": 2}}`,
	} {
		var r NodeReader
		_, _ = r.Read([]byte(text), ReadOptions{})
		r.Reset()
		require.LessOrEqual(t, cap(r.tracker.nodes), maxKept)
		require.LessOrEqual(t, cap(r.tracker.slab), maxKept)
		require.LessOrEqual(t, cap(r.tracker.duplicates), maxKept)
		for _, n := range append(r.tracker.nodes[:cap(r.tracker.nodes)], r.tracker.slab[:cap(r.tracker.slab)]...) {
			require.Equal(t, Node{}, n)
		}
	}
}
