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
	opClear                // the groups from x to y took no part
	opNotEmpty             // fails if registers[x] is the position
	opLoop                 // the head of a counted loop: its counter is x, its end y; min, max, lazy
	opLoopBody             // an iteration of the loop with counter x begins
	opLoopNext             // an iteration of the loop at y with counter x ended; min, checked
	opReference            // group x, back, ignoreCase
	opLookaround           // x; if negate, goes to y when what follows does not match
	opLookaroundEnd        // x, negate
	opLineStart            // multiline
	opLineEnd              // multiline
	opWordBoundary         // negate
)

// An instruction is one step of a program. Which fields mean something depends
// on the opcode.
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
	// the positions from where there is no match.
	memo int
	// guards are the registers that hold where the iterations around this
	// instruction began that must not stay empty.
	guards []int
	// first is what may come next, at x of an opSplit and after an opRun; nil
	// if anything may.
	first *set
}

// A program is what a pattern compiles to.
type program struct {
	code      []instruction
	registers int
	memos     int

	anchored bool   // matches at offset 0 only
	first    *set   // the code units with which a match may begin; nil if any, or none
	prefix   string // what each match begins with, if that is ASCII
}

const (
	// instructionBytes is about what an instruction takes, with its sets.
	instructionBytes = 160
	// maxProgram bounds the instructions of a program.
	maxProgram = 1 << 19
	// maxGuards bounds the guards of an instruction that has a memo.
	maxGuards = 8
)

type compiler struct {
	ignoreCase, multiline bool
	memoise               bool
	back                  bool // inside a lookbehind
	stateful              int  // how many counted loops and lookarounds are around
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

// add appends an instruction and returns where it is.
func (c *compiler) addInstruction(in instruction) int {
	c.code = append(c.code, in)
	return len(c.code) - 1
}

// register allots n registers.
func (c *compiler) newRegisters(n int) int {
	c.registers += n
	return c.registers - n
}

// remember makes the matcher remember failures at an instruction, unless what
// follows depends on more than the position.
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

// leadingChars are the characters at the beginning of a sequence.
func leadingChars(subs []*node) (units []uint16) {
	for _, sub := range subs {
		if sub.kind != kindChar {
			break
		}
		units = append(units, sub.char)
	}
	return units
}

// asciiString is the string of the units, or "" if they are not all ASCII.
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

// split adds a split whose x is what follows it. Its y is to be set.
func (c *compiler) compileSplit(lazy bool, first *set) int {
	in := instruction{op: opSplit, x: len(c.code) + 1, lazy: lazy, first: first}
	c.assignMemo(&in)
	return c.addInstruction(in)
}

// firstOf is the set with which a node can begin, or nil if it may be empty.
func (c *compiler) firstOf(n *node) *set {
	if c.back {
		return nil
	}
	if s, nullable := firstOf(n); !nullable {
		return s
	}
	return nil
}

// repeat compiles a quantifier. Nothing is unrolled: the size of the program
// grows with the pattern's length only.
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

// iteration compiles the body of a loop, and the check that it is not empty.
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

// plus compiles a loop whose first iteration, only, may be empty.
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

// counted compiles a loop with a counter, and beside it the register with the
// start of the iteration.
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

// clear makes an iteration forget the groups of the one before.
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

// followRuns finds out what may follow each run.
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

// startsAtLineStart tells whether every match begins with ^.
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

// prefixOf is the ASCII literal that every match begins with.
func prefixOf(n *node) string {
	subs := []*node{n}
	for len(subs) > 0 && (subs[0].kind == kindSequence || subs[0].kind == kindGroup) {
		subs = subs[0].subs
	}
	return asciiString(leadingChars(subs))
}

// everything is the first set of what may begin with any code unit.
var everything = newSet(nil, false, true)

// firstOf is the set of the code units with which a node can begin, and
// whether it may match without one.
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

// union is a set with at least the members of both: all code units outside
// ASCII if there are any.
func (s *set) unionWith(o *set) *set {
	u := &set{ascii: s.ascii, none: s.none && o.none}
	u.ascii[0] |= o.ascii[0]
	u.ascii[1] |= o.ascii[1]
	u.all = !u.none
	return u
}
