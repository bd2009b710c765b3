package httptask

import (
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// errMerge has AWS's message.
var errMerge = runtimeError("Cannot merge connection body authorization parameters with request body.")

// encodeBody encodes the body with the connection's parameters. A nil body means
// that the request has none.
func (c *invocation) encodeBody(added []Parameter) (body []byte, contentType string, err error) {
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
		return nil, "", runtimeError("A RequestBody that is neither an object nor a string cannot be URL_ENCODED.")
	}
	var all []Parameter
	for name, member := range o.All() {
		all = c.flattenValue(all, name, member)
	}
	return []byte(encodePairs(all)), formType, nil
}

// mergeBody sets the connection's parameters in the body. They replace the task's
// members of the same name.
func (c *invocation) mergeBody(added []Parameter) (any, error) {
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

// flattenValue appends the name-value pairs of v. Names of members and indexes of
// elements are in brackets, as in a[b][0].
func (c *invocation) flattenValue(all []Parameter, name string, v any) []Parameter {
	switch v := v.(type) {
	case *value.Object:
		for key, member := range v.All() {
			all = c.flattenValue(all, name+"["+key+"]", member)
		}
	case []any:
		if c.arrays == "COMMAS" {
			elements := make([]string, len(v))
			for i, element := range v {
				elements[i] = plainString(element)
			}
			return append(all, Parameter{name, strings.Join(elements, ",")})
		}
		for i, element := range v {
			all = c.flattenValue(all, c.elementName(name, i), element)
		}
	default:
		all = append(all, Parameter{name, plainString(v)})
	}
	return all
}

func (c *invocation) elementName(name string, i int) string {
	switch c.arrays {
	case "REPEAT":
		return name
	case "BRACKETS":
		return name + "[]"
	}
	return name + "[" + strconv.Itoa(i) + "]"
}
