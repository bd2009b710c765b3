package asl

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
	for _, r := range o.nonEmptyChildObjects("Choices") {
		s.Choices = append(s.Choices, r.parseTopRule(q))
	}
	return s
}
