package machine

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// mostReadItems and mostReadBytes are the most that one ReadItems asks for.
const (
	mostReadItems = 1000
	mostReadBytes = 1 << 20
)

// startChildren starts as many children as may run, and asks for items if it has too
// few. It returns false if the budget of the Step is used up.
func (s *step) startChildren(slot int32, run *mapRun) bool {
	for run.lost == nil && int64(len(run.open)) < run.width {
		if (len(run.again) > 0 || run.hasItems()) && s.isBudgetSpent() {
			return false
		}
		if len(run.again) > 0 {
			s.transitions--
			s.redriveChild(slot, run)
			continue
		}
		input, items, ok := s.nextInput(slot, run)
		if run.lost != nil {
			return true
		}
		if !ok {
			if !run.end {
				s.askItems(slot, run)
			}
			return true
		}
		s.transitions--
		s.startChild(slot, run, input, items)
	}
	return true
}

// hasItems reports whether items are ready for the next child.
func (run *mapRun) hasItems() bool { return run.taken < run.read || run.end && len(run.batch) > 0 }

func (s *step) startChild(slot int32, run *mapRun, input any, items int) {
	sc := &s.x.scopes[slot]
	d := s.p.states[sc.state].iterate.distributed
	c := &Child{Index: run.started, Items: items, ID: d.childID(run.uuid, run.started), Input: input}
	run.started++
	run.open = append(run.open, c)
	if run.destination == nil && run.resultBytes <= s.p.limits.PayloadBytes {
		run.results = append(run.results, nil)
	}
	s.commandChild(slot, StartChild, c)
}

// askItems asks for the next items, unless it has done so.
func (s *step) askItems(slot int32, run *mapRun) {
	if !run.asked {
		run.asked = true
		s.commandRun(slot, ReadItems)
	}
}

// WantedItems returns MaxItems and MaxBytes of a ReadItems command that is outstanding,
// as they are now: children may have ended since the command was made. ok is false if
// there is no such command.
func (p *Program) WantedItems(x *Execution, id TaskID) (items, bytes int, ok bool) {
	slot, ok := x.mapRunOf(id)
	if !ok || !p.runsExecution(x) {
		return 0, 0, false
	}
	run := x.scopes[slot].work.run
	if !run.asked {
		return 0, 0, false
	}
	return run.wantedItems(), run.wantedBytes(), true
}

// wantedItems returns how many items can be put into children now.
func (run *mapRun) wantedItems() int {
	n := int64(mostReadItems)
	if run.isSeeking() {
		return int(min(n, run.read-run.sought))
	}
	if run.stage == stageRunning {
		room := max(run.width-int64(len(run.open)), 1)
		switch {
		case run.batchLimit == 0:
			n = min(n, room)
		case run.perBatch > 0:
			n = min(n, room*min(run.perBatch, mostReadItems)-int64(len(run.batch)))
		}
		n = max(n, 1)
	}
	if most := run.source.Config.MaxItems; most > 0 {
		n = min(n, most-run.read)
	}
	return int(n)
}

// wantedBytes returns how many bytes of items can be put into children now. Items that
// are read in vain would be part of snapshots.
func (run *mapRun) wantedBytes() int {
	if run.stage != stageRunning || run.isSeeking() || run.batchLimit == 0 || run.perBatch > 0 {
		return mostReadBytes
	}
	room := max(run.width-int64(len(run.open)), 1)
	return int(min(mostReadBytes, room*int64(min(run.batchLimit, mostReadBytes))))
}

// fillMapRun lets a Map Run go on in this Step.
func (s *step) fillMapRun(slot int32) {
	if sc := &s.x.scopes[slot]; sc.phase == phaseMapRun {
		s.continueScope(slot, phaseFill)
	}
}

// mapItem is an item of a Map Run, as ItemSelector sees it.
type mapItem struct {
	index  int64
	value  any
	key    string // of an object's member
	keyed  bool
	source string
}

// fromState is the source of items that are not read.
const fromState = "STATE_DATA"

// takeItem returns the next item.
func (run *mapRun) takeItem() (it mapItem, ok bool) {
	if run.taken == run.read {
		return mapItem{}, false
	}
	it.index = run.taken
	run.taken++
	if run.source == nil {
		it.source = fromState
		switch data := run.data.(type) {
		case []any:
			it.value = data[it.index]
		case *value.Object:
			m := data.At(int(it.index))
			it.key, it.value, it.keyed = m.Key, m.Value, true
		}
		return it, true
	}
	it.source, it.value = run.heldFrom, run.held[0]
	run.held[0] = nil
	run.held = run.held[1:]
	if run.heldKeys != nil {
		it.key, it.keyed = run.heldKeys[0], true
		run.heldKeys = run.heldKeys[1:]
	}
	if len(run.held) == 0 {
		run.held, run.heldKeys, run.heldFrom = nil, nil, ""
	}
	return it, true
}

// returnItem makes an item that was taken the next one again.
func (run *mapRun) returnItem(it *mapItem) {
	run.taken--
	if run.source == nil {
		return
	}
	run.held, run.heldFrom = slices.Insert(run.held, 0, it.value), it.source
	if it.keyed {
		run.heldKeys = slices.Insert(run.heldKeys, 0, it.key)
	}
}

// nextInput returns the input of the next child and the number of items in it. ok is
// false if there are not enough items. If ItemSelector fails, so does the run.
func (s *step) nextInput(slot int32, run *mapRun) (input any, items int, ok bool) {
	batcher := run.batchLimit > 0
	s.beginTurn()
	for {
		it, has := run.takeItem()
		if !has {
			if run.end && len(run.batch) > 0 {
				input, items = run.closeBatch()
				return input, items, true
			}
			return nil, 0, false
		}
		made, failed := s.selectMapItem(slot, run, &it)
		if failed != nil && run.lost != nil {
			made, failed = it.value, nil
		}
		if failed != nil {
			if s.x.Rules >= mapRunRedrives { // by rules 1 the item is in no result file
				run.returnItem(&it)
			}
			run.anew = true
			s.loseMapRun(slot, run, failed)
			return nil, 0, false
		}
		if !batcher {
			return made, 1, true
		}
		if input, items, ok = run.batchItem(made); ok {
			return input, items, true
		}
	}
}

// selectMapItem evaluates ItemSelector.
func (s *step) selectMapItem(slot int32, run *mapRun, it *mapItem) (any, *failure) {
	selector := s.p.states[s.x.scopes[slot].state].iterate.selector
	if selector == nil {
		if it.keyed {
			return value.ObjectOf(value.Member{Key: "Key", Value: it.key}, value.Member{Key: "Value", Value: it.value}), nil
		}
		return it.value, nil
	}
	s.item, s.hasItem = *it, true
	made, failed := selector.evaluate(s, slot, run.input)
	s.item, s.hasItem = mapItem{}, false
	return made, failed
}

// context returns the member Map of the context object.
func (it *mapItem) context() *value.Object {
	item := value.NewObject(4)
	item.Set("Index", it.index)
	if it.keyed {
		item.Set("Key", it.key)
	}
	item.Set("Value", it.value)
	item.Set("Source", it.source)
	return value.ObjectOf(value.Member{Key: "Item", Value: item})
}

// batchItem adds an item to the batch. If the batch is complete, or would exceed its
// limit with the item, it returns the input of its child.
func (run *mapRun) batchItem(item any) (input any, items int, ok bool) {
	size, _ := value.MeasureWithin(item, run.batchLimit)
	if len(run.batch) > 0 && run.batchBytes+1+size > run.batchLimit {
		input, items = run.closeBatch()
		run.openBatch(item, size)
		return input, items, true
	}
	if len(run.batch) == 0 {
		run.openBatch(item, size)
	} else {
		run.batch = append(run.batch, item)
		run.batchBytes += 1 + size
	}
	if int64(len(run.batch)) == run.perBatch {
		input, items = run.closeBatch()
		return input, items, true
	}
	return nil, 0, false
}

// Bytes of a batch without its items and its BatchInput.
const (
	itemsBytes = len(`{"Items":[]}`)
	inputBytes = len(`"BatchInput":,`)
)

func (run *mapRun) openBatch(item any, size int) {
	run.batch = []any{item}
	run.batchBytes = itemsBytes + size
	if run.batchIn != nil {
		n, _ := value.MeasureWithin(run.batchIn, run.batchLimit)
		run.batchBytes += inputBytes + n
	}
}

func (run *mapRun) closeBatch() (input any, items int) {
	o := value.NewObject(2)
	if run.batchIn != nil {
		o.Set("BatchInput", run.batchIn)
	}
	o.Set("Items", run.batch)
	items = len(run.batch)
	run.batch, run.batchBytes = nil, 0
	return o, items
}

// loseMapRun makes a Map Run fail. Its STANDARD children are stopped, EXPRESS ones end
// by themselves.
func (s *step) loseMapRun(slot int32, run *mapRun, f *failure) {
	if run.lost != nil {
		return
	}
	run.lost = f
	run.returnChildren()
	if run.stage <= stageRunning {
		run.stage = stageStopping
	}
	if !s.p.states[s.x.scopes[slot].state].iterate.distributed.child.options.Express {
		for _, c := range run.open {
			s.commandChild(slot, StopChild, c)
		}
	}
	s.fillMapRun(slot)
}

// drainItems writes the items of a failed Map Run that were never started. It returns
// false if the budget of the Step is used up.
func (s *step) drainItems(slot int32, run *mapRun) bool {
	if run.unwritable {
		s.mapRunFailed(slot, run)
		return true
	}
	if len(run.pending) > 0 {
		return true // wait for PendingWritten
	}
	if run.hasItems() && s.isBudgetSpent() {
		return false
	}
	var pending []Child
	bytes := 0
	for len(pending) < mostReadItems && bytes < mostReadBytes {
		input, items, ok := s.nextInput(slot, run)
		if !ok {
			break
		}
		s.transitions = max(s.transitions-1, 0)
		size, _ := value.MeasureWithin(input, mostReadBytes)
		bytes += size
		pending = append(pending, Child{Index: run.started + run.pended + int64(len(pending)), Items: items, Input: input})
	}
	switch {
	case len(pending) > 0:
		run.pending = pending
		s.commandRun(slot, WritePending)
	case run.end:
		s.writeResults(slot, run)
	default:
		s.askItems(slot, run)
	}
	return true
}
