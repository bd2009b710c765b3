package jsonata

import (
	"math/big"
	"sort"
	"strings"

	"github.com/gostates/gostates/value"
)

// A typeSet is a set of the types in signatures: a bit for each letter of
// typeLetters.
type typeSet uint16

const typeLetters = "ablfnosm"

const (
	typeArray typeSet = 1 << iota
	typeBool
	typeNull
	typeFunction
	typeNumber
	typeObject
	typeString
	typeMissing
	anyType = 1<<iota - 1
)

func typesOf(letters string) typeSet {
	var set typeSet
	for i := range len(letters) {
		if bit := strings.IndexByte(typeLetters, letters[i]); bit >= 0 {
			set |= 1 << bit
		}
	}
	return set
}

func typeBit(v any) typeSet {
	switch v.(type) {
	case string:
		return typeString
	case int64, float64, *big.Int:
		return typeNumber
	case nil:
		return typeNull
	case bool:
		return typeBool
	case []any, *array:
		return typeArray
	case *value.Object:
		return typeObject
	case *Lambda:
		return typeFunction
	}
	return typeMissing
}

// typePlurals are the words for types in T0412.
var typePlurals = map[string]string{
	"a": "arrays",
	"b": "booleans",
	"f": "functions",
	"n": "numbers",
	"o": "objects",
	"s": "strings",
}

// A param is a parameter in a signature.
type param struct {
	types    typeSet
	letter   byte   // the type as written; 0 for a choice
	subtype  string // in angle brackets
	typed    bool   // set if there is a subtype
	optional bool   // ? or -
	repeated bool   // +
	lazy     bool   // a second ?: takes as few arguments as possible
	// context is set if the context value replaces a missing argument. It must
	// be of one of contextTypes.
	context      bool
	contextTypes typeSet
}

// A signature is a compiled function signature such as <s-nn?:s>.
type signature struct {
	params []param
	// plain is set if no parameter is repeated or lazy. Then arguments that fit
	// one to one have no other reading.
	plain bool
	lists bool // a parameter is an array
}

// parseSignature parses a signature. Pos of an error is an offset in sig.
// Unknown letters are skipped, as in jsonata-js.
func parseSignature(sig string) (*signature, *Error) {
	r := signatureReader{sig: sig}
	for i := 1; i < len(sig) && sig[i] != ':'; i++ {
		var err *Error
		if i, err = r.readSymbol(i); err != nil {
			return nil, err
		}
	}
	if r.invalid != nil {
		return nil, r.invalid
	}
	s := &signature{params: r.params, plain: true}
	for _, p := range s.params {
		s.plain = s.plain && !p.repeated && !p.lazy
		s.lists = s.lists || p.letter == 'a'
	}
	return s, nil
}

// maxParams bounds the cost of one call.
const maxParams = 1000

type signatureReader struct {
	sig    string
	params []param
	first  param // modifiers before the first parameter

	invalid *Error // an invalid quantifier or range; reported after other errors
}

// readSymbol reads the symbol at i and returns its end.
func (r *signatureReader) readSymbol(i int) (int, *Error) {
	if len(r.params) > maxParams {
		return i, stackOverflow()
	}
	switch c := r.sig[i]; c {
	case 's', 'n', 'b', 'l', 'o':
		r.addParam(param{letter: c, types: typesOf(string(c)) | typeMissing})
	case 'a', 'x':
		r.addParam(param{letter: c, types: anyType})
	case 'j':
		r.addParam(param{letter: c, types: anyType &^ typeFunction})
	case 'f':
		r.addParam(param{letter: c, types: typeFunction})
	case '-', '?', '+':
		r.applyQuantifier(c, i)
	case '(':
		end := r.closingBracket(i, '(', ')')
		choice := r.sig[i+1 : end]
		if strings.IndexByte(choice, '<') >= 0 {
			return i, &Error{Code: "S0402", Pos: i, Value: choice, hasVal: true}
		}
		types, ok := choiceTypes(choice)
		if !ok {
			r.invalid = &Error{Code: "S0303", Pos: i, Message: "Invalid regular expression: Range out of order in character class"}
		}
		r.addParam(param{types: types})
		return end, nil
	case '<':
		return r.readSubtype(i)
	}
	return i, nil
}

// choiceTypes returns the types of a choice, and typeMissing. The letters are
// those of a character class in a regular expression: a minus between two
// letters is a range.
func choiceTypes(choice string) (types typeSet, ok bool) {
	class := choice + "m"
	ok = true
	for i := 0; i < len(class); i++ {
		if i+2 >= len(class) || class[i+1] != '-' {
			types |= typesOf(class[i : i+1])
			continue
		}
		for c := int(class[i]); c <= int(class[i+2]); c++ {
			types |= typesOf(string(rune(c)))
		}
		ok = ok && class[i] <= class[i+2]
		i += 2
	}
	return types, ok
}

func (r *signatureReader) addParam(p param) {
	if len(r.params) == 0 {
		p.context, p.contextTypes = r.first.context, r.first.contextTypes
	}
	r.params = append(r.params, p)
}

// lastParam returns the parameter that a quantifier or a subtype belongs to.
func (r *signatureReader) lastParam() *param {
	if len(r.params) == 0 {
		return &r.first
	}
	return &r.params[len(r.params)-1]
}

// applyQuantifier applies ?, + or - as in a regular expression: a second ?
// makes a parameter lazy, any other second quantifier is an error.
func (r *signatureReader) applyQuantifier(c byte, i int) {
	p := r.lastParam()
	if p == &r.first {
		// There is no parameter before it. The first parameter then takes any
		// context.
		if c == '-' {
			p.context, p.contextTypes = true, anyType
		}
		return
	}
	if c == '-' {
		p.context, p.contextTypes = true, p.types
		if p.optional {
			p.contextTypes = anyType
		}
	}
	switch {
	case !p.optional && !p.repeated:
		p.optional, p.repeated = c != '+', c == '+'
	case p.lazy || c == '+':
		r.invalid = &Error{Code: "S0303", Pos: i, Message: "Invalid regular expression: Nothing to repeat"}
	default:
		p.lazy = true
	}
}

// readSubtype reads the subtype of an array or a function.
func (r *signatureReader) readSubtype(i int) (int, *Error) {
	p := r.lastParam()
	if p.letter != 'a' && p.letter != 'f' {
		e := &Error{Code: "S0401", Pos: i}
		if p.letter != 0 {
			e.Value, e.hasVal = string(p.letter), true
		}
		return i, e
	}
	end := r.closingBracket(i, '<', '>')
	p.subtype, p.typed = r.sig[i+1:end], true
	return end, nil
}

// closingBracket returns the index of the bracket that closes the one at i, or
// the end of the signature.
func (r *signatureReader) closingBracket(i int, open, closed byte) int {
	depth := 1
	for i++; i < len(r.sig); i++ {
		switch r.sig[i] {
		case closed:
			depth--
			if depth == 0 {
				return i
			}
		case open:
			depth++
		}
	}
	return i
}

// validateArgs fits arguments to the signature: it inserts the context, wraps
// single values for array parameters, and pads with Undefined. It throws T0410,
// T0411 and T0412. The result may be args itself.
func (s *signature) validateArgs(args []any, context any) []any {
	if s.plain && s.fitsDirectly(args) {
		return s.completeDirectly(args, context)
	}
	return s.matchArgs(args, context)
}

// missingArg returns the value of a missing argument.
func (p *param) missingArg(next, context any, index int) any {
	if !p.context {
		return next
	}
	if p.contextTypes&typeBit(context) == 0 {
		e := failValue("T0411", context)
		e.index = index + 1
		panic(e)
	}
	return context
}

// arrayArg returns the argument of an array parameter. is is its type, taken
// are the types that the parameter has taken.
func (p *param) arrayArg(arg any, index int, is typeSet, taken []typeSet) any {
	if is == typeMissing {
		return Undefined
	}
	if p.typed && !p.holdsSubtype(arg, is, taken) {
		e := failValue("T0412", arg)
		e.index, e.typ = index+1, typePlurals[p.subtype]
		panic(e)
	}
	if is != typeArray {
		return []any{arg}
	}
	return arg
}

// holdsSubtype reports whether an array, or a single value given instead, has
// the subtype. All items of an array must have the same type.
func (p *param) holdsSubtype(arg any, is typeSet, taken []typeSet) bool {
	if is != typeArray {
		if len(taken) != len(p.subtype) {
			return false
		}
		for i, t := range taken {
			if typesOf(p.subtype[i:i+1]) != t {
				return false
			}
		}
		return true
	}
	list, ok := items(arg)
	if !ok {
		// Another argument than the one that was matched: see matchArgs.
		_, isString := arg.(string)
		return !isString && arg != nil && arg != Undefined
	}
	if len(list) == 0 || p.subtype == "" {
		return len(list) == 0
	}
	want := typesOf(p.subtype[:1])
	for _, item := range list {
		if typeBit(item) != want {
			return false
		}
	}
	return true
}

// matchArgs handles arguments that do not fit one to one, because a parameter
// before the last argument was omitted, or takes several.
func (s *signature) matchArgs(args []any, context any) []any {
	var buffer [8]typeSet
	types := buffer[:0]
	for _, arg := range args {
		types = append(types, typeBit(arg))
	}
	var lengths [8]int
	taken := matchTypes(s.params, types, true, lengths[:0])
	if taken == nil {
		panic(s.mismatchError(args, types))
	}
	var copied [8]any
	given := append(copied[:0], args...)
	argument := func(i int) any {
		if i < len(given) {
			return given[i]
		}
		return Undefined
	}
	args = args[:0]
	next := 0
	for i := range s.params {
		p := &s.params[i]
		first := argument(next)
		if taken[i] == 0 {
			// Without a context the next argument is still consumed, so the
			// following parameters get too few.
			args = append(args, p.missingArg(first, context, next))
			if !p.context {
				next++
			}
			continue
		}
		for _, is := range types[:taken[i]] {
			if p.letter == 'a' {
				args = append(args, p.arrayArg(argument(next), next, is, types[:taken[i]]))
			} else {
				// A parameter that takes several arguments repeats the first.
				args = append(args, first)
			}
			next++
		}
		types = types[taken[i]:]
	}
	return args
}

// mismatchError returns the error for the first argument that no parameter
// takes.
func (s *signature) mismatchError(args []any, types []typeSet) *Error {
	// The first good parameters have arguments.
	good := sort.Search(len(s.params), func(n int) bool {
		return matchTypes(s.params[:n+1], types, false, nil) == nil
	})
	index := 0
	for _, length := range matchTypes(s.params[:good], types, false, nil) {
		index += length
	}
	e := failValue("T0410", Undefined)
	if index < len(args) {
		e.Value = args[index]
	}
	e.index = index + 1
	return e
}

// maxTable bounds the work of matching: parameters times arguments.
const maxTable = 1 << 20

// matchTypes matches types with parameters as a regular expression does: from
// the left, each parameter takes as many as possible while the rest still
// match. It appends to lengths how many each parameter takes, and returns nil
// if there is no match. If whole is set, all types must be taken.
func matchTypes(params []param, types []typeSet, whole bool, lengths []int) []int {
	// rest[i*width+j] is set if the parameters from i on match the types from j
	// on.
	width := len(types) + 1
	size := (len(params) + 1) * width
	if size > maxTable {
		panic(stackOverflow())
	}
	var buffer [64]bool
	rest := buffer[:]
	if size > len(buffer) {
		rest = make([]bool, size)
	}
	for j := range width {
		rest[len(params)*width+j] = !whole || j == len(types)
	}
	for i := len(params) - 1; i >= 0; i-- {
		p, row, next := &params[i], rest[i*width:], rest[(i+1)*width:]
		for j := len(types); j >= 0; j-- {
			ok := p.optional && next[j]
			if j < len(types) && p.types&types[j] != 0 {
				ok = ok || next[j+1] || p.repeated && row[j+1]
			}
			row[j] = ok
		}
	}
	if !rest[0] {
		return nil
	}
	if lengths == nil {
		lengths = make([]int, 0, len(params))
	}
	at := 0
	for i := range params {
		length := params[i].takeTypes(types[at:], rest[(i+1)*width+at:])
		lengths = append(lengths, length)
		at += length
	}
	return lengths
}

// takeTypes returns how many of the types the parameter takes. next[n] is set
// if the other parameters match after n types.
func (p *param) takeTypes(types []typeSet, next []bool) int {
	least, most := 1, 1
	if p.optional {
		least = 0
	}
	if p.repeated {
		most = len(types)
	}
	best := least
	for n := 0; n <= min(most, len(types)); n++ {
		if n >= least && next[n] {
			best = n
			if p.lazy {
				break
			}
		}
		if n < len(types) && p.types&types[n] == 0 {
			break
		}
	}
	return best
}
