package yaml_test

import (
	"bufio"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	yamlnode "go.yaml.in/yaml/v4"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/yaml"
	"github.com/gostates/gostates/value"
)

// toNode turns JSON into YAML, in all styles: which one a value has depends on its place.
func toNode(text []byte, n *value.Node) *yamlnode.Node {
	h := fnv.New32()
	h.Write([]byte(strconv.Itoa(n.Offset)))
	pick := h.Sum32() % 5
	switch v := n.Value.(type) {
	case string:
		styles := []yamlnode.Style{0, yamlnode.DoubleQuotedStyle, yamlnode.SingleQuotedStyle, yamlnode.FoldedStyle, yamlnode.LiteralStyle}
		return &yamlnode.Node{Kind: yamlnode.ScalarNode, Tag: "!!str", Value: v, Style: styles[pick]}
	case *value.Object:
		m := &yamlnode.Node{Kind: yamlnode.MappingNode}
		for i := range v.Len() {
			key := &yamlnode.Node{Kind: yamlnode.ScalarNode, Tag: "!!str", Value: v.At(i).Key}
			m.Content = append(m.Content, key, toNode(text, &n.Children[i]))
		}
		if pick == 0 {
			m.Style = yamlnode.FlowStyle
		}
		return m
	case []any:
		s := &yamlnode.Node{Kind: yamlnode.SequenceNode}
		for i := range n.Children {
			s.Content = append(s.Content, toNode(text, &n.Children[i]))
		}
		if pick < 3 {
			s.Style = yamlnode.FlowStyle
		}
		return s
	}
	end := n.Offset
	for end < len(text) && strings.IndexByte(",]} \t\r\n", text[end]) < 0 {
		end++
	}
	return &yamlnode.Node{Kind: yamlnode.ScalarNode, Value: string(text[n.Offset:end])}
}

// place is a line and a column of a YAML text.
type place struct{ line, column int }

// addPlaces adds the place that each offset of the JSON has in the YAML text, by the nodes
// of the YAML reader.
func addPlaces(places map[int]place, lines []string, json *value.Node, n *yamlnode.Node) {
	at := func(n *yamlnode.Node) place {
		column, line := 0, lines[n.Line-1]
		for range n.Column - 1 {
			_, size := utf8.DecodeRuneInString(line[column:])
			column += size
		}
		return place{n.Line, column + 1}
	}
	places[json.Offset] = at(n)
	for i := range json.Children {
		if n.Kind == yamlnode.MappingNode {
			places[json.Children[i].Key] = at(n.Content[2*i])
			addPlaces(places, lines, &json.Children[i], n.Content[2*i+1])
		} else {
			addPlaces(places, lines, &json.Children[i], n.Content[i])
		}
	}
}

// Definitions as people write them say the same as YAML, and what is found in them is at the
// same node.
func TestRealDefinitionsAsYAML(t *testing.T) {
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "real", "definitions.ndjson"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("real/definitions.ndjson is not beside the repository")
	}
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	same, notJSON, findings, within := 0, 0, 0, 0
	for lines.Scan() {
		line, err := value.Parse(lines.Bytes())
		require.NoError(t, err)
		id, _ := line.(*value.Object).Get("id")
		given, _ := line.(*value.Object).Get("text")
		text := []byte(given.(string))
		root, err := value.ReadNode(text, value.ReadOptions{})
		if err != nil {
			notJSON++
			continue
		}
		written, err := yamlnode.Marshal(toNode(text, &root))
		require.NoError(t, err, id)
		d, err := yaml.Read(written)
		require.NoError(t, err, "%s\n%s", id, written)
		got, err := value.Parse(d.JSON)
		require.NoError(t, err, id)
		require.True(t, value.Equal(root.Value, got), "%s\n%s\n%s", id, written, d.JSON)

		var document yamlnode.Node
		require.NoError(t, yamlnode.Unmarshal(written, &document))
		places := make(map[int]place)
		addPlaces(places, strings.Split(string(written), "\n"), &root, document.Content[0])
		for _, values := range []map[string]string{nil, {}} {
			o := asl.Options{Resources: asl.AWSResources, Substitutions: values}
			want := asl.Validate(text, o)
			found := asl.Validate(d.JSON, o)
			inYAML := found.Relocate(written, d.Offset)
			require.Len(t, inYAML, len(want), "%v\n%v\n%v", id, want, inYAML)
			for i := range want {
				a, b := want[i], inYAML[i]
				require.Equal(t, []any{a.Severity, a.Code, a.Message, a.Location, a.Detail}, []any{b.Severity, b.Code, b.Message, b.Location, b.Detail}, id)
				at, isNode := places[a.Pos.Offset]
				if !isNode {
					within++ // a place in a string
					continue
				}
				require.Equal(t, at, place{b.Pos.Line, b.Pos.Column}, "%v: %v\n%s", id, b, written)
				findings++
			}
		}
		same++
	}
	require.NoError(t, lines.Err())
	require.Positive(t, findings)
	t.Logf("%d definitions say the same as YAML, with %d findings at the same nodes and %d in strings; %d are not JSON", same, findings, within, notJSON)
}
