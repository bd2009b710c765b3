package jsonpath

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// Kind sorts the errors of evaluating a path.
type Kind uint8

// The kinds of errors.
const (
	NotFound Kind = iota // there is nothing at the path: Jayway's PathNotFoundException
	Invalid              // the path does not fit the value, or asks too much
)

// Error says why a path could not be evaluated. Its text is made when it is
// asked for.
type Error struct {
	Kind   Kind
	reason reason
	place  []crumb // how far it came, from the root
	rest   []step  // the step that failed, and those behind it
	at     any     // the value that it failed at
	node   bool    // see spot
	text   string  // of the reasons limit and asTold
	cause  error   // of a meter that has nothing left
}

// Unwrap returns the error of a [value.Meter] that has nothing left, else nil.
func (e *Error) Unwrap() error { return e.cause }

func newError(why reason, place []crumb, rest []step, at spot) *Error {
	return &Error{Kind: why.errorKind(), reason: why, place: place, rest: rest, at: at.value, node: at.node}
}

// told makes an error of kind Invalid that is just a text.
func textError(text string) *Error { return &Error{Kind: Invalid, reason: asTold, text: text} }

// Error gives the message exactly as AWS shows it, without a prefix: "No results
// for path: $['x']".
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

// Property returns the name of the property that is missing, "" if the path
// failed at something else.
func (e *Error) Property() string {
	if e.Kind == NotFound && len(e.rest) > 0 {
		return e.rest[0].name
	}
	return ""
}

// context writes the value that a step failed at. Jayway shows a text that it
// read by its name bare, and one that it read by its index as JSON.
func (e *Error) contextText() string {
	if s, ok := e.at.(string); ok && !e.node {
		return s
	}
	return value.String(e.at)
}

// reason says why a step found nothing.
type reason uint8

const (
	found           reason = iota
	noResults              // the last property is missing
	missingProperty        // another property is missing
	notObject              // a property of something that has none
	notLast                // several properties before the end of the path
	nullHere               // an index of null
	notArray               // an index of another thing that is not an array
	notContainer           // a filter over a scalar
	limit                  // a limit of this package
	asTold                 // the text says it all
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

// writePlace spells a place as Jayway does: $['a'][0].
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
