package asltest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gostates/gostates/value"
)

// toValue returns v as a value of package value. A string, []byte or
// json.RawMessage must contain JSON.
func toValue(v any) (any, error) {
	var source []byte
	switch v := v.(type) {
	case string:
		source = []byte(v)
	case []byte:
		source = v
	case json.RawMessage:
		source = v
	default:
		return value.From(v)
	}
	parsed, err := value.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("%q is not JSON (%w); a JSON string needs quotes: `%s`", source, err, value.String(string(source)))
	}
	return parsed, nil
}

const maxShort = 60

func shortJSON(v any) string {
	s := value.String(v)
	if len(s) > maxShort {
		s = strings.ToValidUTF8(s[:maxShort], "") + "..."
	}
	return s
}

// prettyJSON returns v as indented JSON, in lines. Keys are sorted, since their
// order is not compared.
func prettyJSON(v any) []string { return prettyMember(v, "", "", "") }

func prettyMember(v any, in, before, after string) []string {
	switch v := v.(type) {
	case *value.Object:
		if v.Len() == 0 {
			break
		}
		lines := []string{in + before + "{"}
		keys := sortNames(v.Keys())
		for i, key := range keys {
			member, _ := v.Get(key)
			lines = append(lines, prettyMember(member, in+"  ", value.String(key)+": ", commaUnlessLast(i, len(keys)))...)
		}
		return append(lines, in+"}"+after)
	case []any:
		if len(v) == 0 {
			break
		}
		lines := []string{in + before + "["}
		for i, item := range v {
			lines = append(lines, prettyMember(item, in+"  ", "", commaUnlessLast(i, len(v)))...)
		}
		return append(lines, in+"]"+after)
	}
	return []string{in + before + value.String(v) + after}
}

// unsortedMember is prettyMember with the keys in their own order.
func unsortedMember(v any, in, before, after string) []string {
	o, ok := v.(*value.Object)
	if !ok || o.Len() == 0 {
		return []string{in + before + value.String(v) + after}
	}
	lines := []string{in + before + "{"}
	for i, key := range o.Keys() {
		member, _ := o.Get(key)
		lines = append(lines, unsortedMember(member, in+"  ", value.String(key)+": ", commaUnlessLast(i, o.Len()))...)
	}
	return append(lines, in+"}"+after)
}

func commaUnlessLast(i, n int) string {
	if i < n-1 {
		return ","
	}
	return ""
}

func singleLine(v any) string {
	lines := prettyJSON(v)
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, " ")
}

// clippedLine is singleLine of at most maxLine bytes.
func clippedLine(v any) string { return clippedText(singleLine(v)) }

func clippedText(s string) string {
	if len(s) > maxLine {
		return strings.ToValidUTF8(s[:maxLine], "") + "..."
	}
	return s
}
