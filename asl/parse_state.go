package asl

import (
	"slices"
	"strings"
)

// parseState parses a state. It returns nil if the Type is missing or unknown,
// which it reports.
func (o *object) parseState(name string) State {
	n := o.fieldNode("Type")
	if n == nil {
		o.requireField("Type")
		return nil
	}
	typ, _ := n.Value.(string)
	table, ok := stateFields[typ]
	if !ok {
		o.reportSchema(n.Offset, "Type", "The field 'Type' should have one of these values: [%s]", strings.Join(stateTypes, ", "))
		o.suggestName(typ, slices.Values(stateTypes))
		return nil
	}
	base := o.parseStateBase(name, typ, table)
	o.statesMember = resultMember[typ]
	switch typ {
	case "Task":
		return o.parseTask(base)
	case "Pass":
		return o.parsePass(base)
	case "Wait":
		return o.parseWait(base)
	case "Choice":
		return o.parseChoice(base)
	case "Succeed":
		return o.parseSucceed(base)
	case "Fail":
		return o.parseFail(base)
	case "Parallel":
		return o.parseParallel(base)
	case "Map":
		return o.parseMap(base)
	}
	panic("asl: unknown state type") // a test over all state types guards it
}

func (o *object) parseStateBase(name, typ string, table fields) StateBase {
	b := StateBase{
		Node:          o.nodeOf(),
		Name:          name,
		Type:          typ,
		Comment:       o.parseString("Comment"),
		QueryLanguage: o.parseEnum("QueryLanguage", "JSONPath", "JSONata"),
		Language:      o.effectiveLanguage(o.language),
	}
	if o.language == JSONata && b.Language == JSONPath {
		o.reportObject("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
		for i := range o.members.Len() { // further errors about the other language would repeat this one
			o.setForeign(o.members.At(i).Key)
			if table[o.members.At(i).Key] == 0 {
				o.reportUnsupported(i)
			}
		}
		return b
	}
	o.checkFields(table, b.Language)
	return b
}
