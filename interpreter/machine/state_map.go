package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
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
	child       *Program // of a Map state in DISTRIBUTED mode, else nil
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
	width, failed := s.mapWidth(slot, m, input)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	sc.prev = s.addEvent(history.Event{
		Type: history.MapStateStarted, Previous: sc.prev, Index: int32(len(items)),
	})
	sc.childID = sc.prev
	if failed := s.checkTolerated(slot, m, input); failed != nil {
		s.failState(slot, failed)
		return
	}
	if s.r.Probe != nil {
		s.probeMap(slot, st, input, items)
		return
	}
	sc.phase = phaseChildren
	c := &children{input: input, items: items, results: make([]any, len(items)), width: width}
	sc.ensureWork().children = c
	if s.meter.Made > 0 {
		s.holdWork(slot, items)
	}
	if len(items) == 0 {
		s.containerSucceeded(slot)
		return
	}
	s.startItems(slot, c, int(width), sc.prev)
}

func (c *compiler) compileMap(source *asl.MapState, st *state) *mapState {
	processor := source.Processor()
	if processor.Distributed() {
		c.addUnsupported(source.Node, "A Map state in DISTRIBUTED mode")
		return nil
	}
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
	for _, unsupported := range []struct {
		set  bool
		name string
	}{
		{source.ItemReader != nil, "ItemReader"},
		{source.ItemBatcher != nil, "ItemBatcher"},
		{source.ResultWriter != nil, "ResultWriter"},
	} {
		if unsupported.set {
			c.addUnsupported(source.Node, unsupported.name+", which belongs to a Map state in DISTRIBUTED mode,")
		}
	}
	m.first = c.compileStates(processor.States, processor.StartAt)
	return m
}
