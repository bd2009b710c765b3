package jsregexp

import "slices"

type opcode uint8

const (
	opMatch         opcode = iota
	opChar                 // char
	opSet                  // set
	opString               // literal, units
	opCharBack             // char, before the position
	opSetBack              // set, before the position
	opRun                  // set, min, max, lazy, back
	opSplit                // first x, then y
	opJump                 // x
	opSave                 // registers[x] = position
	opSetRegister          // registers[x] = min
	opClear                // clears the groups from x to y
	opNotEmpty             // fails if registers[x] is the position
	opLoop                 // head of a counted loop with counter x and end y; min, max, lazy
	opLoopBody             // start of an iteration of the loop with counter x
	opLoopNext             // end of an iteration of the loop at y with counter x; min, checked
	opReference            // group x, back, ignoreCase
	opLookaround           // x; if negate, jumps to y if the lookaround does not match
	opLookaroundEnd        // x, negate
	opLineStart            // multiline
	opLineEnd              // multiline
	opWordBoundary         // negate
)

// instruction is one step of a program. Its opcode decides which fields are
// used.
type instruction struct {
	op                             opcode
	lazy, back, negate             bool
	multiline, ignoreCase, checked bool
	char                           uint16
	x, y                           int
	min, max                       int
	set                            *set
	literal                        string   // the units, if they are ASCII
	units                          []uint16 // at least two

	// memo numbers, from 1, the instructions at which the matcher remembers
	// positions without a match.
	memo int
	// guards are the registers that hold the starts of the enclosing iterations
	// that must not be empty.
	guards []int
	// first is the set of code units that may come next, at x of an opSplit and
	// after an opRun; nil if any may.
	first *set
}

// program is a compiled pattern.
type program struct {
	code      []instruction
	registers int
	memos     int

	anchored bool   // matches only at offset 0
	first    *set   // code units at which a match may start; nil if any, or none
	prefix   string // start of every match, if that is ASCII
}

const (
	// instructionBytes is about the memory of an instruction with its sets.
	instructionBytes = 160
	// maxProgram limits the instructions of a program.
	maxProgram = 1 << 19
	// maxGuards limits the guards of an instruction with a memo.
	maxGuards = 8
)

type compiler struct {
	ignoreCase, multiline bool
	memoise               bool
	back                  bool // inside of a lookbehind
	stateful              int  // number of enclosing counted loops and lookarounds
	code                  []instruction
	registers             int
	memos                 int
	guards                []int
}

func (c *compiler) compileTree(root *node) (program, bool) {
	c.addInstruction(instruction{op: opSave, x: 0})
	c.compileNode(root)
	c.addInstruction(instruction{op: opSave, x: 1})
	c.addInstruction(instruction{op: opMatch})
	if len(c.code) > maxProgram {
		return program{}, false
	}
	c.followRuns()
	p := program{code: c.code, registers: c.registers, memos: c.memos}
	p.anchored = !c.multiline && startsAtLineStart(root)
	if s, nullable := firstOf(root); !nullable {
		p.first = s
	}
	p.prefix = prefixOf(root)
	return p, true
}

// addInstruction appends an instruction and returns its position.
func (c *compiler) addInstruction(in instruction) int {
	c.code = append(c.code, in)
	return len(c.code) - 1
}

// newRegisters allocates n registers.
func (c *compiler) newRegisters(n int) int {
	c.registers += n
	return c.registers - n
}

// assignMemo makes the matcher remember failures at an instruction, unless the
// rest depends on more than the position.
func (c *compiler) assignMemo(in *instruction) {
	if c.memoise && c.stateful == 0 && len(c.guards) <= maxGuards {
		c.memos++
		in.memo = c.memos
		in.guards = slices.Clip(c.guards)
	}
}

func (c *compiler) compileNode(n *node) {
	switch n.kind {
	case kindEmpty:
	case kindChar:
		op := opChar
		if c.back {
			op = opCharBack
		}
		c.addInstruction(instruction{op: op, char: n.char})
	case kindSet:
		op := opSet
		if c.back {
			op = opSetBack
		}
		c.addInstruction(instruction{op: op, set: n.set})
	case kindSequence:
		c.compileSequence(n.subs)
	case kindAlternation:
		c.compileAlternation(n.subs)
	case kindGroup:
		from, to := 2*n.group, 2*n.group+1
		if c.back {
			from, to = to, from
		}
		c.addInstruction(instruction{op: opSave, x: from})
		c.compileNode(n.subs[0])
		c.addInstruction(instruction{op: opSave, x: to})
	case kindRepeat:
		c.compileRepeat(n)
	case kindReference:
		c.addInstruction(instruction{op: opReference, x: n.group, back: c.back, ignoreCase: c.ignoreCase})
	case kindLookaround:
		c.compileLookaround(n)
	case kindLineStart:
		c.addInstruction(instruction{op: opLineStart, multiline: c.multiline})
	case kindLineEnd:
		c.addInstruction(instruction{op: opLineEnd, multiline: c.multiline})
	case kindWordBoundary:
		c.addInstruction(instruction{op: opWordBoundary, negate: n.negate})
	}
}

func (c *compiler) compileSequence(subs []*node) {
	if c.back {
		for i := len(subs) - 1; i >= 0; i-- {
			c.compileNode(subs[i])
		}
		return
	}
	for i := 0; i < len(subs); {
		units := leadingChars(subs[i:])
		if len(units) < 2 {
			c.compileNode(subs[i])
			i++
			continue
		}
		c.addInstruction(instruction{op: opString, units: units, literal: asciiString(units)})
		i += len(units)
	}
}

// leadingChars returns the characters at the start of a sequence.
func leadingChars(subs []*node) (units []uint16) {
	for _, sub := range subs {
		if sub.kind != kindChar {
			break
		}
		units = append(units, sub.char)
	}
	return units
}

// asciiString returns the string of the units, or "" unless all of them are
// ASCII.
func asciiString(units []uint16) string {
	b := make([]byte, len(units))
	for i, u := range units {
		if u >= 0x80 {
			return ""
		}
		b[i] = byte(u)
	}
	return string(b)
}

func (c *compiler) compileAlternation(subs []*node) {
	var jumps []int
	for i, sub := range subs {
		if i == len(subs)-1 {
			c.compileNode(sub)
			break
		}
		split := c.compileSplit(false, c.firstOf(sub))
		c.compileNode(sub)
		jumps = append(jumps, c.addInstruction(instruction{op: opJump}))
		c.code[split].y = len(c.code)
	}
	for _, jump := range jumps {
		c.code[jump].x = len(c.code)
	}
}

// compileSplit adds a split whose x is the next instruction. The caller sets y.
func (c *compiler) compileSplit(lazy bool, first *set) int {
	in := instruction{op: opSplit, x: len(c.code) + 1, lazy: lazy, first: first}
	c.assignMemo(&in)
	return c.addInstruction(in)
}

// firstOf returns the set of code units at which a node can start, or nil if
// the node may be empty.
func (c *compiler) firstOf(n *node) *set {
	if c.back {
		return nil
	}
	if s, nullable := firstOf(n); !nullable {
		return s
	}
	return nil
}

// compileRepeat compiles a quantifier without unrolling it, so that the size of
// the program is linear in the length of the pattern.
func (c *compiler) compileRepeat(n *node) {
	body := n.subs[0]
	switch {
	case body.kind == kindChar || body.kind == kindSet:
		c.compileRun(n, body)
	case n.min == 0 && n.max == 1:
		c.compileOptional(n, body)
	case n.min == 0 && n.max == unlimited:
		c.compileStar(n, body)
	case n.min == 1 && n.max == unlimited:
		c.compilePlus(n, body)
	default:
		c.compileCounted(n, body)
	}
}

func (c *compiler) compileRun(n, body *node) {
	s := body.set
	if body.kind == kindChar {
		s = newSet([]span{{body.char, body.char}}, false, false)
	}
	in := instruction{op: opRun, set: s, min: n.min, max: n.max, lazy: n.lazy, back: c.back}
	if n.min != n.max {
		c.assignMemo(&in)
	}
	c.addInstruction(in)
}

func (c *compiler) compileOptional(n, body *node) {
	split := c.compileSplit(n.lazy, c.firstOf(body))
	c.compileIteration(n, body)
	c.code[split].y = len(c.code)
}

func (c *compiler) compileStar(n, body *node) {
	split := c.compileSplit(n.lazy, c.firstOf(body))
	c.clearCaptures(n)
	c.compileIteration(n, body)
	c.addInstruction(instruction{op: opJump, x: split})
	c.code[split].y = len(c.code)
}

// compileIteration compiles the body of a loop and the check that it is not
// empty.
func (c *compiler) compileIteration(n, body *node) {
	if body.shortest > 0 {
		c.compileNode(body)
		return
	}
	reg := c.newRegisters(1)
	c.addInstruction(instruction{op: opSave, x: reg})
	c.compileGuarded(reg, body)
}

func (c *compiler) compileGuarded(reg int, body *node) {
	c.guards = append(c.guards, reg)
	c.compileNode(body)
	c.guards = slices.Clip(c.guards[:len(c.guards)-1])
	c.addInstruction(instruction{op: opNotEmpty, x: reg})
}

// compilePlus compiles a loop of which only the first iteration may be empty.
func (c *compiler) compilePlus(n, body *node) {
	if body.shortest > 0 {
		start := len(c.code)
		c.clearCaptures(n)
		c.compileNode(body)
		split := c.compileSplit(n.lazy, c.firstOf(body))
		c.code[split].x = start
		c.code[split].y = len(c.code)
		return
	}
	reg := c.newRegisters(1)
	c.addInstruction(instruction{op: opSetRegister, x: reg, min: -1})
	start := len(c.code)
	c.clearCaptures(n)
	c.compileGuarded(reg, body)
	split := c.compileSplit(n.lazy, nil)
	c.addInstruction(instruction{op: opSave, x: reg})
	c.addInstruction(instruction{op: opJump, x: start})
	c.code[split].y = len(c.code)
}

// compileCounted compiles a loop with a counter, followed by the register for
// the start of the iteration.
func (c *compiler) compileCounted(n, body *node) {
	reg := c.newRegisters(2)
	c.addInstruction(instruction{op: opSetRegister, x: reg})
	loop := c.addInstruction(instruction{op: opLoop, x: reg, min: n.min, max: n.max, lazy: n.lazy})
	c.addInstruction(instruction{op: opLoopBody, x: reg})
	c.stateful++
	c.clearCaptures(n)
	c.compileNode(body)
	c.stateful--
	c.addInstruction(instruction{op: opLoopNext, x: reg, y: loop, min: n.min, checked: body.shortest == 0})
	c.code[loop].y = len(c.code)
}

// clearCaptures makes an iteration clear the groups of the one before.
func (c *compiler) clearCaptures(n *node) {
	if n.firstGroup < n.lastGroup {
		c.addInstruction(instruction{op: opClear, x: 2 * (n.firstGroup + 1), y: 2 * (n.lastGroup + 1)})
	}
}

func (c *compiler) compileLookaround(n *node) {
	reg := c.newRegisters(2)
	back := c.back
	look := c.addInstruction(instruction{op: opLookaround, x: reg, negate: n.negate})
	c.back = n.behind
	c.stateful++
	c.compileNode(n.subs[0])
	c.stateful--
	c.back = back
	c.addInstruction(instruction{op: opLookaroundEnd, x: reg, negate: n.negate})
	c.code[look].y = len(c.code)
}

// followRuns computes the first set after each run.
func (c *compiler) followRuns() {
	for i := range c.code {
		in := &c.code[i]
		if in.op != opRun || in.min == in.max {
			continue
		}
		next := i + 1
		for c.code[next].op == opSave {
			next++
		}
		switch follow := c.code[next]; follow.op {
		case opChar:
			in.first = newSet([]span{{follow.char, follow.char}}, false, false)
		case opString:
			in.first = newSet([]span{{follow.units[0], follow.units[0]}}, false, false)
		case opSet:
			in.first = follow.set
		case opRun:
			if follow.min > 0 && !follow.back {
				in.first = follow.set
			}
		}
	}
}

// startsAtLineStart reports whether every match starts with ^.
func startsAtLineStart(n *node) bool {
	switch n.kind {
	case kindLineStart:
		return true
	case kindGroup:
		return startsAtLineStart(n.subs[0])
	case kindSequence:
		return len(n.subs) > 0 && startsAtLineStart(n.subs[0])
	case kindAlternation:
		for _, sub := range n.subs {
			if !startsAtLineStart(sub) {
				return false
			}
		}
		return true
	}
	return false
}

// prefixOf returns the ASCII literal at the start of every match.
func prefixOf(n *node) string {
	subs := []*node{n}
	for len(subs) > 0 && (subs[0].kind == kindSequence || subs[0].kind == kindGroup) {
		subs = subs[0].subs
	}
	return asciiString(leadingChars(subs))
}

// everything is the first set of a node that may start with any code unit.
var everything = newSet(nil, false, true)

// firstOf returns the set of code units at which a node can start, and whether
// it may match the empty string.
func firstOf(n *node) (s *set, nullable bool) {
	if n.first == nil {
		n.first, n.nullable = computeFirst(n)
	}
	return n.first, n.nullable
}

func computeFirst(n *node) (s *set, nullable bool) {
	switch n.kind {
	case kindChar:
		return newSet([]span{{n.char, n.char}}, false, false), false
	case kindSet:
		return n.set, false
	case kindGroup:
		return firstOf(n.subs[0])
	case kindReference:
		return everything, true
	case kindRepeat:
		s, nullable := firstOf(n.subs[0])
		return s, nullable || n.min == 0
	case kindSequence:
		s = &set{none: true}
		for _, sub := range n.subs {
			next, nullable := firstOf(sub)
			s = s.unionWith(next)
			if !nullable {
				return s, false
			}
		}
		return s, true
	case kindAlternation:
		s = &set{none: true}
		for _, sub := range n.subs {
			next, empty := firstOf(sub)
			s = s.unionWith(next)
			nullable = nullable || empty
		}
		return s, nullable
	}
	return &set{none: true}, true
}

// unionWith returns a superset of both sets: with all code units outside of
// ASCII if either has one.
func (s *set) unionWith(o *set) *set {
	u := &set{ascii: s.ascii, none: s.none && o.none}
	u.ascii[0] |= o.ascii[0]
	u.ascii[1] |= o.ascii[1]
	u.all = !u.none
	return u
}
