package graph

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

//go:embed testdata/geometry.js
var geometryScript string

// faultsOfDrawing counts what a browser finds wrong in a drawing.
type faultsOfDrawing struct {
	Texts   int // checked
	Outside int // those not within their box or their label
	Clipped int // those not within the picture
	Covered int // labels on a box or on another label
	Through int // lines through a box that they neither leave nor reach
}

// In a browser, with its fonts, no text leaves its box, no label stands on anything, and no
// line leads through a state: in the definitions of this repository, and in those that
// stand beside it.
func TestGeometryInChromium(t *testing.T) {
	race.OneGoroutine(t)
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the geometry of the drawings is not checked in a browser")
	}
	drawings := []*Graph{parse(t, controlDefinition)}
	names := []string{"control"}
	add := func(name, definition string) {
		if m, _ := asl.Parse([]byte(definition)); m != nil {
			g := New(m)
			if len(drawings)%2 == 1 { // every other one with an execution
				g.Traced, g.Legend = true, true
				runAtRandom(rand.New(rand.NewPCG(uint64(len(drawings)), 7)), &g.Group)
			}
			drawings, names = append(drawings, g), append(names, name)
		}
	}
	files, err := filepath.Glob("../examples/*/*.asl.json")
	require.NoError(t, err)
	own, err := filepath.Glob("testdata/*.asl.json")
	require.NoError(t, err)
	for _, file := range append(files, own...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		add(file, string(text))
	}
	require.Greater(t, len(drawings), 10)
	if file, err := os.Open(filepath.Join(shared, "real", "definitions.ndjson")); err == nil {
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<24)
		for i := 1; lines.Scan(); i++ {
			if !*openAll && i%8 != 0 {
				continue
			}
			v, err := value.Parse(lines.Bytes())
			require.NoError(t, err)
			text, _ := v.(*value.Object).Get("text")
			add(fmt.Sprintf("line %d of %s", i, file.Name()), text.(string))
		}
		require.NoError(t, lines.Err())
	}

	var page strings.Builder
	page.WriteString("<!DOCTYPE html><meta charset=utf-8><body>")
	for _, g := range drawings {
		page.Write(g.SVG())
	}
	page.WriteString("<script>" + geometryScript + "</script>")
	folder := t.TempDir()
	file := filepath.Join(folder, "page.html")
	require.NoError(t, os.WriteFile(file, []byte(page.String()), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	command := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+filepath.Join(folder, "profile"), "--dump-dom", "file://"+file)
	dump, err := command.Output()
	require.NoError(t, err)
	_, text, found := strings.Cut(string(dump), `<pre id="result">`)
	require.True(t, found, "the script did not end: %.300s", dump)
	text, _, _ = strings.Cut(text, "</pre>")
	var result struct {
		Drawings []faultsOfDrawing
		Controls map[string]int
	}
	require.NoError(t, json.Unmarshal([]byte(html.UnescapeString(text)), &result))

	require.Len(t, result.Drawings, len(drawings))
	sum := 0
	for i, f := range result.Drawings {
		sum += f.Texts
		require.Positive(t, f.Texts, names[i])
		require.Equal(t, faultsOfDrawing{Texts: f.Texts}, f, names[i])
	}
	// A drawing that is spoilt is found, so that none of the checks looks at nothing.
	require.Len(t, result.Controls, 5)
	for control, faults := range result.Controls {
		require.Positive(t, faults, control)
	}
	t.Logf("chromium: %d drawings with %d texts have no faults", len(drawings), sum)
}

// controlDefinition has a label, a line beside a state, and a branch.
const controlDefinition = `{"StartAt": "Which", "States": {
	"Which": {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "Both"}], "Default": "Last"},
	"Both": {"Type": "Parallel", "Next": "Last", "Branches": [{"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}]},
	"Last": {"Type": "Succeed"}}}`
