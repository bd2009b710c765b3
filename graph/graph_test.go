package graph

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

var (
	update  = flag.Bool("update", false, "write the golden files anew")
	openAll = flag.Bool("openall", false, "open all real definitions in a browser, and not one of eight; CI does")
	seeds   = flag.Uint64("seeds", 100, "how many random machines are drawn; CI draws 400")
)

func parse(t testing.TB, definition string) *Graph {
	t.Helper()
	m, err := asl.Parse([]byte(definition))
	require.NoError(t, err)
	return New(m)
}

func read(t testing.TB, name string) *Graph {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".asl.json"))
	require.NoError(t, err)
	return parse(t, string(text))
}

func readHistory(t testing.TB, name string) []history.Event {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".ndjson"))
	require.NoError(t, err)
	defer file.Close()
	var events []history.Event
	for e, err := range history.NewReader(file).All() {
		require.NoError(t, err)
		events = append(events, e)
	}
	return events
}

// written is a graph in all formats, by the end of the file's name.
func written(g *Graph) map[string][]byte {
	return map[string][]byte{".mmd": g.Mermaid(), ".dot": g.DOT(), ".svg": g.SVG()}
}

func TestGolden(t *testing.T) {
	for _, c := range []struct{ machine, history string }{
		{"line", ""},
		{"loop", ""},
		{"names", ""},
		{"trip", ""},
		{"trip", "trip-happy"},
		{"trip", "trip-sad"},
		{"trip", "trip-running"},
	} {
		name := c.machine
		if c.history != "" {
			name = c.history
		}
		t.Run(name, func(t *testing.T) {
			g := read(t, c.machine)
			if c.history != "" {
				g.AddHistory(slices.Values(readHistory(t, c.history)))
			}
			requireSound(t, g)
			for end, got := range written(g) {
				file := filepath.Join("testdata", name+end)
				if *update {
					require.NoError(t, os.WriteFile(file, got, 0o600))
				}
				want, err := os.ReadFile(file)
				require.NoError(t, err, "go test -update writes it")
				require.Equal(t, string(want), string(got))
			}
		})
	}
}

// requireXML checks that a text is well-formed, and returns what is between its
// tags.
func requireXML(t testing.TB, text []byte) string {
	t.Helper()
	var data strings.Builder
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return data.String()
		}
		require.NoError(t, err)
		if chars, ok := token.(xml.CharData); ok {
			data.Write(chars)
		}
	}
}

func TestNamesComeBackFromSVG(t *testing.T) {
	data := requireXML(t, read(t, "names").SVG())
	for _, name := range []string{
		`a "quoted" <b>&amp;</b> 'name'`, "two␊lines␉and \\N \\\" #35; ␀", "style x:#fff; end subgraph %% comment", "`code`", "<!-- & -->",
	} {
		require.Contains(t, data, name)
	}
}

// No text may end the quotes that it stands in.
func TestQuotesStayClosed(t *testing.T) {
	g := read(t, "names")
	for line := range strings.Lines(string(g.DOT())) {
		unescaped := strings.NewReplacer(`\\`, "", `\"`, "").Replace(line)
		require.Zero(t, strings.Count(unescaped, `"`)%2, line)
	}
	for line := range strings.Lines(string(g.Mermaid())) {
		require.Contains(t, []int{0, 2}, strings.Count(line, `"`), line)
		_, text, _ := strings.Cut(line, `"`)
		require.NotContains(t, text, ":", line)
	}
}

// Graphviz refuses empty elements, and replaces \N even in HTML.
func TestLabelsOfDOT(t *testing.T) {
	for name, want := range map[string]string{
		`a<b> & "c"`: `<b>a&lt;b&gt; &amp; &quot;c&quot;</b>`,
		`\N`:         `<b>\&#8203;N</b>`,
		" ":          `<br/><b>&#160;</b>>`,
	} {
		g := parse(t, `{"StartAt": `+quoted(name)+`, "States": {`+quoted(name)+`: {"Type": "Succeed"}}}`)
		require.Contains(t, string(g.DOT()), want)
	}
}

// Times below a millisecond say nothing.
func TestStatusLine(t *testing.T) {
	now := time.Now()
	for want, r := range map[string]Run{
		"succeeded":      {Outcome: Succeeded, Entered: 1, Ended: now},
		"succeeded, 3 s": {Outcome: Succeeded, Entered: 1, Ended: now, Shortest: 3 * time.Second, Longest: 3 * time.Second},
		"failed: E, entered 4 times, 8 attempts, up to 3 s": {Outcome: Failed, Error: "E", Entered: 4, Attempts: 8, Ended: now, Longest: 3 * time.Second},
		"aborted, entered 2 times, 1 s to 3 s":              {Outcome: Aborted, Entered: 2, Ended: now, Shortest: time.Second, Longest: 3 * time.Second},
	} {
		require.Equal(t, want, r.statusLine())
	}
}

func TestModel(t *testing.T) {
	g := read(t, "trip")
	require.Equal(t, "Book a trip", g.Comment)
	require.Equal(t, "Check", g.Start.Name)
	book := g.Node("Book")
	require.Len(t, book.Groups, 2)
	require.Equal(t, "branch 1", book.Groups[1].Title)
	require.Equal(t, "Room", book.Groups[1].Edges[0].To.Name)
	require.Same(t, book, g.Node("Room").In.Owner)
	require.Equal(t, "/States/Book", book.Location)
	require.Nil(t, g.Node("Nobody"))
	kinds := map[string]EdgeKind{}
	for _, e := range g.Edges {
		kinds[e.From.ID+">"+e.To.ID+" "+e.Label] = e.Kind
	}
	require.Equal(t, Catch, kinds["s4>s11 States.ALL"])
	require.Equal(t, Choice, kinds[`s2>s4 $.kind == "far"`])
	require.Equal(t, Default, kinds["s2>s3 Default"])
	require.Equal(t, Entry, kinds["start>s1 "])
	require.Equal(t, Exit, kinds["s12>finish "])
	require.Equal(t, Exit, kinds["s13>finish "], "a Fail state ends the machine too")
}

// A definition with errors is drawn as far as it was read.
func TestBrokenDefinitions(t *testing.T) {
	for _, definition := range []string{
		`{}`,
		`{"States": {}}`,
		`{"StartAt": "B", "States": {"A": {"Type": "Map"}, "B": {"Type": "Parallel", "Branches": [{}]}, "C": 1}}`,
		`{"StartAt": "X", "States": {"A": {"Type": "Pass", "Next": "Y"}}}`,
		`{"StartAt": "X", "States": {"A": {"Type": "Wait", "Seconds": 9223372036854775807, "End": true}, "B": {"Type": "Wait", "Seconds": -1, "End": true}}}`,
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A", "End": true}, "B": {"Type": "Map", "Iterator": {"States": {"A": {"Type": "Choice"}}}}}}`,
	} {
		m, err := asl.Parse([]byte(definition))
		require.Error(t, err)
		g := New(m)
		requireSound(t, g)
		requireXML(t, g.SVG())
		require.NotEmpty(t, g.Mermaid())
		require.NotEmpty(t, g.DOT())
	}
	requireSound(t, New(&asl.StateMachine{}))
	require.Equal(t, New(&asl.StateMachine{}), New(nil))
}

// The model is open to whoever has another meaning for its colours.
func TestRunsFromElsewhere(t *testing.T) {
	g := read(t, "line")
	g.Traced = true
	g.Node("Fetch").Run = &Run{Outcome: Succeeded}
	g.Node("Done").Run = &Run{Outcome: 99}
	g.Edges[1].Taken = 3
	require.Contains(t, string(g.SVG()), styles[Succeeded].fill)
	require.Contains(t, string(g.SVG()), "Outcome(99)")
	require.Contains(t, string(g.Mermaid()), "linkStyle 1 stroke:"+mermaidColour(succeedColour))
	require.Contains(t, string(g.DOT()), "s1 -> s2 [color=\""+succeedColour+"\", penwidth=2]")
}

func TestRuleText(t *testing.T) {
	for rule, want := range map[string]string{
		`"Variable": "$.a", "NumericLessThanEquals": 1.0`:                   `$.a <= 1.0`,
		`"Variable": "$.a", "TimestampGreaterThan": "2024-01-01T00:00:00Z"`: `$.a > "2024-01-01T00:00:00Z"`,
		`"Variable": "$.a", "StringEqualsPath": "$.b"`:                      `$.a == $.b`,
		`"Variable": "$.a", "BooleanEquals": true`:                          `$.a == true`,
		`"Variable": "$.a", "StringMatches": "x*"`:                          `$.a matches "x*"`,
		`"Variable": "$.a", "IsNull": true`:                                 `$.a is null`,
		`"Variable": "$.a", "IsTimestamp": false`:                           `$.a is not timestamp`,
		`"Not": {"Variable": "$.a", "IsPresent": true}`:                     `not ($.a is present)`,
		`"And": [{"Variable": "$.a", "IsNull": true}, {"Or": [{"Variable": "$.b", "IsNull": true}, {"Variable": "$.c", "IsNull": true}]}]`: `$.a is null and ($.b is null or $.c is null)`,
	} {
		g := parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{`+rule+`, "Next": "B"}]}, "B": {"Type": "Succeed"}}}`)
		require.Equal(t, want, g.Edges[1].Label)
	}
}

func TestRuleTextIsBounded(t *testing.T) {
	rule := `{"Variable": "$.a", "IsNull": true}`
	for range 60 {
		rule = `{"And": [` + rule + `]}`
	}
	rules := strings.Repeat(`{"Variable": "$.abc", "IsNull": true},`, 500)
	g := parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [
		{"And": [`+rule+`], "Next": "B"}, {"Or": [`+strings.TrimSuffix(rules, ",")+`], "Next": "B"}]}, "B": {"Type": "Succeed"}}}`)
	require.Less(t, len(g.Edges[1].Label), 40)
	require.Less(t, len(g.Edges[2].Label), 2*maxRuleText)
	require.True(t, strings.HasSuffix(g.Edges[2].Label, "…"))
}

func TestDetails(t *testing.T) {
	for state, want := range map[string]string{
		`"Type": "Task", "End": true, "Resource": "arn:aws:states:::dynamodb:putItem"`:                          "Task · dynamodb:putItem",
		`"Type": "Task", "End": true, "Resource": "arn:aws:states:us-east-1:123456789012:activity:look"`:        "Task · activity:look",
		`"Type": "Task", "End": true, "Resource": "arn:aws:states:::events:putEvents.waitForTaskToken"`:         "Task · events:putEvents · callback",
		`"Type": "Task", "End": true, "Resource": "arn:aws:states:::ecs:runTask.sync"`:                          "Task · ecs:runTask · sync",
		`"Type": "Task", "End": true, "Resource": "arn:aws:states:::states:startExecution.sync:2"`:              "Task · states:startExecution · sync:2",
		`"Type": "Task", "End": true, "Resource": "charge"`:                                                     "Task · charge",
		`"Type": "Task", "End": true, "Resource": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f"`: "Task · function:f",
		`"Type": "Wait", "End": true, "Seconds": 0`:                                                             "Wait 0 ms",
		`"Type": "Wait", "End": true, "Seconds": 59`:                                                            "Wait 59 s",
		`"Type": "Wait", "End": true, "Seconds": 3600`:                                                          "Wait 1 h",
		`"Type": "Wait", "End": true, "Seconds": 90061`:                                                         "Wait 1 d 1 h",
		`"Type": "Wait", "End": true, "SecondsPath": "$.n"`:                                                     "Wait $.n s",
		`"Type": "Wait", "End": true, "TimestampPath": "$.t"`:                                                   "Wait until $.t",
		`"Type": "Wait", "End": true, "Timestamp": "2024-01-01T00:00:00Z"`:                                      "Wait until 2024-01-01T00:00:00Z",
		`"Type": "Wait", "QueryLanguage": "JSONata", "End": true, "Seconds": "{% $x %}"`:                        "Wait $x s",
		`"Type": "Wait", "QueryLanguage": "JSONata", "End": true, "Seconds": "{% $x * 60 %}"`:                   "Wait ($x * 60) s",
		`"Type": "Task", "End": true, "Resource": "r", "TimeoutSeconds": 90`:                                    "Task · r · timeout 1 min 30 s",
		`"Type": "Fail"`:                     "Fail",
		`"Type": "Fail", "ErrorPath": "$.e"`: "Fail · $.e",
		`"Type": "Succeed"`:                  "Succeed",
		`"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Succeed"}}}`: "Distributed Map",
	} {
		require.Equal(t, want, parse(t, `{"StartAt": "A", "States": {"A": {`+state+`}}}`).Node("A").Detail)
	}
}

func TestEqualMachinesGiveEqualBytes(t *testing.T) {
	first := read(t, "trip")
	first.AddHistory(slices.Values(readHistory(t, "trip-sad")))
	want := written(first)
	for range 20 {
		g := read(t, "trip")
		g.AddHistory(slices.Values(readHistory(t, "trip-sad")))
		require.Equal(t, want, written(g))
	}
	require.Equal(t, want, written(first), "writing changes nothing")
}

func TestWrap(t *testing.T) {
	require.Equal(t, []string{"one two", "three"}, wrapText("one two three", 10, 55, 5))
	require.Equal(t, []string{"check", "Stack", "Exists"}, wrapText("checkStackExists", 10, 40, 5))
	require.Equal(t, []string{"one two", "three…"}, wrapText("one two three four", 10, 50, 2))
	require.Empty(t, wrapText("", 10, 50, 2))
	for _, line := range wrapText(strings.Repeat("日本", 40), 13, 200, 20) {
		require.LessOrEqual(t, textWidth(line, 13), 200)
	}
}
