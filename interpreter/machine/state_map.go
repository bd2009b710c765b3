package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// mapState is a compiled Map state.
type mapState struct {
	first       int32 // first state of the ItemProcessor
	itemsPath   field
	selector    payload // ItemSelector, or its older form Parameters; nil: none
	width       int32   // MaxConcurrency; 0: no limit of its own
	widthPath   field
	countPath   field // ToleratedFailureCountPath
	percentPath field
	tolerance   tolerance    // of the fields without a path or expression
	distributed *distributed // nil in INLINE mode
}

// runMap evaluates the items and starts as many iterations as may run at a time.
func (s *step) runMap(slot int32, sc *scope, st *state) {
	m := st.iterate
	input, failed := s.inputPath(slot, sc, st)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	items, failed := s.mapItems(slot, m, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	array, _ := items.([]any)
	width, failed := s.mapWidth(slot, m, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	sc.prev = s.addEvent(history.Event{
		Type: history.MapStateStarted, Previous: sc.prev, Index: int32(lengthOf(items)),
	})
	sc.childID = sc.prev
	tolerated, failed := s.evalTolerance(slot, m, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	if s.r.Probe != nil {
		s.probeMap(slot, st, input, array)
		return
	}
	if m.distributed != nil {
		n := int64(lengthOf(items))
		s.startMapRun(slot, sc, st, &mapRun{
			input: input, data: items, position: position{read: n, end: m.distributed.reader == nil}, width: int64(width), tolerance: tolerated,
		})
		return
	}
	sc.phase = phaseChildren
	c := &children{input: input, items: array, results: make([]any, len(array)), width: width}
	sc.ensureWork().children = c
	if s.meter.Made > 0 {
		s.holdWork(slot, items)
	}
	if len(array) == 0 {
		s.containerSucceeded(slot)
		return
	}
	s.startItems(slot, c, int(width), sc.prev)
}

// lengthOf returns the number of items in an array or object.
func lengthOf(items any) int {
	switch items := items.(type) {
	case []any:
		return len(items)
	case *value.Object:
		return items.Len()
	}
	return 0
}

func (c *compiler) compileMap(source *asl.MapState, st *state) *mapState {
	processor := source.Processor()
	m := &mapState{
		itemsPath:   compilePath(source.ItemsPath),
		selector:    c.compilePayload(st, source.Node, source.ItemSelector, source.ItemSelector, "ItemSelector"),
		width:       int32(min(source.MaxConcurrency.Value.Value, 1<<31-1)),
		widthPath:   compileNumberPath(source.MaxConcurrencyPath),
		countPath:   compileNumberPath(source.ToleratedFailureCountPath),
		percentPath: compileNumberPath(source.ToleratedFailurePercentagePath),
	}
	if st.parameters != nil { // the older form of ItemSelector
		m.selector, st.parameters = st.parameters, nil
	}
	if processor.Distributed() {
		m.tolerance = compileTolerance(source)
		m.distributed = c.compileDistributed(source, st)
		return m
	}
	m.first = c.compileStates(processor.States, processor.StartAt)
	return m
}
