package asl

import (
	"bytes"
	"sort"

	"github.com/gostates/gostates/value"
)

// Bounds on the text of a definition.
const (
	MaxDefinitionBytes = 1 << 20 // AWS's limit on definitions
	MaxDefinitionDepth = 200     // how deep its JSON may nest
)

// Parse reads a definition. It returns what it could build, and an [ErrorList]
// of everything that is wrong with its structure, sorted by place. The machine
// is nil only if the text is no JSON object.
//
// It checks what running the machine relies on: fields, their types, bounds and
// languages, transitions, names, paths, payload templates and intrinsic
// function calls. Expressions in JSONata are compiled, but their errors are not
// reported: [Validate] and [ParseValid] do that.
//
// Of the options, the last one counts, and of that only its Substitutions.
func Parse(text []byte, options ...Options) (*StateMachine, error) {
	p := &parser{source: text, needsValues: true}
	for _, o := range options {
		p.substitutions = o.Substitutions
	}
	m := p.parseDefinition()
	return m, p.sortedFindings(SeverityError).Err()
}

// parseDefinition reads the definition.
func (p *parser) parseDefinition() *StateMachine {
	p.names, p.labels = make(map[string]bool), make(map[string]bool)
	p.indexLines()
	p.expandSource()
	root, err := value.ReadNode(p.text, value.ReadOptions{MaxBytes: MaxDefinitionBytes, MaxDepth: MaxDefinitionDepth})
	if err != nil {
		p.reportSyntax(err)
		return nil
	}
	if _, ok := root.Value.(*value.Object); !ok {
		p.reportNoDefinition(root.Offset)
		return nil
	}
	o := p.newObject(&root, "")
	if p.thorough {
		o.warnRepeatedFields(&root, &trail{nil, "", -1})
	}
	return o.parseMachine()
}

// parser reads one definition, and collects what is found.
type parser struct {
	source []byte // as it was given
	lines  []int  // offsets in source at which lines start
	text   []byte // with values instead of placeholders

	substitutions map[string]string // nil: no placeholders
	needsValues   bool              // a placeholder without a value is an error where the value matters
	expansion     *expansion        // nil: no placeholders

	found     ErrorList
	earlier   int   // how many were found before the check that is running
	collected tally // of found
	left      tally // of what is not kept besides

	language QueryLanguage   // of the machine
	names    map[string]bool // of the states so far, however they are nested
	labels   map[string]bool // of the Map states so far

	ignoredLast bool // the last finding was none

	thorough  bool     // look into JSONata, and warn
	checkOnly bool     // nobody gets the machine: compile no expression
	scope     *scope   // of the States object that is being read
	scopes    []*scope // all, each after those around it
}

// reportSyntax says why the text is no JSON.
func (p *parser) reportSyntax(err error) {
	e := err.(*value.SyntaxError) //nolint:errorlint // the reader gives no other
	switch {
	case len(bytes.TrimSpace(p.text)) == 0:
		p.reportNoDefinition(0)
	case e.TooDeep:
		p.reportDefinition(CodeTooDeeplyNested, e.Msg, e.Offset)
	default:
		p.reportDefinition(CodeInvalidJSON, e.Msg, e.Offset)
	}
}

// reportNoDefinition is the error of a text without anything in it, and of JSON that is
// no object (recorded).
func (p *parser) reportNoDefinition(offset int) {
	p.reportDefinition(CodeSchemaValidationFailed, "Definition must be a valid JSON object", offset)
}

// reportDefinition reports an error of the definition as a whole, without a location.
func (p *parser) reportDefinition(code, message string, offset int) {
	p.addDiagnostic(SeverityError, code, p.positionOf(offset), "", "%s", message)
}

func (p *parser) indexLines() {
	p.lines = append(p.lines, 0)
	for i, c := range p.source {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
}

// positionOf is the place that an offset in the text comes from.
func (p *parser) positionOf(offset int) Pos {
	if p.expansion != nil {
		offset = p.expansion.sourceOffset(offset)
	}
	return p.sourcePosition(offset)
}

func (p *parser) sourcePosition(offset int) Pos {
	line := sort.SearchInts(p.lines, offset+1)
	return Pos{Offset: offset, Line: line, Column: offset - p.lines[line-1] + 1}
}
