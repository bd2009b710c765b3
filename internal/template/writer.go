package template

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/origin"
	"github.com/gostates/gostates/value"
)

// writer writes the definition of a machine, with placeholders for the functions of the
// template.
type writer struct {
	*finder
	origin.Text
	declared      object            // DefinitionSubstitutions
	substitutions map[string]string // those of them that are known
	untyped       map[int]string
	used          map[string]bool
}

// variable matches what stands for a value in a string: a placeholder, or without nested
// braces any variable of the Serverless Framework.
var variable = regexp.MustCompile(`\$\{[^{}]*\}`)

// functionOf returns the function that an object is, and its argument. The name is "" if
// there is none.
func functionOf(n *value.Node) (name string, argument *value.Node) {
	members, ok := n.Value.(*value.Object)
	if !ok || members.Len() != 1 {
		return "", nil
	}
	if name = members.At(0).Key; name != "Ref" && !strings.HasPrefix(name, "Fn::") {
		return "", nil
	}
	return name, &n.Children[0]
}

// choose returns the node that stands for an Fn::If: its first branch, unless that is no
// value.
func (f *finder) choose(n *value.Node) *value.Node {
	for {
		name, argument := functionOf(n)
		if !f.spend(1) || name != "Fn::If" || len(argument.Children) != 3 {
			return n
		}
		n = &argument.Children[1]
		if isNoValue(n) {
			n = &argument.Children[2]
		}
	}
}

func isNoValue(n *value.Node) bool {
	name, argument := functionOf(n)
	return name == "Ref" && argument.Value == "AWS::NoValue"
}

// writeValue writes a value of a definition.
func (w *writer) writeValue(n *value.Node) {
	n = w.choose(n)
	name, _ := functionOf(n)
	switch v := n.Value.(type) {
	case string:
		w.writeString(n)
	case []any:
		w.writeList(n)
	case *value.Object:
		if name != "" {
			w.writeString(n)
			return
		}
		w.writeObject(n, v)
	default:
		w.Append(string(w.raw(n)), n.Offset, true)
	}
}

func (w *writer) writeList(n *value.Node) {
	w.Append("[", n.Offset, true)
	separator := ""
	for i := range n.Children {
		item := w.choose(&n.Children[i])
		if isNoValue(item) {
			continue
		}
		w.Append(separator, item.Offset, false)
		w.writeValue(item)
		separator = ","
	}
	w.Append("]", n.Offset, false)
}

func (w *writer) writeObject(n *value.Node, members *value.Object) {
	w.Append("{", n.Offset, true)
	repeated := w.repeatedKeys(n)
	separator := ""
	writeKey := func(key int) {
		w.Append(separator, key, false)
		w.Append(string(w.raw(&value.Node{Offset: key})), key, true)
		w.Append(":", key, false)
		separator = ","
	}
	for i := range members.Len() {
		v := w.choose(&n.Children[i])
		if isNoValue(v) {
			continue
		}
		offsets := repeated[members.At(i).Key]
		for j := range offsets { // the last member counts, so that those before need no value
			earlier := offsets[max(j-1, 0)]
			writeKey(earlier)
			w.Append("null", earlier, false)
		}
		writeKey(n.Children[i].Key)
		w.writeValue(v)
	}
	w.Append("}", n.Offset, false)
}

// writeString writes a string, or a function. If all of it is a placeholder that is not a
// string of the definition's own, it may stand for a value of any type.
func (w *writer) writeString(n *value.Node) {
	var text origin.Text
	w.appendText(&text, n)
	if whole := string(text.Bytes); w.isUntyped(n) && isVariable(whole) {
		name := whole[2 : len(whole)-1]
		v, known := w.valueOf(name, w.substitutions)
		p, declared := w.parameters[name]
		switch {
		case known && (p.number || !declared) && isScalar(v):
			w.used[name] = true
			w.Append(v, n.Offset, false)
			return
		case !known && !p.text:
			w.untyped[len(w.Bytes)] = name
		}
	}
	w.Append(`"`, n.Offset, false)
	for at := 0; at < len(text.Bytes); {
		_, size := utf8.DecodeRune(text.Bytes[at:])
		quoted := value.AppendString(nil, string(text.Bytes[at:at+size]))
		quoted = quoted[1 : len(quoted)-1]
		w.Append(string(quoted), text.Origin(at), len(quoted) == size)
		at += size
	}
	w.Append(`"`, n.Offset, false)
}

// isUntyped reports whether a string or a function, whose value is a placeholder, stands for
// a value of any type.
func (w *writer) isUntyped(n *value.Node) bool {
	if name, _ := functionOf(n); name != "" {
		return name != "Fn::Sub" && name != "Fn::Join" // which make strings
	}
	_, bare := slices.BinarySearch(w.Placeholders, n.Offset)
	return bare || w.serverless
}

// isScalar reports whether a value is a number or a boolean in JSON.
func isScalar(text string) bool {
	v, err := value.ParseString(text)
	if err != nil {
		return false
	}
	kind := value.Kind(v)
	return kind == value.Kind(true) || kind == value.Kind(1.0)
}

func isVariable(text string) bool { return variable.FindString(text) == text && text != "" }

// appendText appends the value of a string, of another scalar or of a function.
func (w *writer) appendText(to *origin.Text, n *value.Node) {
	n = w.choose(n)
	if !w.spend(0) {
		return
	}
	name, argument := functionOf(n)
	unknown := func(name string) { w.appendPiece(to, "${"+name+"}", n.Offset, false) }
	switch n.Value.(type) {
	case string:
		w.appendString(to, n, n)
		return
	case []any, nil:
		return
	case *value.Object:
		if name == "" {
			return
		}
	default:
		w.appendPiece(to, string(w.raw(n)), n.Offset, true)
		return
	}
	written, isString := argument.Value.(string)
	switch {
	case name == "Fn::Sub" && isString:
		w.appendString(to, argument, nil)
	case name == "Fn::Sub" && len(argument.Children) == 2:
		w.appendString(to, &argument.Children[0], &argument.Children[1])
	case name == "Fn::Join" && len(argument.Children) == 2 && isList(&argument.Children[1]):
		for i := range argument.Children[1].Children {
			if !w.spend(0) {
				return
			}
			if i > 0 {
				w.appendText(to, &argument.Children[0])
			}
			w.appendText(to, &argument.Children[1].Children[i])
		}
	case name == "Ref" && isString, name == "Fn::GetAtt" && isString:
		unknown(placeholderName(written))
	case name == "Fn::GetAtt":
		if !w.spend(len(argument.Children)) {
			return
		}
		var parts []string
		for i := range argument.Children {
			parts = append(parts, w.literal(&argument.Children[i]))
		}
		unknown(placeholderName(strings.Join(parts, ".")))
	case isString:
		unknown(placeholderName(name + "." + written))
	default:
		unknown(placeholderName(name))
	}
}

func isList(n *value.Node) bool {
	_, ok := n.Value.([]any)
	return ok
}

// longestName is the length in bytes of a name that is too long for a placeholder.
const longestName = 512

// placeholderName makes a name into one of a placeholder.
func placeholderName(name string) string {
	name = name[:min(len(name), longestName)]
	if asl.IsPlaceholder(name) {
		return name
	}
	name = strings.Map(func(c rune) rune {
		if c < utf8.RuneSelf && (c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return c
		}
		return '_'
	}, name)
	if asl.IsPlaceholder(name) {
		return name
	}
	return "_" + name
}

// appendPiece appends a piece if there may be more work.
func (w *writer) appendPiece(to *origin.Text, piece string, from int, verbatim bool) {
	if w.spend(len(piece)) {
		to.Append(piece, from, verbatim)
	}
}

// appendString appends the value of a string. Variables are those of an Fn::Sub, or nil, or
// the string itself if it is none of an Fn::Sub.
func (w *writer) appendString(to *origin.Text, n, variables *value.Node) {
	raw := w.raw(n)
	if raw[0] != '"' || !w.spend(len(raw)) {
		return
	}
	var text origin.Text
	for at := 1; at < len(raw)-1; {
		size := 1
		if raw[at] == '\\' {
			size = escapeLen(raw[at:])
			piece, err := value.Parse([]byte(`"` + string(raw[at:at+size]) + `"`))
			if err == nil {
				text.Append(piece.(string), n.Offset+at, false)
			}
		} else {
			text.Append(string(raw[at:at+1]), n.Offset+at, true)
		}
		at += size
	}
	copied := 0
	copyTo := func(end int) {
		for ; copied < end; copied++ {
			w.appendPiece(to, string(text.Bytes[copied:copied+1]), text.Origin(copied), true)
		}
	}
	for _, found := range variable.FindAllIndex(text.Bytes, -1) {
		name := string(text.Bytes[found[0]+2 : found[1]-1])
		v := object{variables}.memberNode(strings.TrimSpace(name))
		literal, isLiteral := strings.CutPrefix(name, "!")
		switch {
		case v != nil:
			copyTo(found[0])
			w.appendText(to, v)
		case isLiteral && variables != n && w.declared.memberNode(literal) != nil:
			// Fn::Sub leaves ${Name}, which DefinitionSubstitutions replaces.
			copyTo(found[0])
			w.appendPiece(to, "${"+literal+"}", text.Origin(found[0]), false)
		case w.serverless && !asl.IsPlaceholder(name):
			copyTo(found[0])
			w.appendPiece(to, "${"+placeholderName(name)+"}", text.Origin(found[0]), false)
		default:
			continue
		}
		copied = found[1]
	}
	copyTo(len(text.Bytes))
}

// escapeLen returns the length of the escape sequence at the start of JSON, and of the
// second half of a pair.
func escapeLen(raw []byte) int {
	switch {
	case raw[1] != 'u':
		return 2
	case len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' && strings.IndexByte("89abAB", raw[3]) >= 0 && (raw[2] == 'd' || raw[2] == 'D'):
		return 12
	}
	return 6
}
