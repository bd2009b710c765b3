package httptask

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
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

// runtime is what is wrong with the parameters. The texts are ours: AWS's are not
// recorded.
func runtime(format string, args ...any) error { return asl.Errorf(asl.ErrRuntime, format, args...) }

// readCall reads the parameters.
func (t *Tasks) readCall(parameters any) (*call, error) {
	o, ok := parameters.(*value.Object)
	if !ok {
		return nil, runtime("The parameters of http:invoke are no object.")
	}
	c := &call{arrays: "INDICES"}
	endpoint, err := text(o, "ApiEndpoint", true)
	if err != nil {
		return nil, err
	}
	if c.url, err = url.Parse(endpoint); err != nil {
		return nil, runtime("The ApiEndpoint is no URL.")
	}
	if c.method, err = text(o, "Method", true); err != nil {
		return nil, err
	}
	if !slices.Contains(methods, c.method) {
		return nil, runtime("The Method '%s' is none of %s.", c.method, strings.Join(methods, ", "))
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

func text(o *value.Object, name string, required bool) (string, error) {
	v, ok := o.Get(name)
	s, isText := v.(string)
	switch {
	case !ok && required:
		return "", runtime("The parameter %s of http:invoke is missing.", name)
	case ok && !isText:
		return "", runtime("The parameter %s of http:invoke is no text.", name)
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
		if arn, err = text(inner, "ConnectionArn", true); err != nil {
			return "", err
		}
	}
	if found == 1 || found == 0 && t.config.NoConnectionNeeded {
		return arn, nil
	}
	return "", runtime("Exactly one of Authentication and InvocationConfig has to name a connection.")
}

// forbidden are the headers that a task must not give; with a dash at the end all
// that start so.
var forbidden = []string{"authorization", "cache-control", "connection", "content-encoding", "content-length",
	"content-md5", "content-range", "date", "expect", "from", "host", "if-", "keep-alive", "max-forwards",
	"proxy-", "server", "te", "trailer", "transfer-encoding", "upgrade", "via", "www-authenticate",
	"x-amz-", "x-amzn-", "x-forwarded-"}

func isForbidden(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(forbidden, func(f string) bool {
		return name == f || strings.HasSuffix(f, "-") && strings.HasPrefix(name, f)
	})
}

// readHeaders reads an object of texts or arrays, or an array of such objects.
func readHeaders(o *value.Object) ([]Parameter, error) {
	v, ok := o.Get("Headers")
	if !ok {
		return nil, nil
	}
	headers, ok := pairs(v)
	if !ok {
		return nil, runtime("The Headers of http:invoke are neither an object nor an array of objects.")
	}
	for _, h := range headers {
		if !validHeader(h) {
			return nil, runtime("The header '%s' is not valid.", h.Name)
		}
		if isForbidden(h.Name) {
			return nil, runtime("The header '%s' must not be given.", h.Name)
		}
	}
	return headers, nil
}

func validHeader(h Parameter) bool {
	const separators = "()<>@,;:\\\"/[]?={} \t"
	bad := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(separators, r) }
	return h.Name != "" && !strings.ContainsFunc(h.Name, bad) && !strings.ContainsAny(h.Value, "\r\n\x00")
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

// plain is a value as a text: a string as it is, null as nothing.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return value.String(v)
}

// readQuery adds the QueryParameters to those of the endpoint: a text as it is, or
// pairs, or an array of these.
func (c *call) readQuery(o *value.Object) error {
	v, ok := o.Get("QueryParameters")
	if !ok {
		return nil
	}
	elements, many := v.([]any)
	if !many {
		elements = []any{v}
	}
	for _, element := range elements {
		added, isText := element.(string)
		if !isText {
			parameters, ok := pairs(element)
			if !ok {
				return runtime("The QueryParameters of http:invoke are neither a text nor an object nor an array of these.")
			}
			added = encode(parameters)
		} else if _, err := url.ParseQuery(added); err != nil {
			return runtime("The QueryParameters of http:invoke cannot be read.")
		}
		if c.url.RawQuery != "" && added != "" {
			c.url.RawQuery += "&"
		}
		c.url.RawQuery += added
	}
	return nil
}

func (c *call) readTransform(o *value.Object) error {
	v, ok := o.Get("Transform")
	if !ok {
		return nil
	}
	transform, _ := v.(*value.Object)
	encoding, err := text(transform, "RequestBodyEncoding", false)
	if err != nil {
		return err
	}
	switch encoding {
	case "", "NONE":
	case "URL_ENCODED":
		c.form = true
	default:
		return runtime("The RequestBodyEncoding '%s' is neither NONE nor URL_ENCODED.", encoding)
	}
	v, ok = transform.Get("RequestEncodingOptions")
	if !ok {
		return nil
	}
	options, _ := v.(*value.Object)
	if format, err := text(options, "ArrayFormat", false); err != nil {
		return err
	} else if format != "" {
		c.arrays = format
	}
	if !slices.Contains([]string{"INDICES", "REPEAT", "COMMAS", "BRACKETS"}, c.arrays) {
		return runtime("The ArrayFormat '%s' is none of INDICES, REPEAT, COMMAS, BRACKETS.", c.arrays)
	}
	return nil
}
