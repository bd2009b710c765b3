package asl

var catcherFields = fields{"ErrorEquals": both, "Next": both, "Assign": both, "Comment": both,
	"ResultPath": pathOnly, "Output": ataOnly}

func (o *object) catchers(q QueryLanguage) []Catcher {
	list := o.children("Catch")
	if list == nil {
		return nil
	}
	catchers := make([]Catcher, len(list))
	for i, c := range list {
		c.known(catcherFields, q)
		c.statesMember = errorOutputMember
		c.required("ErrorEquals", "Next")
		catchers[i] = Catcher{
			Node:        c.place(),
			Comment:     c.string("Comment"),
			ErrorEquals: c.errorEquals(i == len(list)-1),
			Next:        c.string("Next"),
			ResultPath:  c.resultPath(),
			Output:      c.template("Output", q),
			Assign:      c.assign(q),
		}
	}
	return catchers
}
