package asl

var (
	parallelFields = joinFields(baseFields, flowFields, nextFields, workFields, fields{
		"Arguments": ataOnly, "Assign": both, "Branches": both,
	})
	branchFields = fields{"Comment": both, "StartAt": both, "States": both}
)

func (o *object) parseParallel(base StateBase) State {
	q := base.Language
	o.requireFields("Branches")
	s := &ParallelState{
		StateBase:  base,
		Transition: o.parseTransition(),
		DataFlow:   o.parseDataFlow(q),
		Work:       o.parseWork(q),
		Assign:     o.parseAssign(q),
	}
	for _, b := range o.nonEmptyChildObjects("Branches") {
		b.checkFields(branchFields, q)
		branch := b.parseBranch()
		s.Branches = append(s.Branches, &branch)
	}
	return s
}

// parseBranch parses the fields that branches and processors share. Their
// states have the machine's query language, whatever the state around them has.
func (o *object) parseBranch() Branch {
	o.requireFields("States", "StartAt")
	b := Branch{Node: o.nodeOf(), Comment: o.parseString("Comment"), StartAt: o.parseString("StartAt"), States: o.parseStates()}
	o.checkTarget("StartAt", b.StartAt, b.States)
	return b
}
