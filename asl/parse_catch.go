package asl

var catcherFields = fields{"ErrorEquals": both, "Next": both, "Assign": both, "Comment": both,
	"ResultPath": pathOnly, "Output": ataOnly}

func (o *object) parseCatch(q QueryLanguage) []Catcher {
	list := o.childObjects("Catch")
	if list == nil {
		return nil
	}
	catchers := make([]Catcher, len(list))
	for i, c := range list {
		c.checkFields(catcherFields, q)
		c.statesMember = errorOutputMember
		c.requireFields("ErrorEquals", "Next")
		catchers[i] = Catcher{
			Node:        c.nodeOf(),
			Comment:     c.parseString("Comment"),
			ErrorEquals: c.parseErrorEquals(i == len(list)-1),
			Next:        c.parseString("Next"),
			ResultPath:  c.parseResultPath(),
			Output:      c.parseTemplate("Output", q),
			Assign:      c.parseAssign(q),
		}
	}
	return catchers
}
