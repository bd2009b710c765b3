package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

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
		return &SucceedState{StateBase: base, DataFlow: o.dataFlow(base.Language)}
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

func (o *object) dataFlow(q QueryLanguage) DataFlow {
	return DataFlow{
		InputPath:  o.path("InputPath", anyPath),
		OutputPath: o.path("OutputPath", anyPath),
		Output:     o.template("Output", q),
	}
}

func (o *object) work(q QueryLanguage) Work {
	return Work{
		Parameters:     o.template("Parameters", q),
		Arguments:      o.template("Arguments", q),
		ResultSelector: o.template("ResultSelector", q),
		ResultPath:     o.resultPath(),
		Retry:          o.retriers(),
		Catch:          o.catchers(q),
	}
}

func (o *object) task(base StateBase) State {
	q := base.Language
	o.required("Resource")
	o.atMostOne("TimeoutSeconds", "TimeoutSecondsPath")
	o.atMostOne("HeartbeatSeconds", "HeartbeatSecondsPath")
	return &TaskState{
		StateBase:            base,
		Transition:           o.transition(),
		DataFlow:             o.dataFlow(q),
		Work:                 o.work(q),
		Assign:               o.assign(q),
		Resource:             o.text("Resource"),
		Credentials:          o.credentials(q),
		TimeoutSeconds:       o.integerOrExpression("TimeoutSeconds", q, 1, maxSeconds),
		TimeoutSecondsPath:   o.referencePath("TimeoutSecondsPath"),
		HeartbeatSeconds:     o.integerOrExpression("HeartbeatSeconds", q, 1, maxSeconds),
		HeartbeatSecondsPath: o.referencePath("HeartbeatSecondsPath"),
	}
}

// credentials must name a role.
func (o *object) credentials(q QueryLanguage) Opt[Template] {
	f := o.templateObject("Credentials", q)
	v, ok := f.Value.Source.(*value.Object)
	if ok && !v.Has("RoleArn") && !(q == JSONPath && v.Has("RoleArn.$")) {
		o.schema(o.member("Credentials").Offset, "Credentials", "The field 'RoleArn' is required but was missing")
	}
	return f
}

func (o *object) pass(base StateBase) State {
	q := base.Language
	s := &PassState{
		StateBase:  base,
		Transition: o.transition(),
		DataFlow:   o.dataFlow(q),
		Parameters: o.template("Parameters", q),
		ResultPath: o.resultPath(),
		Assign:     o.assign(q),
	}
	if n := o.member("Result"); n != nil {
		s.Result = Opt[any]{n.Value, Present, o.pos(n.Offset)}
	}
	return s
}

func (o *object) wait(base StateBase) State {
	q := base.Language
	o.exactlyOne("SecondsPath", "Seconds", "TimestampPath", "Timestamp")
	return &WaitState{
		StateBase:     base,
		Transition:    o.transition(),
		DataFlow:      o.dataFlow(q),
		Seconds:       o.integerOrExpression("Seconds", q, 0, maxSeconds),
		SecondsPath:   o.referencePath("SecondsPath"),
		Timestamp:     o.timestamp(q),
		TimestampPath: o.referencePath("TimestampPath"),
		Assign:        o.assign(q),
	}
}

func (o *object) timestamp(q QueryLanguage) Opt[String] {
	f := o.stringOrExpression("Timestamp", q)
	text := f.Value.Value
	if f.IsSet() && f.Value.Expression == nil && !(q == JSONata && looksLikeExpression(text)) && !IsTimestamp(text) {
		o.schema(o.member("Timestamp").Offset, "Timestamp", "String does not match RFC3339 timestamp")
	}
	return f
}

func (o *object) fail(base StateBase) State {
	o.atMostOne("Error", "ErrorPath")
	o.atMostOne("Cause", "CausePath")
	if base.Language == JSONPath {
		o.checkPlainString("Error")
		o.checkPlainString("Cause")
	}
	return &FailState{
		StateBase: base,
		Error:     o.stringOrExpression("Error", base.Language),
		ErrorPath: o.textPath("ErrorPath"),
		Cause:     o.stringOrExpression("Cause", base.Language),
		CausePath: o.textPath("CausePath"),
	}
}

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

func (o *object) retriers() []Retrier {
	list := o.children("Retry")
	if list == nil {
		return nil
	}
	retriers := make([]Retrier, len(list))
	for i, r := range list {
		r.known(retrierFields, JSONPath)
		r.required("ErrorEquals")
		retriers[i] = Retrier{
			Node:            r.place(),
			Comment:         r.string("Comment"),
			ErrorEquals:     r.errorEquals(i == len(list)-1),
			IntervalSeconds: r.integer("IntervalSeconds", 0, maxSeconds),
			MaxAttempts:     r.integer("MaxAttempts", 0, maxSeconds),
			BackoffRate:     r.number("BackoffRate", 1, maxBackoff),
			MaxDelaySeconds: r.integer("MaxDelaySeconds", 1, maxDelay),
			JitterStrategy:  r.enum("JitterStrategy", "NONE", "FULL"),
		}
	}
	return retriers
}

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

func (o *object) errorEquals(last bool) []string {
	names := o.strings("ErrorEquals")
	n := o.member("ErrorEquals")
	if n == nil || names == nil {
		return nil
	}
	if len(names) == 0 {
		o.schema(n.Offset, "ErrorEquals", "Value cannot be empty")
	}
	i := slices.IndexFunc(n.Children, func(c value.Node) bool { return c.Value == StatesAll })
	if i >= 0 && (len(names) > 1 || !last) {
		o.schema(n.Children[i].Offset, element("ErrorEquals", i), "States.ALL must appear alone and at end of list")
	}
	if o.thorough {
		o.errorNames(n)
	}
	return names
}

// neverOccurs are the predefined errors that no state fails with, and why
// (docs/evidence.md#never-occurs).
var neverOccurs = map[string]string{
	StatesBranchFailed:           "a Parallel fails with the error of its branch",
	StatesResultPathMatchFailure: "a ResultPath that cannot be applied fails with States.ReferencePathConflict",
}

// errorNames warns of names that are nearly those of predefined errors, and of
// those that no state fails with.
func (o *object) errorNames(n *value.Node) {
	for i, v := range n.Value.([]any) {
		name, _ := v.(string)
		if why := neverOccurs[name]; why != "" {
			o.warn(CodeErrorNeverOccurs, n.Children[i].Offset, element("ErrorEquals", i), "No state fails with %s: %s", name, why)
			continue
		}
		if meant := guess(name, slices.Values(predefined)); meant != "" && !slices.Contains(predefined, name) {
			o.warn(CodeErrorNameUnknown, n.Children[i].Offset, element("ErrorEquals", i), "No error has the name '%s'", name)
			o.advise(meant)
		}
	}
}
