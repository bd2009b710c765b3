package httptask

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/gostates/gostates/value"
)

// readQuery appends QueryParameters to the query of the endpoint. It may be a query
// string, an object, or an array of these.
func (c *invocation) readQuery(o *value.Object) error {
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
			parameters, ok := listPairs(element)
			if !ok {
				return runtimeError("The QueryParameters of http:invoke must be a string, an object, or an array of these.")
			}
			added = encodePairs(parameters)
		} else if _, err := url.ParseQuery(added); err != nil {
			return runtimeError("The QueryParameters of http:invoke cannot be read.")
		}
		if c.url.RawQuery != "" && added != "" {
			c.url.RawQuery += "&"
		}
		c.url.RawQuery += escapeQuery(added)
	}
	return nil
}

// escapeQuery percent-encodes the characters that a query must not contain, such as
// spaces.
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

// mergeQuery appends the added parameters to a query and removes those of the same
// name.
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
	return strings.Join(append(kept, encodePairs(added)), "&")
}

// encodePairs returns the parameters as a percent-encoded query or form, in order.
func encodePairs(all []Parameter) string {
	pairs := make([]string, len(all))
	for i, p := range all {
		pairs[i] = percentEncode(p.Name) + "=" + percentEncode(p.Value)
	}
	return strings.Join(pairs, "&")
}

// percentEncode encodes all characters that are reserved in RFC 3986. A space is
// %20, as AWS writes it in queries and forms.
func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
