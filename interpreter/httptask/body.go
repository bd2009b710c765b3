package httptask

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// The Content-Type of a request that has none.
const (
	formType   = "application/x-www-form-urlencoded"
	invokeType = "application/json; charset=UTF-8" // AWS's, of http:invoke
	plainType  = "application/json"                // of a URL as Resource
	textType   = "text/plain; charset=utf-8"       // docs/evidence.md#http-types
)

// errMerge has AWS's text.
var errMerge = runtime("Cannot merge connection body authorization parameters with request body.")

// encodeBody writes the body with what the connection adds to it. A nil body is
// none.
func (c *call) encodeBody(added []Parameter) (body []byte, contentType string, err error) {
	v, err := c.mergeBody(added)
	if err != nil || v == nil && !c.hasBody {
		return nil, "", err
	}
	s, isString := v.(string)
	switch {
	case !c.form && isString:
		return []byte(s), textType, nil
	case !c.form:
		return value.Append(nil, v), invokeType, nil
	case isString:
		return []byte(s), formType, nil
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, "", runtime("A RequestBody that is neither an object nor a string cannot be URL_ENCODED.")
	}
	var all []Parameter
	for name, member := range o.All() {
		all = c.flatten(all, name, member)
	}
	return []byte(encode(all)), formType, nil
}

// mergeBody sets the connection's parameters in the body: in place of the task's,
// new names at the end.
func (c *call) mergeBody(added []Parameter) (any, error) {
	if len(added) == 0 {
		return c.body, nil
	}
	o, ok := c.body.(*value.Object)
	switch {
	case !c.hasBody:
		o = value.NewObject(len(added))
	case !ok:
		return nil, errMerge
	}
	for _, p := range added {
		o = o.With(p.Name, p.Value)
	}
	return o, nil
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

// encode writes pairs in their order, percent-encoded.
func encode(all []Parameter) string {
	pairs := make([]string, len(all))
	for i, p := range all {
		pairs[i] = escape(p.Name) + "=" + escape(p.Value)
	}
	return strings.Join(pairs, "&")
}

// escape percent-encodes all but RFC 3986's unreserved characters. A blank is %20,
// as AWS writes it in queries and forms.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
