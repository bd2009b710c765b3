package asl

func (o *object) parseTransition() Transition {
	t := Transition{Next: o.parseString("Next"), End: o.parseBool("End")}
	switch next := o.hasField("Next"); {
	case o.hasField("End") && !t.End.IsSet(): // reported by parseBool
	case next && t.End.Value:
		o.reportSeveral("Next", "End")
	case !next && !t.End.Value:
		o.reportNone("Next", "End")
	}
	return t
}

// checkTarget reports a transition to a state that does not exist, unless that
// state could not be parsed. AWS's message says Next for every field.
func (o *object) checkTarget(field string, to Opt[string], states *States) {
	if states.index == nil || states.broken[to.Value] {
		return
	}
	if to.IsSet() && states.Get(to.Value) == nil {
		o.addDiagnostic(SeverityError, CodeMissingTransitionTarget, to.Pos, o.locationOf(field), "Missing 'Next' target: %s", to.Value)
		o.suggestName(to.Value, states.stateNames())
	}
}

// checkTargets checks the transitions of a state once all states are known.
func checkTargets(st State, states *States, o *object) {
	p := partsOf(st)
	if p.Transition != nil {
		o.checkTarget("Next", p.Next, states)
	}
	if c, ok := st.(*ChoiceState); ok {
		o.checkTarget("Default", c.Default, states)
		rule := object{parser: o.parser}
		for i := range c.Choices {
			rule.location = c.Choices[i].Location
			rule.checkTarget("Next", c.Choices[i].Next, states)
		}
	}
	if p.Work != nil {
		o.checkCatchTargets(p.Catch, states)
	}
}

func (o *object) checkCatchTargets(catch []Catcher, states *States) {
	c := object{parser: o.parser}
	for i := range catch {
		c.location = catch[i].Location
		c.checkTarget("Next", catch[i].Next, states)
	}
}
