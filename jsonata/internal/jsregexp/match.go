package jsregexp

import (
	"slices"
	"strings"
	"sync"
)

const (
	// spendEvery is the number of steps between two calls of Meter.Steps.
	spendEvery = 2048
	// scanCost is how many code units of a tight loop make a step.
	scanCost = 8
	// frameCost is the steps for the memory of a frame, which is frameBytes.
	frameCost  = 2
	frameBytes = 32
	// memoCost is how many words of the memo make a step.
	memoCost = 2
	// memoAfter is the number of steps after which the matcher begins to
	// remember failures.
	memoAfter = 4096
	// maxMemo bounds the memory for failures, in bits.
	maxMemo = 1 << 25
	// maxKeptFrames and maxKeptMemo bound what a pooled matcher keeps.
	maxKeptFrames = 1 << 14
	maxKeptMemo   = 1 << 14
)

type frameKind uint8

const (
	frameChoice frameKind = iota // go on at pc and pos
	frameUndo                    // registers[pc] was pos
	frameGreedy                  // a run: it ends at pos, it may go back to limit
	frameLazy                    // a run: it ends at pos; limit is how much longer it may be, or without a maximum where it began
	frameMark                    // everything from pc and pos has failed
)

// A frame of the stack tells how to go back.
type frame struct {
	kind  frameKind
	pc    int32
	pos   int
	limit int
}

// A matcher is the state of one match.
type matcher struct {
	re        *Regexp
	text      *Text
	length    int
	meter     *Meter
	unspent   int // steps not told to the meter yet
	steps     int // steps told to the meter
	registers []int
	stack     []frame
	room      int // of the stack, as far as it has been counted

	memo []uint64 // bit (memo-1)*(length+1)+pos: no match from there
	// memoState is 0 before the failures are remembered, 1 while they are, -1
	// if they never will be.
	memoState int
	memoAfter int
}

// A Meter is told what matches cost. Both functions may panic to stop one. What
// it is told does not depend on which memory is there from before.
type Meter struct {
	Steps func(n int) // about every few thousand
	Bytes func(n int) // before memory is taken; may be nil

	frames, words int // of a stack and a memo: the most that one match took so far
}

// Reset makes the meter count the memory of the next match again.
func (m *Meter) Reset() { m.frames, m.words = 0, 0 }

// matchers keeps matchers for reuse. One whose match was stopped by a panic
// does not come back.
var matchers = sync.Pool{New: func() any { return &matcher{} }}

// Match finds the leftmost match that starts at or after start. The result
// holds the offsets of the match and of each group, -1 for a group that took
// no part; nil if there is none. meter, unless it is nil, is told what the
// match costs.
func (re *Regexp) Match(t *Text, start int, meter *Meter) []int {
	// It does not pay to remember before as much work is done as that costs.
	words := re.memos * (t.Len() / 64)
	return re.matchAt(t, start, meter, max(memoAfter, words/memoCost))
}

// match is Match that begins to remember failures after so many steps.
func (re *Regexp) matchAt(t *Text, start int, meter *Meter, memoAfter int) []int {
	if start < 0 || start > t.Len() {
		return nil
	}
	m := matchers.Get().(*matcher)
	m.re, m.text, m.length, m.meter = re, t, t.Len(), meter
	m.unspent, m.steps = 0, 0
	m.memoState, m.memoAfter = 0, memoAfter
	m.stack, m.room = m.stack[:0], 0
	m.registers = slices.Grow(m.registers[:0], re.registers)[:re.registers]
	for i := range m.registers {
		m.registers[i] = -1
	}
	m.unspent += re.registers / scanCost
	if memoAfter == 0 {
		m.startMemo()
	}
	var result []int
	if m.searchStart(start) {
		result = slices.Clone(m.registers[:2*(re.groups+1)])
	}
	m.flushSteps()
	m.returnToPool()
	return result
}

func (m *matcher) returnToPool() {
	m.re, m.text, m.meter = nil, nil, nil
	if cap(m.stack) > maxKeptFrames {
		m.stack = nil
	}
	if cap(m.memo) > maxKeptMemo {
		m.memo = nil
	}
	if cap(m.registers) > maxKeptFrames {
		m.registers = nil
	}
	matchers.Put(m)
}

// flush tells the meter about the steps since the last time.
func (m *matcher) flushSteps() {
	n := m.unspent
	m.unspent = 0
	m.steps += n
	if n > 0 && m.meter != nil {
		m.meter.Steps(n)
	}
	if m.memoState == 0 && m.steps >= m.memoAfter {
		m.startMemo()
	}
}

func (m *matcher) startMemo() {
	m.memoState = -1
	bits := int64(m.re.memos) * int64(m.length+1)
	if bits == 0 || bits > maxMemo {
		return
	}
	words := int(bits+63) / 64
	m.unspent += words / memoCost
	if m.meter != nil && words > m.meter.words {
		m.countBytes(8 * words)
		m.meter.words = words
	}
	if cap(m.memo) < words {
		m.memo = make([]uint64, words)
	} else {
		m.memo = m.memo[:words]
		clear(m.memo)
	}
	m.memoState = 1
}

// work counts a tight loop over n code units.
func (m *matcher) countUnits(n int) {
	m.unspent += n / scanCost
	if m.unspent >= spendEvery {
		m.flushSteps()
	}
}

// search tries one start after the other.
func (m *matcher) searchStart(start int) bool {
	if m.re.anchored {
		return start == 0 && m.matchOffset(0)
	}
	for {
		from := m.nextCandidate(start)
		if from < 0 {
			m.countUnits(m.length - start)
			return false
		}
		m.countUnits(from - start)
		if m.matchOffset(from) {
			return true
		}
		start = from + 1
		if start > m.length {
			return false
		}
	}
}

// candidate is the first offset from start where a match may begin, or -1.
func (m *matcher) nextCandidate(start int) int {
	re, text := m.re, m.text
	if re.prefix != "" && text.wide == nil {
		i := strings.Index(text.ascii[start:], re.prefix)
		if i < 0 {
			return -1
		}
		return start + i
	}
	if re.first == nil {
		return start
	}
	if n := m.runLength(re.first, start, false, m.length, true); start+n < m.length {
		return start + n
	}
	return -1
}

// runLength is how many code units from pos on, or back, belong to s, or with
// negate do not, but limit at most.
func (m *matcher) runLength(s *set, pos int, back bool, limit int, negate bool) int {
	if back {
		n := 0
		for limit = min(limit, pos); n < limit && s.hasUnit(m.text.unitAt(pos-n-1)) != negate; n++ {
		}
		return n
	}
	if limit > m.length-pos {
		limit = m.length - pos
	}
	if m.text.wide != nil {
		for i, u := range m.text.wide[pos : pos+limit] {
			if s.hasUnit(u) == negate {
				return i
			}
		}
		return limit
	}
	low, high := s.ascii[0], s.ascii[1]
	if negate {
		low, high = ^low, ^high
	}
	ascii := m.text.ascii[pos : pos+limit]
	for i := 0; i < len(ascii); i++ {
		u := ascii[i]
		word := low
		if u&0x40 != 0 {
			word = high
		}
		if word>>(u&63)&1 == 0 {
			return i
		}
	}
	return limit
}

func (m *matcher) pushFrame(f frame) {
	if len(m.stack) == m.room {
		m.growStack()
	}
	m.stack = append(m.stack, f)
}

// growStack counts the memory before it takes it.
func (m *matcher) growStack() {
	n := max(256, 2*m.room)
	if m.meter != nil && n > m.meter.frames {
		m.meter.frames = n
		m.unspent += frameCost * (n - len(m.stack))
		m.flushSteps()
		m.countBytes(n * frameBytes)
	}
	m.room = n
	if n <= cap(m.stack) {
		return
	}
	stack := make([]frame, len(m.stack), n)
	copy(stack, m.stack)
	m.stack = stack
}

// take counts memory.
func (m *matcher) countBytes(bytes int) {
	if m.meter != nil && m.meter.Bytes != nil {
		m.meter.Bytes(bytes)
	}
}

// set changes a register, so that going back restores it.
func (m *matcher) setRegister(register, value int) {
	if old := m.registers[register]; old != value {
		m.pushFrame(frame{kind: frameUndo, pc: int32(register), pos: old})
		m.registers[register] = value
	}
}

// memoBit is the index of the bit for an instruction and a position, or -1 if
// there is none, since an iteration around it is still empty: from there, what
// matches depends on where the iteration began.
func (m *matcher) memoBit(in *instruction, pos int) int {
	if m.memoState <= 0 || in.memo == 0 {
		return -1
	}
	for _, guard := range in.guards {
		if m.registers[guard] == pos {
			return -1
		}
	}
	return (in.memo-1)*(m.length+1) + pos
}

func (m *matcher) knownToFail(in *instruction, pos int) bool {
	bit := m.memoBit(in, pos)
	return bit >= 0 && m.memo[bit>>6]>>(bit&63)&1 != 0
}

func (m *matcher) markFailed(in *instruction, pos int) {
	if bit := m.memoBit(in, pos); bit >= 0 {
		m.memo[bit>>6] |= 1 << (bit & 63)
	}
}

// run tries to match at one offset. If it fails, the registers are as before.
func (m *matcher) matchOffset(pos int) bool {
	code, pc := m.re.code, 0
	for {
		m.unspent++
		if m.unspent >= spendEvery {
			m.flushSteps()
		}
		in := &code[pc]
		ok := true
		switch in.op {
		case opMatch:
			return true
		case opChar:
			if ok = pos < m.length && m.text.unitAt(pos) == in.char; ok {
				pos++
			}
			pc++
		case opSet:
			if ok = pos < m.length && in.set.hasUnit(m.text.unitAt(pos)); ok {
				pos++
			}
			pc++
		case opString:
			if ok = m.hasUnits(in, pos); ok {
				pos += len(in.units)
			}
			pc++
		case opCharBack:
			pos--
			ok = pos >= 0 && m.text.unitAt(pos) == in.char
			pc++
		case opSetBack:
			pos--
			ok = pos >= 0 && in.set.hasUnit(m.text.unitAt(pos))
			pc++
		case opRun:
			pos, ok = m.startRun(pc, pos)
			pc++
		case opSplit:
			pc, ok = m.takeSplit(pc, pos)
		case opJump:
			pc = in.x
		case opSave:
			m.setRegister(in.x, pos)
			pc++
		case opSetRegister:
			m.setRegister(in.x, in.min)
			pc++
		case opClear:
			for i := in.x; i < in.y; i++ {
				m.setRegister(i, -1)
			}
			m.countUnits(in.y - in.x)
			pc++
		case opNotEmpty:
			ok = m.registers[in.x] != pos
			pc++
		case opLoop:
			pc = m.enterLoop(pc, pos)
		case opLoopBody:
			m.setRegister(in.x, m.registers[in.x]+1)
			m.setRegister(in.x+1, pos)
			pc++
		case opLoopNext:
			ok = !in.checked || m.registers[in.x] <= in.min || m.registers[in.x+1] != pos
			pc = in.y
		case opReference:
			pos, ok = m.matchReference(in, pos)
			pc++
		case opLookaround:
			m.matchLookaround(in, pos)
			pc++
		case opLookaroundEnd:
			pos, ok = m.endLookaround(in, pos)
			pc++
		case opLineStart:
			ok = pos == 0 || in.multiline && isLineEnd(m.text.unitAt(pos-1))
			pc++
		case opLineEnd:
			ok = pos == m.length || in.multiline && isLineEnd(m.text.unitAt(pos))
			pc++
		case opWordBoundary:
			ok = (m.wordAt(pos-1) != m.wordAt(pos)) != in.negate
			pc++
		}
		if !ok {
			if pc, pos, ok = m.backtrack(); !ok {
				return false
			}
		}
	}
}

func (m *matcher) wordAt(pos int) bool {
	return pos >= 0 && pos < m.length && isWord(m.text.unitAt(pos))
}

// hasUnits tells whether the literal of an instruction is at pos.
func (m *matcher) hasUnits(in *instruction, pos int) bool {
	if m.text.wide == nil {
		return in.literal != "" && strings.HasPrefix(m.text.ascii[pos:], in.literal)
	}
	return len(in.units) <= m.length-pos && slices.Equal(m.text.wide[pos:pos+len(in.units)], in.units)
}

// split chooses between two ways, and remembers the other one.
func (m *matcher) takeSplit(pc, pos int) (int, bool) {
	in := &m.re.code[pc]
	if in.first != nil && (pos >= m.length || !in.first.hasUnit(m.text.unitAt(pos))) {
		return in.y, true
	}
	if in.memo != 0 && m.memoState > 0 {
		if m.knownToFail(in, pos) {
			return pc, false
		}
		m.pushFrame(frame{kind: frameMark, pc: int32(pc), pos: pos})
	}
	to, other := in.x, in.y
	if in.lazy {
		to, other = other, to
	}
	m.pushFrame(frame{kind: frameChoice, pc: int32(other), pos: pos})
	return to, true
}

// loop decides at the head of a counted loop.
func (m *matcher) enterLoop(pc, pos int) int {
	in := &m.re.code[pc]
	switch count := m.registers[in.x]; {
	case count < in.min:
		return pc + 1
	case count >= in.max && in.max != unlimited:
		return in.y
	case in.lazy:
		m.pushFrame(frame{kind: frameChoice, pc: int32(pc + 1), pos: pos})
		return in.y
	}
	m.pushFrame(frame{kind: frameChoice, pc: int32(in.y), pos: pos})
	return pc + 1
}

// startRun matches a run of one set.
func (m *matcher) startRun(pc, pos int) (int, bool) {
	in := &m.re.code[pc]
	step := 1
	if in.back {
		step = -1
	}
	if in.min > 0 {
		n := m.runLength(in.set, pos, in.back, in.min, false)
		m.countUnits(n)
		if n < in.min {
			return pos, false
		}
		pos += step * n
	}
	if in.min == in.max {
		return pos, true
	}
	if in.max == unlimited && m.knownToFail(in, pos) {
		return pos, false
	}
	if in.lazy {
		limit := in.max - in.min
		if in.max == unlimited {
			limit = pos
		}
		m.pushFrame(frame{kind: frameLazy, pc: int32(pc), pos: pos, limit: limit})
		return pos, m.canFollow(in, pos)
	}
	n := m.greedyLength(in, pos, step)
	m.countUnits(n)
	if n > 0 {
		m.pushFrame(frame{kind: frameGreedy, pc: int32(pc), pos: pos + step*n, limit: pos})
		if in.max != unlimited && m.knownToFail(in, pos+step*n) {
			return pos, false
		}
	}
	return pos + step*n, m.canFollow(in, pos+step*n)
}

// follows tells whether what comes after a run may begin at pos.
func (m *matcher) canFollow(in *instruction, pos int) bool {
	return in.first == nil || pos < m.length && in.first.hasUnit(m.text.unitAt(pos))
}

// greedyLength is the length of the optional part of a run. A run without a
// maximum ends before what is known to have failed.
func (m *matcher) greedyLength(in *instruction, pos, step int) int {
	if in.max != unlimited {
		return m.runLength(in.set, pos, in.back, in.max-in.min, false)
	}
	if in.memo == 0 || m.memoState <= 0 {
		return m.runLength(in.set, pos, in.back, m.length, false)
	}
	n := 0
	for m.runLength(in.set, pos+step*n, in.back, 1, false) == 1 && !m.knownToFail(in, pos+step*(n+1)) {
		n++
	}
	return n
}

// back goes back to where another way is left to try.
func (m *matcher) backtrack() (pc, pos int, ok bool) {
	for len(m.stack) > 0 {
		top := len(m.stack) - 1
		f := &m.stack[top]
		switch f.kind {
		case frameChoice:
			pc, pos = int(f.pc), f.pos
			m.stack = m.stack[:top]
			return pc, pos, true
		case frameUndo:
			m.registers[f.pc] = f.pos
			m.stack = m.stack[:top]
		case frameMark:
			m.markFailed(&m.re.code[f.pc], f.pos)
			m.stack = m.stack[:top]
		case frameGreedy:
			if pos, ok = m.shortenRun(f); ok {
				return int(f.pc) + 1, pos, true
			}
			m.stack = m.stack[:top]
		case frameLazy:
			if pos, ok = m.lengthenRun(f); ok {
				return int(f.pc) + 1, pos, true
			}
			m.stack = m.stack[:top]
		}
	}
	return 0, 0, false
}

// shorten makes a greedy run shorter by one, or by more if what follows the
// run cannot begin there.
func (m *matcher) shortenRun(f *frame) (int, bool) {
	in := &m.re.code[f.pc]
	step := -1
	if in.back {
		step = 1
	}
	tried := 0
	for f.pos != f.limit {
		m.markFailed(in, f.pos)
		f.pos += step
		tried++
		if m.knownToFail(in, f.pos) {
			continue
		}
		if !m.canFollow(in, f.pos) {
			continue
		}
		m.countUnits(tried)
		return f.pos, true
	}
	m.markFailed(in, f.pos)
	m.countUnits(tried)
	return 0, false
}

// lengthen makes a lazy run longer by one, or by more if what follows the run
// cannot begin there.
func (m *matcher) lengthenRun(f *frame) (int, bool) {
	in := &m.re.code[f.pc]
	step := 1
	if in.back {
		step = -1
	}
	tried := 0
	bounded := in.max != unlimited
	for !bounded || f.limit > 0 {
		if bounded {
			m.markFailed(in, f.pos)
		}
		if m.runLength(in.set, f.pos, in.back, 1, false) == 0 {
			break
		}
		f.pos += step
		tried++
		if bounded {
			f.limit--
		}
		if m.knownToFail(in, f.pos) {
			if bounded {
				continue
			}
			break
		}
		if !m.canFollow(in, f.pos) {
			continue
		}
		m.countUnits(tried)
		return f.pos, true
	}
	if !bounded && m.memoState > 0 {
		for pos := f.limit; pos != f.pos+step; pos += step {
			m.markFailed(in, pos)
			tried++
		}
	}
	m.countUnits(tried)
	return 0, false
}

// reference matches what a group has matched once more.
func (m *matcher) matchReference(in *instruction, pos int) (int, bool) {
	from, to := m.registers[2*in.x], m.registers[2*in.x+1]
	if from < 0 || to < 0 {
		return pos, true
	}
	n := to - from
	at, after := pos, pos+n
	if in.back {
		at, after = pos-n, pos-n
	}
	if at < 0 || at+n > m.length {
		return pos, false
	}
	m.countUnits(n)
	for i := range n {
		a, b := m.text.unitAt(from+i), m.text.unitAt(at+i)
		if a != b && (!in.ignoreCase || canonicalUnit(a) != canonicalUnit(b)) {
			return pos, false
		}
	}
	return after, true
}

// lookaround begins one. Its registers hold how high the stack was, and the
// position.
func (m *matcher) matchLookaround(in *instruction, pos int) {
	m.setRegister(in.x+1, pos)
	m.pushFrame(frame{kind: frameUndo, pc: int32(in.x), pos: m.registers[in.x]})
	m.registers[in.x] = len(m.stack)
	if in.negate {
		m.pushFrame(frame{kind: frameChoice, pc: int32(in.y), pos: pos})
	}
}

// endLookaround is reached when what is inside has matched: there is no going
// back into it.
func (m *matcher) endLookaround(in *instruction, pos int) (int, bool) {
	height := m.registers[in.x]
	if in.negate {
		for len(m.stack) > height {
			f := m.stack[len(m.stack)-1]
			if f.kind == frameUndo {
				m.registers[f.pc] = f.pos
			}
			m.stack = m.stack[:len(m.stack)-1]
		}
		return pos, false
	}
	pos = m.registers[in.x+1]
	m.countUnits(len(m.stack) - height)
	kept := m.stack[:height]
	for _, f := range m.stack[height:] {
		if f.kind == frameUndo {
			kept = append(kept, f)
		}
	}
	m.stack = kept
	return pos, true
}
