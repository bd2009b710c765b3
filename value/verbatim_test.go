package value_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// An object remembers a text that Append would write otherwise, and no other.
func TestParseVerbatim(t *testing.T) {
	for _, c := range []struct {
		text  string
		keeps bool
	}{
		{`{"a":1,"b":[true,null,"x"]}`, false},
		{`{"a": 1}`, true},
		{` {"a":1}`, true},
		{"{\"a\":1}\n", true},
		{`{"a":"\u03bb"}`, true},
		{`{"a":"λ"}`, false},
		{`{"a":"\n\"\\"}`, false}, // escapes that Append writes too
		{`{"a":"\/"}`, true},
		{`{"a":1.00}`, true},
		{`{"a":1.5}`, false},
		{`{"a":1e3}`, true},
		{`{"a":-0}`, true},
		{`{"a":12345678901234567890}`, false},
		{`{"a":1,"a":2}`, true},
		{`[ 1 ]`, false}, // only objects do
		{`{}`, false},
		{`{ }`, true},
	} {
		v, err := value.ParseVerbatim([]byte(c.text))
		require.NoError(t, err, c.text)
		text, ok := value.Verbatim(v)
		require.Equal(t, c.keeps, ok, c.text)
		if c.keeps {
			require.Equal(t, c.text, text)
		}
		parsed, err := value.Parse([]byte(c.text))
		require.NoError(t, err)
		require.Equal(t, value.String(parsed), value.String(v), c.text)
		require.Equal(t, value.Size(parsed), value.Size(v), c.text)
		require.True(t, value.Equal(parsed, v), c.text)
		_, ok = value.Verbatim(parsed)
		require.False(t, ok)
	}
	_, err := value.ParseVerbatim([]byte(`{"a": `))
	require.Error(t, err)
}

// Whatever is computed from an object does not have its text.
func TestVerbatimIsForgotten(t *testing.T) {
	object := func() *value.Object {
		v, err := value.ParseVerbatim([]byte(`{"a": {"b": 1}, "c": 2}`))
		require.NoError(t, err)
		return v.(*value.Object)
	}
	member, _ := object().Get("a")
	set, deleted, replaced := object(), object(), object()
	set.Set("d", int64(1))
	deleted.Delete("c")
	replaced.Set("c", int64(3))
	for name, v := range map[string]any{
		"member": member, "With": object().With("d", nil), "Without": object().Without("a"), "Clone": object().Clone(),
		"Set": set, "Set of a key that is there": replaced, "Delete": deleted, "Compact": value.Compact(object()),
	} {
		_, ok := value.Verbatim(v)
		require.False(t, ok, name)
	}
	require.Equal(t, `{"a":{"b":1},"c":2}`, value.String(value.Compact(object())))
	require.Equal(t, `[{"a":{"b":1},"c":2}]`, value.String([]any{object()}))
}

// The index of a large object and its text do not get in each other's way.
func TestVerbatimOfALargeObject(t *testing.T) {
	text := []byte(`{ `)
	for i := range 40 {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(value.AppendString(text, string(rune('a'+i))), `:1`...)
	}
	text = append(text, '}')
	v, err := value.ParseVerbatim(text)
	require.NoError(t, err)
	o := v.(*value.Object)
	for range 4 {
		require.True(t, o.Has("z"))
		require.False(t, o.Has("no"))
	}
	kept, _ := value.Verbatim(o)
	require.Equal(t, string(text), kept)
	o.Set("new", nil)
	require.True(t, o.Has("new"))
	_, ok := value.Verbatim(o)
	require.False(t, ok)
}
