package httptask

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl/value"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
	textType = "text/plain; charset=utf-8"
)

// encodeBody writes the body, with what the connection adds to it. What is sent of
// a text, and its type, is not known of AWS: it is sent as it is.
func (c *call) encodeBody(added []Parameter) (body []byte, contentType string, err error) {
	v := c.body
	if s, ok := v.(string); ok && c.hasBody {
		if len(added) > 0 {
			return nil, "", runtime("A RequestBody that is a text cannot take the body parameters of the connection.")
		}
		if c.form {
			return []byte(s), formType, nil
		}
		return []byte(s), textType, nil
	}
	if len(added) > 0 {
		if !c.hasBody {
			v = value.NewObject(0)
		}
		o, ok := v.(*value.Object)
		if !ok {
			return nil, "", runtime("A RequestBody that is no object cannot take the body parameters of the connection.")
		}
		for _, p := range added {
			o = o.With(p.Name, p.Value)
		}
		v = o
	} else if !c.hasBody {
		return nil, "", nil
	}
	if !c.form {
		return value.Append(nil, v), jsonType, nil
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, "", runtime("A RequestBody that is no object cannot be URL_ENCODED.")
	}
	var all []Parameter
	for name, member := range o.All() {
		all = c.flatten(all, name, member)
	}
	return []byte(encode(all)), formType, nil
}

// flatten lists the pairs of a value: members and elements have their names in
// brackets.
func (c *call) flatten(all []Parameter, name string, v any) []Parameter {
	switch v := v.(type) {
	case *value.Object:
		for key, member := range v.All() {
			all = c.flatten(all, name+"["+key+"]", member)
		}
	case []any:
		if c.arrays == "COMMAS" {
			texts := make([]string, len(v))
			for i, element := range v {
				texts[i] = plain(element)
			}
			return append(all, Parameter{name, strings.Join(texts, ",")})
		}
		for i, element := range v {
			all = c.flatten(all, c.element(name, i), element)
		}
	default:
		all = append(all, Parameter{name, plain(v)})
	}
	return all
}

func (c *call) element(name string, i int) string {
	switch c.arrays {
	case "REPEAT":
		return name
	case "BRACKETS":
		return name + "[]"
	}
	return name + "[" + strconv.Itoa(i) + "]"
}

// encode writes pairs in their order.
func encode(all []Parameter) string {
	var b strings.Builder
	for i, p := range all {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value))
	}
	return b.String()
}
