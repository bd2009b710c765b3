package asl

import (
	"strings"

	"github.com/gostates/gostates/value"
)

// warnRepeatedFields warns of keys that occur twice in an object. The last one
// counts.
func (o *object) warnRepeatedFields(n *value.Node, at *trail) {
	for _, offset := range n.Duplicates() {
		end := offset + 1
		for o.parser.text[end] != '"' {
			written, _ := escapeLength(o.parser.text[end:])
			end += written
		}
		o.warnField(CodeFieldRepeated, offset, strings.TrimPrefix(at.String(), "/"),
			"The field %s occurs twice: only the last one counts", o.parser.text[offset:end+1])
	}
	switch v := n.Value.(type) {
	case *value.Object:
		for i := range v.Len() {
			o.warnRepeatedFields(&n.Children[i], &trail{at, v.At(i).Key, -1})
		}
	case []any:
		for i := range v {
			o.warnRepeatedFields(&n.Children[i], &trail{at, "", i})
		}
	}
}
