package asl

var (
	parallelFields = join(baseFields, flowFields, nextFields, workFields, fields{
		"Arguments": ataOnly, "Assign": both, "Branches": both,
	})
	branchFields = fields{"Comment": both, "StartAt": both, "States": both}
)

func (o *object) parallel(base StateBase) State {
	q := base.Language
	o.required("Branches")
	s := &ParallelState{
		StateBase:  base,
		Transition: o.transition(),
		DataFlow:   o.dataFlow(q),
		Work:       o.work(q),
		Assign:     o.assign(q),
	}
	for _, b := range o.someChildren("Branches") {
		b.known(branchFields, q)
		branch := b.branch()
		s.Branches = append(s.Branches, &branch)
	}
	return s
}

// branch reads what branches and processors have in common. Its states have the
// machine's language, whatever that of the state around it.
func (o *object) branch() Branch {
	o.required("States", "StartAt")
	b := Branch{Node: o.place(), Comment: o.string("Comment"), StartAt: o.string("StartAt"), States: o.states()}
	o.target("StartAt", b.StartAt, b.States)
	return b
}
