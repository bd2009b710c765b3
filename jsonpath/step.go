package jsonpath

import (
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// program is a compiled path without its root.
type program struct {
	steps    []step
	head     int // number of names that the path starts with
	tail     int // index of the first of the names that the path ends with
	definite bool
	document bool // a filter refers to the root
}

type stepKind uint8

const (
	nameStep        stepKind = iota // .a  ['a']
	namesStep                       // ['a','b']
	indexStep                       // [0]
	lengthStep                      // [(@.length-1)]
	rootStep                        // a '$' inside of a path, at which Jayway restarts the path of its messages
	indexesStep                     // [0,1]
	fromStep                        // [1:]
	toStep                          // [:1]
	betweenStep                     // [1:2]
	wildcardStep                    // .*  [*]
	scanStep                        // ..
	filterStep                      // [?(...)]
	firstIndefinite = indexesStep
)

type step struct {
	kind    stepKind
	lenient bool // a missing property means no match, not an error
	last    bool
	strict  bool     // of namesStep: all names must exist
	name    string   // nameStep
	names   []string // namesStep
	numbers []int    // of steps in brackets
	filter  *filter  // filterStep
}

func (s *step) isDefinite() bool { return s.kind < firstIndefinite }

func (s *step) isIndex() bool { return s.kind == indexStep || s.kind == lengthStep }

// linkSteps computes the properties of steps that depend on their neighbours.
func (p *program) linkSteps() {
	p.definite = true
	indefinite := -1 // the last such step
	for i := range p.steps {
		if !p.steps[i].isDefinite() {
			p.definite = false
			indefinite = i
		}
	}
	for p.head < len(p.steps) && p.steps[p.head].kind == nameStep {
		p.head++
	}
	p.tail = len(p.steps)
	for p.tail > 0 && p.steps[p.tail-1].kind == nameStep {
		p.tail--
	}
	for i := range p.steps {
		s := &p.steps[i]
		s.last = i == len(p.steps)-1
		// Jayway tests whether the path from the step before this one is
		// definite, but means the path up to this one. So a missing property is
		// forgiven only ahead of an indefinite step and directly behind one.
		s.lenient = indefinite >= max(i-1, 0)
		p.document = p.document || s.filter.looksAtDocument()
	}
}

// writeFragment spells a step as Jayway does in its messages.
func (s *step) writeFragment() string {
	switch s.kind {
	case nameStep:
		return "['" + s.name + "']"
	case namesStep:
		if len(s.names) == 0 {
			return "[]"
		}
		return "['" + strings.Join(s.names, "', '") + "']"
	case indexStep, indexesStep:
		return "[" + s.numberText(",") + "]"
	case lengthStep:
		return "[@.size()" + s.numberText("") + "]"
	case fromStep:
		return "[" + s.numberText("") + ":]"
	case toStep:
		return "[:" + s.numberText("") + "]"
	case betweenStep:
		return "[" + s.numberText(":") + "]"
	case wildcardStep:
		return "[*]"
	case scanStep:
		return ".."
	case filterStep:
		return "[?]"
	}
	return "$"
}

func (s *step) numberText(separator string) string {
	texts := make([]string, len(s.numbers))
	for i, n := range s.numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, separator)
}

func writeFragments(steps []step) string {
	var b strings.Builder
	for i := range steps {
		b.WriteString(steps[i].writeFragment())
	}
	return b.String()
}

// spot is a value on the way. It is a node if Jayway would hold a node of its
// tree: at the root and behind an index within an array. A null that is a node
// is a scalar; any other null is nothing.
type spot struct {
	value any
	node  bool
}

// followStep takes a definite step.
func (s *step) followStep(at spot) (spot, reason) {
	switch s.kind {
	case nameStep:
		o, ok := at.value.(*value.Object)
		if !ok {
			return at, notObject
		}
		v, ok := o.Get(s.name)
		switch {
		case ok:
			return spot{value: v}, found
		case s.last:
			return at, noResults
		}
		return at, missingProperty
	case indexStep:
		return s.followIndex(at, s.numbers[0], 0)
	case lengthStep:
		return s.followIndex(at, s.numbers[0], 1)
	case namesStep:
		return s.mergeNames(at)
	}
	return at, found // rootStep
}

// followIndex takes an index. lengths is 1 if it counts from the end of the
// array, else 0.
func (s *step) followIndex(at spot, index, lengths int) (spot, reason) {
	a, ok := at.value.([]any)
	if !ok {
		return at, at.notAnArray()
	}
	return elementAt(a, index+lengths*len(a)), found
}

func (at spot) notAnArray() reason {
	if at.value == nil && !at.node {
		return nullHere
	}
	return notArray
}

// elementAt returns an element, or null if there is none.
func elementAt(a []any, i int) spot {
	if i < 0 || i >= len(a) {
		return spot{}
	}
	return spot{a[i], true}
}

// mergeNames returns an object of the named properties that exist.
func (s *step) mergeNames(at spot) (spot, reason) {
	o, ok := at.value.(*value.Object)
	if !ok {
		return at, notObject
	}
	if !s.last {
		return at, notLast
	}
	merged := value.NewObject(min(len(s.names), o.Len()))
	for _, name := range s.names {
		v, ok := o.Get(name)
		if ok {
			merged.Set(name, v)
		} else if s.strict {
			return at, missingProperty
		}
	}
	return spot{value: merged}, found
}

// crumbAt returns the crumb of a definite step taken at a spot.
func (s *step) crumbAt(at spot) crumb {
	switch s.kind {
	case nameStep:
		return crumb{name: s.name}
	case lengthStep:
		a, _ := at.value.([]any)
		return crumb{index: len(a) + s.numbers[0], isIndex: true}
	}
	return crumb{index: s.numbers[0], isIndex: true}
}

// extendTrail returns the trail behind a definite step taken at a spot.
func (s *step) extendTrail(trail []crumb, at spot) []crumb {
	switch s.kind {
	case rootStep:
		return nil
	case namesStep:
		return trail // the last step: nothing behind it can fail
	}
	return append(trail, s.crumbAt(at))
}
