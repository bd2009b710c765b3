package httptask

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// call is what the parameters of http:invoke ask for.
type call struct {
	url        *url.URL
	method     string
	connection string // an ARN; empty: none
	headers    []Parameter
	body       any
	hasBody    bool
	form       bool // Transform: URL_ENCODED
	arrays     string
}

var methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}

// runtime is an error in the parameters. AWS's texts are not known, but for those
// that say so.
func runtime(format string, args ...any) error { return asl.Errorf(asl.StatesRuntime, format, args...) }

// readCall reads the parameters.
func (t *Tasks) readCall(parameters any) (*call, error) {
	o, ok := parameters.(*value.Object)
	if !ok {
		return nil, runtime("The parameters of http:invoke must be an object.")
	}
	c := &call{arrays: "INDICES"}
	endpoint, err := member(o, "ApiEndpoint", true)
	if err != nil {
		return nil, err
	}
	if c.url, err = url.Parse(endpoint); err != nil {
		return nil, runtime("The ApiEndpoint is not a URL.")
	}
	if c.method, err = member(o, "Method", true); err != nil {
		return nil, err
	}
	if !slices.Contains(methods, c.method) {
		return nil, runtime("The Method '%s' is not one of %s.", c.method, strings.Join(methods, ", "))
	}
	if c.connection, err = t.connectionArn(o); err != nil {
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

func member(o *value.Object, name string, required bool) (string, error) {
	v, ok := o.Get(name)
	s, isString := v.(string)
	switch {
	case !ok && required:
		return "", runtime("The parameter %s of http:invoke is missing.", name)
	case ok && !isString:
		return "", runtime("The parameter %s of http:invoke must be a string.", name)
	}
	return s, nil
}

func (t *Tasks) connectionArn(o *value.Object) (string, error) {
	found, arn := 0, ""
	for _, name := range []string{"Authentication", "InvocationConfig"} {
		v, ok := o.Get(name)
		if !ok {
			continue
		}
		found++
		inner, _ := v.(*value.Object)
		var err error
		if arn, err = member(inner, "ConnectionArn", true); err != nil {
			return "", err
		}
	}
	if found == 1 && arn != "" || found == 0 && t.config.NoConnectionNeeded {
		return arn, nil
	}
	return "", runtime("Exactly one of Authentication and InvocationConfig must name a connection.")
}

// readHeaders reads an object of strings or arrays, or an array of such objects. Names
// that AWS forbids have been refused before: see package machine.
func readHeaders(o *value.Object) ([]Parameter, error) {
	v, _ := o.Get("Headers")
	if v == nil {
		return nil, nil
	}
	headers, ok := pairs(v)
	if !ok {
		return nil, runtime("The Headers of http:invoke must be an object or an array of objects.")
	}
	for _, h := range headers {
		if !validHeader(h) {
			return nil, runtime("The header '%s' is not valid.", h.Name)
		}
	}
	return headers, nil
}

func validHeader(h Parameter) bool {
	const separators = "()<>@,;:\\\"/[]?={} \t"
	bad := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(separators, r) }
	return h.Name != "" && !strings.ContainsFunc(h.Name, bad) && validHeaderValue(h.Value)
}

func validHeaderValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// pairs lists names and values, in their order.
func pairs(v any) ([]Parameter, bool) {
	var all []Parameter
	switch v := v.(type) {
	case *value.Object:
		for name, member := range v.All() {
			values, many := member.([]any)
			if !many {
				values = []any{member}
			}
			for _, one := range values {
				all = append(all, Parameter{name, plain(one)})
			}
		}
	case []any:
		for _, element := range v {
			more, ok := pairs(element)
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

// plain is a value as a string: null is empty.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return value.String(v)
}

// readQuery adds the QueryParameters to those of the endpoint: a string as it is, or
// pairs, or an array of these.
func (c *call) readQuery(o *value.Object) error {
	c.url.RawQuery = escapeQuery(c.url.RawQuery)
	v, _ := o.Get("QueryParameters")
	if v == nil {
		return nil
	}
	elements, many := v.([]any)
	if !many {
		elements = []any{v}
	}
	for _, element := range elements {
		added, isString := element.(string)
		if !isString {
			parameters, ok := pairs(element)
			if !ok {
				return runtime("The QueryParameters of http:invoke must be a string, an object, or an array of these.")
			}
			added = encode(parameters)
		} else if _, err := url.ParseQuery(added); err != nil {
			return runtime("The QueryParameters of http:invoke cannot be read.")
		}
		if c.url.RawQuery != "" && added != "" {
			c.url.RawQuery += "&"
		}
		c.url.RawQuery += escapeQuery(added)
	}
	return nil
}

// escapeQuery percent-encodes what must not stand in a query, such as blanks, and
// leaves all else as it is.
func escapeQuery(raw string) string {
	bad := func(c byte) bool { return c <= ' ' || c >= 0x7f || strings.IndexByte(`"#<>\^`+"`{|}", c) >= 0 }
	var b strings.Builder
	for i := range len(raw) {
		if bad(raw[i]) {
			fmt.Fprintf(&b, "%%%02X", raw[i])
		} else {
			b.WriteByte(raw[i])
		}
	}
	return b.String()
}

// mergeQuery returns a query without the names that are added, and the added ones
// behind it.
func mergeQuery(raw string, added []Parameter) string {
	if len(added) == 0 {
		return raw
	}
	var kept []string
	for _, pair := range strings.Split(raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		if pair != "" && !hasName(added, name) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(append(kept, encode(added)), "&")
}

// mergeHeaders returns the added headers, and behind them those of a task that are
// spelled otherwise: AWS sends both where only the case differs.
func mergeHeaders(headers, added []Parameter) []Parameter {
	return append(slices.Clip(added), without(headers, added)...)
}

// without returns those of all that have no name of the others.
func without(all, others []Parameter) []Parameter {
	return slices.DeleteFunc(slices.Clone(all), func(p Parameter) bool { return hasName(others, p.Name) })
}

func hasName(all []Parameter, name string) bool {
	return slices.ContainsFunc(all, func(p Parameter) bool { return p.Name == name })
}

func (c *call) readTransform(o *value.Object) error {
	v, ok := o.Get("Transform")
	if !ok {
		return nil
	}
	transform, _ := v.(*value.Object)
	encoding, err := member(transform, "RequestBodyEncoding", false)
	if err != nil {
		return err
	}
	switch encoding {
	case "", "NONE":
	case "URL_ENCODED":
		c.form = true
	default:
		return runtime("The RequestBodyEncoding '%s' is not one of NONE, URL_ENCODED.", encoding)
	}
	v, ok = transform.Get("RequestEncodingOptions")
	if !ok {
		return nil
	}
	options, _ := v.(*value.Object)
	if format, err := member(options, "ArrayFormat", false); err != nil {
		return err
	} else if format != "" {
		c.arrays = format
	}
	if !slices.Contains([]string{"INDICES", "REPEAT", "COMMAS", "BRACKETS"}, c.arrays) {
		return runtime("The ArrayFormat '%s' is not one of INDICES, REPEAT, COMMAS, BRACKETS.", c.arrays)
	}
	return nil
}
