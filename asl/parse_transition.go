package asl

func (o *object) transition() Transition {
	t := Transition{Next: o.string("Next"), End: o.bool("End")}
	switch next := o.has("Next"); {
	case o.has("End") && !t.End.IsSet(): // reported already
	case next && t.End.Value:
		o.severalOf("Next", "End")
	case !next && !t.End.Value:
		o.noneOf("Next", "End")
	}
	return t
}

// target reports a transition to a state that its States object does not have,
// unless that is why it could not be read. AWS says Next of every field (recorded).
func (o *object) target(field string, to Opt[string], states *States) {
	if states.index == nil || states.broken[to.Value] {
		return
	}
	if to.IsSet() && states.Get(to.Value) == nil {
		o.collect(SeverityError, CodeMissingTransitionTarget, to.Pos, o.at(field), "Missing 'Next' target: %s", to.Value)
		o.suggest(to.Value, states.names())
	}
}

// checkTargets checks where a state goes, once all states are known.
func checkTargets(st State, states *States, o *object) {
	p := partsOf(st)
	if p.Transition != nil {
		o.target("Next", p.Next, states)
	}
	if c, ok := st.(*ChoiceState); ok {
		o.target("Default", c.Default, states)
		for i := range c.Choices {
			rule := &object{parser: o.parser, location: c.Choices[i].Location}
			rule.target("Next", c.Choices[i].Next, states)
		}
	}
	if p.Work != nil {
		o.catchTargets(p.Catch, states)
	}
}

func (o *object) catchTargets(catch []Catcher, states *States) {
	for i := range catch {
		c := &object{parser: o.parser, location: catch[i].Location}
		c.target("Next", catch[i].Next, states)
	}
}
