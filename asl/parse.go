package asl

import (
	"bytes"
	"sort"
	"strings"
	gosync "sync" // sync is an integration pattern

	"github.com/gostates/gostates/value"
)

// Limits of a definition.
const (
	MaxDefinitionBytes = 1 << 20 // AWS's limit
	MaxDefinitionDepth = 200     // nesting of its JSON
)

// Parse parses a definition. It returns the tree as far as it could be built,
// and an [ErrorList] of all structural errors, sorted by position. The machine
// is nil only if the source is not a JSON object.
//
// Parse checks the rules that running the machine relies on: fields, their
// types, bounds and query languages, transitions, names, paths, payload
// templates and intrinsic function calls. It compiles JSONata expressions, but
// does not report their errors: [Validate] and [ParseValid] do.
//
// If there are several options, the last one counts. Only its Substitutions
// matter.
func Parse(text []byte, options ...Options) (*StateMachine, error) {
	p := &parser{source: text, needsValues: true}
	for _, o := range options {
		p.substitutions = o.Substitutions
	}
	m := p.parseDefinition()
	p.releaseRoom()
	return m, p.sortedFindings(SeverityError).Err()
}

// parseDefinition parses the source.
func (p *parser) parseDefinition() *StateMachine {
	p.room = parserRooms.Get().(*parserRoom)
	p.objects, p.lines = p.room.objects[:], p.room.lines[:0]
	p.expandSource()
	root, err := p.room.nodes.Read(p.text, value.ReadOptions{MaxBytes: MaxDefinitionBytes, MaxDepth: MaxDefinitionDepth})
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

// parserRoom is memory that a parser needs while it parses, and leaves to the next.
type parserRoom struct {
	nodes   value.NodeReader
	objects [64]object
	lines   []int
}

var parserRooms = gosync.Pool{New: func() any { return new(parserRoom) }}

// releaseRoom leaves the memory to the next parser. No node and no object may be used
// afterwards.
func (p *parser) releaseRoom() {
	p.room.nodes.Reset()
	clear(p.room.objects[:])
	if cap(p.lines) <= 4096 {
		p.room.lines = p.lines
	}
	parserRooms.Put(p.room)
	p.room, p.objects, p.lines = nil, nil, nil
}

// parser parses one definition and collects the findings.
type parser struct {
	source []byte // as given
	lines  []int  // offsets in source of the starts of lines; empty until a position is asked for
	line   int    // index in lines of the last position
	text   []byte // source with placeholders replaced

	substitutions map[string]string // nil: no placeholders
	needsValues   bool              // a placeholder without a value is an error unless any string is valid in its place
	expansion     *expansion        // nil: no placeholders

	found     ErrorList
	earlier   int   // number of findings before the current check
	collected tally // by severity
	left      tally // findings that were counted, but not kept

	language QueryLanguage   // of the machine
	names    map[string]bool // of all states so far, nested states included
	labels   map[string]bool // of all Map states so far

	ignoredLast bool // the last finding was ignored or only counted

	thorough  bool     // also collect what validation needs, and warn
	checkOnly bool     // the tree is discarded: do not compile expressions
	scope     *scope   // of the current States object
	scopes    []*scope // all, outer scopes first

	room      *parserRoom
	objects   []object        // room for more of them
	locations strings.Builder // room for their locations
}

// reportSyntax reports a source that is not JSON.
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

// reportNoDefinition reports an empty source, or JSON that is not an object.
func (p *parser) reportNoDefinition(offset int) {
	p.reportDefinition(CodeSchemaValidationFailed, "Definition must be a valid JSON object", offset)
}

// reportDefinition reports an error of the definition as a whole, without a
// location.
func (p *parser) reportDefinition(code, message string, offset int) {
	p.addDiagnostic(SeverityError, code, p.positionOf(offset), "", "%s", message)
}

func (p *parser) indexLines() {
	p.lines = append(p.lines[:0], 0)
	for start := 0; ; {
		n := bytes.IndexByte(p.source[start:], '\n')
		if n < 0 {
			return
		}
		start += n + 1
		p.lines = append(p.lines, start)
	}
}

// positionOf returns the position in source of an offset in text.
func (p *parser) positionOf(offset int) Pos {
	if p.expansion != nil {
		offset = p.expansion.sourceOffset(offset)
	}
	return p.sourcePosition(offset)
}

func (p *parser) sourcePosition(offset int) Pos {
	if offset == 0 { // also of a source that is too large to be read
		return Pos{Line: 1, Column: 1}
	}
	if len(p.lines) == 0 {
		p.indexLines()
	}
	if i := p.line; offset < p.lines[i] || i+1 < len(p.lines) && offset >= p.lines[i+1] {
		p.line = sort.SearchInts(p.lines, offset+1) - 1
	}
	return Pos{Offset: offset, Line: p.line + 1, Column: offset - p.lines[p.line] + 1}
}
