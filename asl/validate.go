package asl

import "fmt"

// MachineType is the type of a state machine, which the definition does not
// say.
type MachineType string

// The types of state machines.
const (
	Standard MachineType = "STANDARD"
	Express  MachineType = "EXPRESS"
)

// Resources says which resources a Task may name.
type Resources string

// The resources that can be checked.
const (
	AnyResources Resources = "" // whatever the embedding program understands

	// AWSResources are those of AWS Step Functions, with their required parameters. What
	// has a placeholder in it, as in ${Function}, is not checked.
	AWSResources Resources = "AWS"
)

// Options say how a definition is to be validated. The zero value works, and
// what is none of the constants counts as zero.
type Options struct {
	Type      MachineType // of the machine; zero: Standard
	Resources Resources   // that a Task, an ItemReader and a ResultWriter may name; zero: AnyResources
	Severity  Severity    // the least that is reported; zero: SeverityWarning, which is all

	// Substitutions are the values of placeholders, ${Name}, which tools such as
	// CloudFormation and Terraform fill in before a definition is deployed. In a
	// string a value is text; elsewhere, as in "TimeoutSeconds": ${Timeout}, it is
	// JSON. ${!Name} in a string stands for ${Name}. Places are those of the
	// definition before.
	//
	// Without a value, a string that has a placeholder is unknown: Validate finds
	// nothing wrong with it, and Parse and ParseValid refuse it where it must be a
	// path, an expression or the like, and else take it as it stands. A placeholder
	// elsewhere without a value is an error.
	//
	// Nil: ${Name} is ordinary text, as for AWS.
	Substitutions map[string]string
}

// Validate returns all that is wrong with a definition, sorted by place: what
// [Parse] finds, what a machine of the type cannot have, what AWS refuses
// besides, and warnings about what can hardly be meant. The list is empty where
// nothing is. After a hundred findings it only counts: see
// [ErrorList.Truncated] and [ErrorList.Count].
func Validate(text []byte, o Options) ErrorList {
	_, found := parseAndCheck(&parser{source: text, checkOnly: true}, o)
	return found
}

// ParseValid is [Parse] that refuses, too, what AWS refuses when a machine is
// created: its error is an [ErrorList] of the errors that [Validate] finds, and
// it gives no machine where there are some. The options' Severity does not
// matter.
func ParseValid(text []byte, o Options) (*StateMachine, error) {
	o.Severity = SeverityError
	m, found := parseAndCheck(&parser{source: text, needsValues: true}, o)
	if len(found) > 0 {
		return nil, found
	}
	return m, nil
}

// parseAndCheck parses thoroughly, which notes what the states of each scope assign
// and read; it connects the states to graphs, and makes the checks, which ask
// both.
func parseAndCheck(p *parser, o Options) (*StateMachine, ErrorList) {
	p.thorough, p.substitutions = true, o.Substitutions
	m := p.parseDefinition()
	if m != nil {
		c := &checker{parser: p, machine: m, options: o, told: make(map[string]bool)}
		c.connectStates()
		for _, check := range checks {
			c.earlier = len(c.found)
			check(c)
		}
	}
	return m, p.sortedFindings(o.Severity)
}

// checker checks what is known only when the whole definition is read.
type checker struct {
	*parser
	machine *StateMachine
	options Options
	told    map[string]bool // warnings about what is read: what is read twice is told once
}

// checks are the rules beyond the structure, in no order that matters.
var checks = []func(*checker){
	(*checker).checkExpress,
	(*checker).checkVariables,
	(*checker).warnMissingFields,
	(*checker).checkReachability,
	(*checker).checkStates,
}

func (c *checker) addError(code string, pos Pos, location, format string, args ...any) {
	c.addDiagnostic(SeverityError, code, pos, location, format, args...)
}

func (c *checker) addWarning(code string, pos Pos, location, format string, args ...any) {
	c.addDiagnostic(SeverityWarning, code, pos, location, format, args...)
}

// addWarningOnce warns of what a field reads, unless it has done so for the same field,
// and reports whether it did.
func (c *checker) addWarningOnce(code string, m access, format string, args ...any) bool {
	if c.collected.warnings >= maxCollected {
		return false
	}
	location := abbreviate(m.location())
	key := location + "\x00" + fmt.Sprintf(format, args...)
	if c.told[key] {
		return false
	}
	c.told[key] = true
	c.addWarning(code, c.positionOf(m.offset), location, format, args...)
	return true
}

// checkStates checks each state by itself.
func (c *checker) checkStates() {
	for st := range c.machine.All() {
		if w := workOf(st); w != nil {
			c.warnDeadRetriers(w.Retry)
			c.warnDeadCatchers(w.Catch)
		}
		switch st := st.(type) {
		case *TaskState:
			c.warnLongHeartbeat(st)
			if c.checkTaskResource(st) {
				c.warnTokenNotPassed(st)
			}
		case *MapState:
			c.checkMapResources(st)
			c.warnIgnoredFields(st)
		case *ChoiceState:
			c.warnDeadRules(st)
		case *PassState:
			c.warnPassResult(st)
		}
	}
}
