package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// ruleDefinitions returns the definitions of the rules of package asl, valid or not.
func ruleDefinitions(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "asl", "testdata", "*.txt"))
	require.NoError(t, err)
	more, err := filepath.Glob(filepath.Join("..", "..", "asl", "testdata", "validate", "*.txt"))
	require.NoError(t, err)
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, section := range strings.Split("\n"+string(text), "\n--- ")[1:] {
			lines := strings.Split(strings.TrimSpace(section), "\n")[1:]
			for i := range lines {
				lines[i], _, _ = strings.Cut(lines[i], " ### ")
			}
			all = append(all, strings.Join(lines, "\n"))
		}
	}
	require.Greater(t, len(all), 300)
	return all
}

// fieldOrder returns the fields of v in their order, with their paths.
func fieldOrder(v any, path string) (all []string) {
	switch v := v.(type) {
	case *value.Object:
		for key, member := range v.All() {
			all = append(append(all, path+"/"+key), fieldOrder(member, path+"/"+key)...)
		}
	case []any:
		for _, element := range v {
			all = append(all, fieldOrder(element, path+"/-")...)
		}
	}
	return all
}

// The canonical order is that of asl.Marshal, for all fields: the definitions have each of
// them. What is formatted stays as it is when it is formatted again, and is the same JSON.
func TestFormatHasTheOrderOfMarshal(t *testing.T) {
	formatted, marshalled := 0, 0
	for _, text := range ruleDefinitions(t) {
		out, err := asl.Format([]byte(text))
		if err != nil {
			continue
		}
		formatted++
		again, err := asl.Format(out)
		require.NoError(t, err)
		require.Equal(t, string(out), string(again))
		before, err := value.Parse([]byte(text))
		if err != nil {
			continue // it has placeholders
		}
		after, err := value.Parse(out)
		require.NoError(t, err)
		require.JSONEq(t, text, string(out))
		m, err := asl.Parse([]byte(text))
		if err != nil {
			continue // Marshal leaves out what is wrong
		}
		if len(fieldOrder(before, "")) != len(fieldOrder(after, "")) {
			continue // a field is there twice
		}
		canonical, err := asl.Marshal(m)
		require.NoError(t, err)
		want, err := value.Parse(canonical)
		require.NoError(t, err)
		require.Equal(t, fieldOrder(want, ""), fieldOrder(after, ""), text)
		marshalled++
	}
	require.Greater(t, formatted, 300)
	require.Greater(t, marshalled, 150)
}

func TestFormat(t *testing.T) {
	const text = `{"States":{"B":{"End":true,"Type":"Wait","Seconds":1.50e1,"X":[],"Comment":"\u00e4"},
		"A":{"Next":"B","Type":"Task","Resource":"${F}","Zzz":1,"Parameters":{"z":{},"a":[[1,2],[{"End":1,"Type":2}]]},"TimeoutSeconds":${T},
		"Retry":[{"MaxAttempts":1,"ErrorEquals":["a","b"]}]}},"StartAt":"A"}`
	const want = `{
  "StartAt": "A",
  "States": {
    "B": {
      "Type": "Wait",
      "Comment": "\u00e4",
      "Seconds": 1.50e1,
      "X": [],
      "End": true
    },
    "A": {
      "Type": "Task",
      "Resource": "${F}",
      "Parameters": {
        "z": {},
        "a": [
          [1, 2],
          [
            {
              "End": 1,
              "Type": 2
            }
          ]
        ]
      },
      "Retry": [
        {
          "ErrorEquals": ["a", "b"],
          "MaxAttempts": 1
        }
      ],
      "TimeoutSeconds": ${T},
      "Zzz": 1,
      "Next": "B"
    }
  }
}
`
	writeFiles(t, map[string]string{"m.json": byteOrderMark + text, "no.json": `{"a": }`, "list.json": "[1]", "key.json": `{"StartAt": "A", ${K}: 1}`})
	code, out, err := invokeHere("", "fmt", "m.json")
	require.Zero(t, code, err)
	require.Equal(t, want, out)
	code, out, _ = invokeHere(want, "fmt", "-")
	require.Zero(t, code)
	require.Equal(t, want, out)

	code, out, _ = invokeHere("", "fmt", "-d", "m.json")
	require.Equal(t, exitFailed, code)
	require.True(t, strings.HasPrefix(out, "--- m.json\n+++ m.json (formatted)\n@@ -1,3 +1,37 @@\n-\ufeff{"), out)

	require.NoError(t, os.Chmod("m.json", 0o640))
	require.NoError(t, os.Symlink("m.json", "link.json"))
	code, out, err = invokeHere("", "fmt", "-w", "link.json")
	require.Zero(t, code, err)
	require.Equal(t, "link.json\n", out)
	got, readErr := os.ReadFile("m.json")
	require.NoError(t, readErr)
	require.Equal(t, want, string(got))
	info, statErr := os.Lstat("m.json")
	require.NoError(t, statErr)
	require.EqualValues(t, 0o640, info.Mode())
	info, statErr = os.Lstat("link.json")
	require.NoError(t, statErr)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
	for _, option := range []string{"-w", "-d"} {
		code, out, err = invokeHere("", "fmt", option, "m.json")
		require.Zero(t, code, err)
		require.Empty(t, out)
	}
	left, globErr := filepath.Glob(".asl-fmt-*")
	require.NoError(t, globErr)
	require.Empty(t, left)

	code, out, err = invokeHere("", "fmt", "no.json", "list.json", "key.json", "m.json")
	require.Equal(t, exitFailed, code)
	require.Equal(t, want, out)
	require.Contains(t, err, "no.json:1:7: error: INVALID_JSON_DESCRIPTION: ")
	require.Contains(t, err, "list.json:1:1: error: SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object")
	require.Contains(t, err, "key.json:")
	for _, args := range [][]string{{"-w", "-"}, {"-w", "-d", "m.json"}, {"nowhere.json"}, {}} {
		code, _, err = invokeHere("", append([]string{"fmt"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.NotEmpty(t, err)
	}
}

// A definition above the limit of its size is refused, and not cut.
func TestFormatKeepsWhatIsTooLong(t *testing.T) {
	text := `{"StartAt": "A", "Comment": "` + strings.Repeat("x", asl.MaxDefinitionBytes) + `", "States": {}}`
	writeFiles(t, map[string]string{"m.json": text, "bom.json": byteOrderMark + text})
	for _, name := range []string{"m.json", "bom.json"} {
		code, out, err := invokeHere("", "fmt", "-w", name)
		require.Equal(t, exitFailed, code)
		require.Empty(t, out)
		require.Contains(t, err, name+":")
		got, readErr := os.ReadFile(name)
		require.NoError(t, readErr)
		require.Equal(t, strings.TrimPrefix(string(got), byteOrderMark), text)
	}
}

// The formatter never fails on what it has not seen, and never changes the JSON.
func FuzzFormat(f *testing.F) {
	for _, text := range []string{good, bad, warned, `{"States":{"A":{"x":"\"}","y":${Z}}}}`, `{"a":"\u005c"}`, `{${K}:1}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := asl.Format(text)
		if err != nil {
			return
		}
		again, err := asl.Format(out)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("formatted again: %v\n%s\n%s", err, out, again)
		}
		if json.Valid(text) {
			require.JSONEq(t, string(text), string(out))
		}
	})
}
