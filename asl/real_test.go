package asl_test

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
)

// shared is where collections of definitions stand, beside the repository.
var shared = filepath.Join("..", "..", "shared")

// eachLine calls f for each object of a file of JSON lines.
func eachLine(t *testing.T, name string, f func(o *value.Object)) {
	file, err := os.Open(filepath.Join(shared, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not beside the repository", name)
	}
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		v, err := value.Parse(lines.Bytes())
		require.NoError(t, err)
		f(v.(*value.Object))
	}
	require.NoError(t, lines.Err())
}

func text(o *value.Object, key string) string {
	v, _ := o.Get(key)
	s, _ := v.(string)
	return s
}

// Definitions as people write them: those that two validators take parse
// without an error and come back from Marshal; every error names a place and a
// rule.
func TestRealDefinitions(t *testing.T) {
	valid, refused := 0, 0
	eachLine(t, filepath.Join("real", "definitions.ndjson"), func(o *value.Object) {
		definition := []byte(text(o, "text"))
		m, err := asl.Parse(definition)
		if text(o, "verdict") == "valid" {
			valid++
			require.NoError(t, err, text(o, "id"))
			requireRoundTrip(t, definition, m)
			return
		}
		var list asl.ErrorList
		if errors.As(err, &list) {
			refused++
			for _, d := range list {
				require.NotEmpty(t, d.Code, text(o, "id"))
				require.NotEmpty(t, d.Message, text(o, "id"))
				require.Positive(t, d.Pos.Line, text(o, "id"))
			}
		}
	})
	t.Logf("real definitions: %d valid ones parse; of the others %d are refused", valid, refused)
}

// requireRoundTrip checks that Marshal gives a definition that says the same.
func requireRoundTrip(t *testing.T, definition []byte, m *asl.StateMachine) {
	t.Helper()
	out, err := asl.Marshal(m)
	require.NoError(t, err)
	want, err := value.Parse(definition)
	require.NoError(t, err)
	got, err := value.Parse(out)
	require.NoError(t, err)
	require.True(t, value.Equal(want, got), "Marshal gives\n%s\nfor\n%s", out, value.String(want))
}

// What AWS took, Parse takes.
func TestDefinitionsThatAWSTook(t *testing.T) {
	taken, refused, kept := 0, 0, 0
	eachLine(t, filepath.Join("validator", "cases.ndjson"), func(o *value.Object) {
		_, err := asl.Parse([]byte(text(o, "text")))
		switch {
		case text(o, "expected") != "valid" && err != nil:
			refused++
		case text(o, "expected") != "valid":
			kept++
		case text(o, "truth") == "aws":
			taken++
			require.NoError(t, err, text(o, "id"))
		case err != nil:
			t.Logf("%s (%s): %v", text(o, "id"), text(o, "reason"), err)
		}
	})
	t.Logf("AWS's valid definitions: %d; of the invalid ones %d are refused, %d wait for full validation", taken, refused, kept)
}
