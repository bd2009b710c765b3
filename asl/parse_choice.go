package asl

import "slices"

var choiceFields = joinFields(baseFields, flowFields, fields{"Assign": both, "Choices": both, "Default": both})

func (o *object) parseChoice(base StateBase) State {
	q := base.Language
	o.requireFields("Choices")
	s := &ChoiceState{
		StateBase: base,
		DataFlow:  o.parseDataFlow(q),
		Default:   o.parseString("Default"),
		Assign:    o.parseAssign(q),
	}
	rules := o.nonEmptyChildObjects("Choices")
	s.Choices = slices.Grow(s.Choices, len(rules))
	for _, r := range rules {
		s.Choices = append(s.Choices, r.parseTopRule(q))
	}
	return s
}
