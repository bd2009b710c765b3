package asl

import (
	"slices"
	"strings"
	"time"
)

// state reads one state, or returns nil, reported, where its Type is none.
func (p *parser) state(o *object, name string) State {
	n := o.member("Type")
	if n == nil {
		o.required("Type")
		return nil
	}
	typ, _ := n.Value.(string)
	table, ok := stateFields[typ]
	if !ok {
		o.schema(n.Offset, o.at("Type"), "The field 'Type' should have one of these values: [%s]", strings.Join(stateTypes, ", "))
		return nil
	}
	base := p.stateBase(o, name, typ, table)
	switch typ {
	case "Task":
		return p.task(o, base)
	case "Pass":
		return p.pass(o, base)
	case "Wait":
		return p.wait(o, base)
	case "Choice":
		return p.choice(o, base)
	case "Succeed":
		return &SucceedState{StateBase: base, DataFlow: o.dataFlow(base.Language)}
	case "Fail":
		return p.fail(o, base)
	case "Parallel":
		return p.parallel(o, base)
	case "Map":
		return p.mapState(o, base)
	}
	panic("asl: a state type without a case") // a test over all state types guards it
}

func (p *parser) stateBase(o *object, name, typ string, table fields) StateBase {
	b := StateBase{
		Node:          o.place(),
		Name:          name,
		Type:          typ,
		Comment:       o.string("Comment"),
		QueryLanguage: o.enum("QueryLanguage", "JSONPath", "JSONata"),
		Language:      o.queryLanguage(p.language),
	}
	if p.language == JSONata && b.Language == JSONPath {
		o.wrong("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
		for i := range o.members.Len() { // errors of the other language would only repeat it
			if name := o.members.At(i).Key; table[name] == 0 {
				o.schema(o.node.Keys[i], o.location, "Field '%s' is not supported", name)
			}
		}
		return b
	}
	o.known(table, b.Language)
	return b
}

func (o *object) transition() Transition {
	t := Transition{Next: o.string("Next"), End: o.bool("End")}
	unreadable := o.has("End") && t.End.Presence == Absent // reported already
	if o.has("Next") == t.End.Value && !unreadable {
		o.wrong("This object should have only one of the following fields: [Next, End]")
	}
	return t
}

func (o *object) dataFlow(q QueryLanguage) DataFlow {
	return DataFlow{
		InputPath:  o.fullPath("InputPath"),
		OutputPath: o.fullPath("OutputPath"),
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

func (p *parser) task(o *object, base StateBase) State {
	q := base.Language
	o.required("Resource")
	o.atMostOne("TimeoutSeconds", "TimeoutSecondsPath")
	o.atMostOne("HeartbeatSeconds", "HeartbeatSecondsPath")
	t := &TaskState{
		StateBase:            base,
		Transition:           o.transition(),
		DataFlow:             o.dataFlow(q),
		Work:                 o.work(q),
		Assign:               o.assign(q),
		Resource:             o.string("Resource"),
		Credentials:          o.payload("Credentials", q),
		TimeoutSeconds:       o.integerOrExpression("TimeoutSeconds", q, 1, maxSeconds),
		TimeoutSecondsPath:   o.referencePath("TimeoutSecondsPath"),
		HeartbeatSeconds:     o.integerOrExpression("HeartbeatSeconds", q, 1, maxSeconds),
		HeartbeatSecondsPath: o.referencePath("HeartbeatSecondsPath"),
	}
	if t.Resource.Set() && t.Resource.Value == "" {
		o.schema(t.Resource.Pos.Offset, o.at("Resource"), "Value cannot be empty")
	}
	return t
}

func (p *parser) pass(o *object, base StateBase) State {
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

func (p *parser) wait(o *object, base StateBase) State {
	q := base.Language
	if q == JSONata {
		o.oneOf("Seconds", "Timestamp")
	} else {
		o.oneOf("SecondsPath", "Seconds", "TimestampPath", "Timestamp")
	}
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

func (o *object) timestamp(q QueryLanguage) Opt[string] {
	f := o.string("Timestamp")
	if f.Set() && !(q == JSONata && IsExpression(f.Value)) && !IsTimestamp(f.Value) {
		o.schema(f.Pos.Offset, o.at("Timestamp"), "String does not match RFC3339 timestamp")
	}
	return f
}

// ParseTimestamp reads a timestamp in ASL's profile of RFC 3339: a capital T
// and Z, a fraction of any length or none, and always an offset (recorded).
func ParseTimestamp(text string) (time.Time, bool) {
	const date = len("2006-01-02")
	if len(text) < len("2006-01-02T15:04:05Z") || text[date] != 'T' || strings.ContainsAny(text, ",z") {
		return time.Time{}, false // time.Parse is lenient with a comma and a z
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}

// IsTimestamp reports whether a text is a timestamp, as the Choice operator
// IsTimestamp does.
func IsTimestamp(text string) bool {
	_, ok := ParseTimestamp(text)
	return ok
}

func (p *parser) fail(o *object, base StateBase) State {
	o.atMostOne("Error", "ErrorPath")
	o.atMostOne("Cause", "CausePath")
	return &FailState{
		StateBase: base,
		Error:     o.string("Error"),
		ErrorPath: o.textPath("ErrorPath"),
		Cause:     o.string("Cause"),
		CausePath: o.textPath("CausePath"),
	}
}

func (p *parser) parallel(o *object, base StateBase) State {
	q := base.Language
	o.required("Branches")
	s := &ParallelState{
		StateBase:  base,
		Transition: o.transition(),
		DataFlow:   o.dataFlow(q),
		Work:       o.work(q),
		Assign:     o.assign(q),
	}
	for _, b := range o.nonEmpty("Branches") {
		b.known(branchFields, q)
		branch := p.branch(b)
		s.Branches = append(s.Branches, &branch)
	}
	return s
}

// branch reads what branches and processors have in common. Its states have the
// machine's language, whatever that of the state around it.
func (p *parser) branch(o *object) Branch {
	o.required("States", "StartAt")
	b := Branch{Node: o.place(), Comment: o.string("Comment"), StartAt: o.string("StartAt"), States: p.states(o)}
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

const (
	maxDelay   = 31_622_400 // seconds: a year
	maxBackoff = 1e308
)

func (o *object) catchers(q QueryLanguage) []Catcher {
	list := o.children("Catch")
	if list == nil {
		return nil
	}
	catchers := make([]Catcher, len(list))
	for i, c := range list {
		c.known(catcherFields, q)
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
		o.schema(n.Offset, o.at("ErrorEquals"), "Value cannot be empty")
	}
	if slices.Contains(names, ErrAll) && (len(names) > 1 || !last) {
		o.schema(n.Offset, o.at("ErrorEquals"), "States.ALL must appear alone and at end of list")
	}
	return names
}
