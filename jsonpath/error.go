package jsonpath

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// Kind classifies the errors of evaluating a path.
type Kind uint8

// Kinds of errors.
const (
	NotFound Kind = iota // the path leads to nothing: Jayway's PathNotFoundException
	Invalid              // the path does not fit the value, or exceeds a limit
)

// Error reports why a path could not be evaluated. Its message is built on
// demand.
type Error struct {
	Kind   Kind // NotFound or Invalid
	reason reason
	place  []crumb // the steps taken, from the root
	rest   []step  // the step that failed and those after it
	at     any     // the value at which it failed
	node   bool    // see spot
	text   string  // for the reasons limit and asTold
	cause  error   // the error of an exhausted meter
}

// Unwrap returns the error of an exhausted [value.Meter], or nil.
func (e *Error) Unwrap() error { return e.cause }

func newError(why reason, place []crumb, rest []step, at spot) *Error {
	return &Error{Kind: why.errorKind(), reason: why, place: place, rest: rest, at: at.value, node: at.node}
}

// textError returns an error of kind Invalid with a fixed message.
func textError(text string) *Error { return &Error{Kind: Invalid, reason: asTold, text: text} }

// Error returns the message exactly as AWS shows it, without a prefix: "No
// results for path: $['x']".
func (e *Error) Error() string {
	place := writePlace(e.place)
	switch e.reason {
	case noResults:
		return "No results for path: " + place + e.rest[0].writeFragment()
	case missingProperty:
		return "Missing property in path " + place + e.rest[0].writeFragment()
	case notObject:
		return "Property " + e.rest[0].writeFragment() + " not found in path " + place
	case notLast:
		return "Multi properties can only be used as path leafs: " + place + e.rest[0].writeFragment()
	case nullHere:
		return "The path " + place + " is null"
	case notArray:
		return fmt.Sprintf("Filter: %s can only be applied to arrays. Current context is: %s", writeFragments(e.rest), e.contextText())
	case notContainer:
		return fmt.Sprintf("Filter: %s can not be applied to primitives. Current context is: %s", writeFragments(e.rest), e.contextText())
	case limit:
		return e.text + " in path " + place
	}
	return e.text
}

// Property returns the name of the missing property, or "" if the path failed
// for another reason.
func (e *Error) Property() string {
	if e.Kind == NotFound && len(e.rest) > 0 {
		return e.rest[0].name
	}
	return ""
}

// contextText writes the value at which a step failed. Like Jayway, it writes a
// string bare if the path reached it by its name, and as JSON if by its index.
func (e *Error) contextText() string {
	if s, ok := e.at.(string); ok && !e.node {
		return s
	}
	return value.String(e.at)
}

// reason tells why a step failed.
type reason uint8

const (
	found           reason = iota
	noResults              // the last property is missing
	missingProperty        // another property is missing
	notObject              // a property of a value that is not an object
	notLast                // several properties before the end of the path
	nullHere               // an index of null
	notArray               // an index of another value that is not an array
	notContainer           // a filter on a scalar
	limit                  // a limit of this package
	asTold                 // the text is the whole message
)

func (r reason) errorKind() Kind {
	switch r {
	case noResults, missingProperty, notObject, nullHere:
		return NotFound
	}
	return Invalid
}

// crumb is one step on the way to a value.
type crumb struct {
	name    string
	index   int
	isIndex bool
}

// writePlace spells the steps as Jayway does: $['a'][0].
func writePlace(crumbs []crumb) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, c := range crumbs {
		if c.isIndex {
			b.WriteString("[" + strconv.Itoa(c.index) + "]")
		} else {
			b.WriteString("['" + c.name + "']")
		}
	}
	return b.String()
}
