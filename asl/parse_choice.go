package asl

var choiceFields = join(baseFields, flowFields, fields{"Assign": both, "Choices": both, "Default": both})

func (o *object) choice(base StateBase) State {
	q := base.Language
	o.required("Choices")
	s := &ChoiceState{
		StateBase: base,
		DataFlow:  o.dataFlow(q),
		Default:   o.string("Default"),
		Assign:    o.assign(q),
	}
	for _, r := range o.someChildren("Choices") {
		s.Choices = append(s.Choices, r.topRule(q))
	}
	return s
}
