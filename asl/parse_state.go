package asl

import "strings"

// state reads one state, or returns nil, reported, where its Type is none.
func (o *object) state(name string) State {
	n := o.member("Type")
	if n == nil {
		o.needed("Type")
		return nil
	}
	typ, _ := n.Value.(string)
	table, ok := stateFields[typ]
	if !ok {
		o.schema(n.Offset, "Type", "The field 'Type' should have one of these values: [%s]", strings.Join(stateTypes, ", "))
		return nil
	}
	base := o.stateBase(name, typ, table)
	o.statesMember = resultMember[typ]
	switch typ {
	case "Task":
		return o.task(base)
	case "Pass":
		return o.pass(base)
	case "Wait":
		return o.wait(base)
	case "Choice":
		return o.choice(base)
	case "Succeed":
		return o.succeed(base)
	case "Fail":
		return o.fail(base)
	case "Parallel":
		return o.parallel(base)
	case "Map":
		return o.mapState(base)
	}
	panic("asl: a state type without a case") // a test over all state types guards it
}

func (o *object) stateBase(name, typ string, table fields) StateBase {
	b := StateBase{
		Node:          o.place(),
		Name:          name,
		Type:          typ,
		Comment:       o.string("Comment"),
		QueryLanguage: o.enum("QueryLanguage", "JSONPath", "JSONata"),
		Language:      o.queryLanguage(o.language),
	}
	if o.language == JSONata && b.Language == JSONPath {
		o.wrong("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
		for i := range o.members.Len() { // findings about the other language would only repeat it
			o.setForeign(o.members.At(i).Key)
			if table[o.members.At(i).Key] == 0 {
				o.unsupported(i)
			}
		}
		return b
	}
	o.known(table, b.Language)
	return b
}
