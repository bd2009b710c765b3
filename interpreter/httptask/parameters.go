package httptask

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// invocation holds the parameters of http:invoke.
type invocation struct {
	url        *url.URL
	method     string
	connection string // an ARN; empty: none
	headers    []Parameter
	body       any
	hasBody    bool
	form       bool // Transform.RequestBodyEncoding is URL_ENCODED
	arrays     string
}

var methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}

// readParameters parses and checks the parameters.
func (t *Tasks) readParameters(parameters any) (*invocation, error) {
	o, ok := parameters.(*value.Object)
	if !ok {
		return nil, runtimeError("The parameters of http:invoke must be an object.")
	}
	c := &invocation{arrays: "INDICES"}
	endpoint, err := stringMember(o, "ApiEndpoint", true)
	if err != nil {
		return nil, err
	}
	if c.url, err = url.Parse(endpoint); err != nil {
		return nil, runtimeError("The ApiEndpoint is not a URL.")
	}
	if c.method, err = stringMember(o, "Method", true); err != nil {
		return nil, err
	}
	if !slices.Contains(methods, c.method) {
		return nil, runtimeError("The Method '%s' is not one of %s.", c.method, strings.Join(methods, ", "))
	}
	if c.connection, err = t.readConnectionArn(o); err != nil {
		return nil, err
	}
	if c.headers, err = readHeaders(o); err != nil {
		return nil, err
	}
	if err := c.readQuery(o); err != nil {
		return nil, err
	}
	c.body, c.hasBody = o.Get("RequestBody")
	return c, c.readTransform(o)
}

func stringMember(o *value.Object, name string, required bool) (string, error) {
	v, ok := o.Get(name)
	s, isString := v.(string)
	switch {
	case !ok && required:
		return "", runtimeError("The parameter %s of http:invoke is missing.", name)
	case ok && !isString:
		return "", runtimeError("The parameter %s of http:invoke must be a string.", name)
	}
	return s, nil
}

func (t *Tasks) readConnectionArn(o *value.Object) (string, error) {
	found, arn := 0, ""
	for _, name := range []string{"Authentication", "InvocationConfig"} {
		v, ok := o.Get(name)
		if !ok {
			continue
		}
		found++
		inner, _ := v.(*value.Object)
		var err error
		if arn, err = stringMember(inner, "ConnectionArn", true); err != nil {
			return "", err
		}
	}
	if found == 1 && arn != "" || found == 0 && t.config.NoConnectionNeeded {
		return arn, nil
	}
	return "", runtimeError("Exactly one of Authentication and InvocationConfig must name a connection.")
}

// listPairs returns names and values in order. It is false if v is neither an
// object nor an array of objects.
func listPairs(v any) ([]Parameter, bool) {
	var all []Parameter
	switch v := v.(type) {
	case *value.Object:
		for name, member := range v.All() {
			values, many := member.([]any)
			if !many {
				values = []any{member}
			}
			for _, one := range values {
				all = append(all, Parameter{name, plainString(one)})
			}
		}
	case []any:
		for _, element := range v {
			more, ok := listPairs(element)
			if !ok {
				return nil, false
			}
			all = append(all, more...)
		}
	default:
		return nil, false
	}
	return all, true
}

// plainString returns a string as it is, null as "", and other values as JSON.
func plainString(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return value.String(v)
}

func (c *invocation) readTransform(o *value.Object) error {
	v, ok := o.Get("Transform")
	if !ok {
		return nil
	}
	transform, _ := v.(*value.Object)
	encoding, err := stringMember(transform, "RequestBodyEncoding", false)
	if err != nil {
		return err
	}
	switch encoding {
	case "", "NONE":
	case "URL_ENCODED":
		c.form = true
	default:
		return runtimeError("The RequestBodyEncoding '%s' is not one of NONE, URL_ENCODED.", encoding)
	}
	v, ok = transform.Get("RequestEncodingOptions")
	if !ok {
		return nil
	}
	options, _ := v.(*value.Object)
	if format, err := stringMember(options, "ArrayFormat", false); err != nil {
		return err
	} else if format != "" {
		c.arrays = format
	}
	if !slices.Contains([]string{"INDICES", "REPEAT", "COMMAS", "BRACKETS"}, c.arrays) {
		return runtimeError("The ArrayFormat '%s' is not one of INDICES, REPEAT, COMMAS, BRACKETS.", c.arrays)
	}
	return nil
}
