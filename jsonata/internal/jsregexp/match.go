package jsregexp

import (
	"slices"
	"strings"
	"sync"
)

const (
	// spendEvery is the number of steps between two calls of Meter.Steps.
	spendEvery = 2048
	// scanCost is the number of code units of a tight loop that count as one
	// step.
	scanCost = 8
	// frameCost is the number of steps for the memory of a frame, which is
	// frameBytes.
	frameCost  = 2
	frameBytes = 32
	// memoCost is the number of words of the memo that count as one step.
	memoCost = 2
	// memoAfter is the number of steps after which the matcher starts to
	// remember failures.
	memoAfter = 4096
	// maxMemo limits the memo, in bits.
	maxMemo = 1 << 25
	// maxKeptFrames and maxKeptMemo limit the memory of a pooled matcher.
	maxKeptFrames = 1 << 14
	maxKeptMemo   = 1 << 14
)

type frameKind uint8

const (
	frameChoice frameKind = iota // continue at pc and pos
	frameUndo                    // restore registers[pc] to pos
	frameGreedy                  // a run that ends at pos and may shrink to limit
	frameLazy                    // a run that ends at pos; limit is how far it may grow, or its start if it has no maximum
	frameMark                    // everything from pc and pos has failed
)

// frame is an entry of the backtracking stack.
type frame struct {
	kind  frameKind
	pc    int32
	pos   int
	limit int
}

// matcher is the state of one match.
type matcher struct {
	re        *Regexp
	text      *Text
	length    int
	meter     *Meter
	unspent   int // steps not reported to the meter yet
	steps     int // steps reported to the meter
	registers []int
	stack     []frame
	room      int // size of the stack that has been counted

	memo []uint64 // bit (memo-1)*(length+1)+pos: no match from there
	// memoState is 0 before failures are remembered, 1 while they are, and -1
	// if they never will be.
	memoState int
	memoAfter int
}

// Meter receives the cost of matches. Both functions may panic to stop a match.
// The cost does not depend on memory that is reused.
type Meter struct {
	Steps func(n int) // called about every few thousand steps
	Bytes func(n int) // called before memory is allocated; may be nil

	frames, words int // largest stack and memo of a match so far
}

// Reset makes the meter count the memory of the next match again.
func (m *Meter) Reset() { m.frames, m.words = 0, 0 }

// matchers is a pool. A matcher that was stopped by a panic is not put back.
var matchers = sync.Pool{New: func() any { return &matcher{} }}

// Match returns the leftmost match that starts at or after start. The result
// holds the offsets of the match and of each group, -1 for a group that did not
// take part. It is nil if there is no match. meter may be nil.
func (re *Regexp) Match(t *Text, start int, meter *Meter) []int {
	// Remembering earlier would cost more than the work so far.
	words := re.memos * (t.Len() / 64)
	return re.matchAt(t, start, meter, max(memoAfter, words/memoCost))
}

// matchAt is Match that starts to remember failures after memoAfter steps.
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

// flushSteps reports the steps since the last call to the meter.
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

// countUnits counts a tight loop over n code units.
func (m *matcher) countUnits(n int) {
	m.unspent += n / scanCost
	if m.unspent >= spendEvery {
		m.flushSteps()
	}
}

// searchStart tries one start after the other.
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

// nextCandidate returns the first offset from start on at which a match may
// start, or -1.
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

// runLength returns how many code units from pos on, or backwards, are in s, or
// are not in s if negate is set. The result is at most limit.
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

// growStack counts memory before it allocates it.
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

// countBytes counts memory.
func (m *matcher) countBytes(bytes int) {
	if m.meter != nil && m.meter.Bytes != nil {
		m.meter.Bytes(bytes)
	}
}

// setRegister sets a register so that backtracking restores it.
func (m *matcher) setRegister(register, value int) {
	if old := m.registers[register]; old != value {
		m.pushFrame(frame{kind: frameUndo, pc: int32(register), pos: old})
		m.registers[register] = value
	}
}

// memoBit returns the index of the bit for an instruction and a position. It is
// -1 if an enclosing iteration is still empty, because the result then depends
// on where the iteration started.
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

// matchOffset tries to match at one offset. If it fails, the registers are
// unchanged.
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

// hasUnits reports whether the literal of an instruction is at pos.
func (m *matcher) hasUnits(in *instruction, pos int) bool {
	if m.text.wide == nil {
		return in.literal != "" && strings.HasPrefix(m.text.ascii[pos:], in.literal)
	}
	return len(in.units) <= m.length-pos && slices.Equal(m.text.wide[pos:pos+len(in.units)], in.units)
}

// takeSplit chooses one alternative and pushes the other.
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

// enterLoop decides at the head of a counted loop.
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

// canFollow reports whether the rest after a run may start at pos.
func (m *matcher) canFollow(in *instruction, pos int) bool {
	return in.first == nil || pos < m.length && in.first.hasUnit(m.text.unitAt(pos))
}

// greedyLength returns the length of the optional part of a run. A run without
// a maximum ends before positions that are known to fail.
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

// backtrack returns to the last untried alternative.
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

// shortenRun shortens a greedy run by one, or by more if the rest cannot start
// there.
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

// lengthenRun lengthens a lazy run by one, or by more if the rest cannot start
// there.
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

// matchReference matches the content of a group again.
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

// matchLookaround starts a lookaround. Its registers hold the height of the
// stack and the position.
func (m *matcher) matchLookaround(in *instruction, pos int) {
	m.setRegister(in.x+1, pos)
	m.pushFrame(frame{kind: frameUndo, pc: int32(in.x), pos: m.registers[in.x]})
	m.registers[in.x] = len(m.stack)
	if in.negate {
		m.pushFrame(frame{kind: frameChoice, pc: int32(in.y), pos: pos})
	}
}

// endLookaround ends a lookaround whose content has matched. There is no
// backtracking into it.
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
