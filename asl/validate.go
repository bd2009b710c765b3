package asl

import "fmt"

// MachineType is the type of a state machine, which a definition does not
// contain.
type MachineType string

// The types of state machines.
const (
	Standard MachineType = "STANDARD"
	Express  MachineType = "EXPRESS"
)

// Resources is the set of resources that a definition may name.
type Resources string

// The sets of resources.
const (
	AnyResources Resources = "" // any string: the host decides

	// AWSResources are the resources of AWS Step Functions, with their required
	// parameters. A resource with a placeholder, as in ${Function}, is not
	// checked.
	AWSResources Resources = "AWS"
)

// Options configure validation. The zero value works. A value that is not one
// of the constants counts as zero.
type Options struct {
	Type      MachineType // of the machine; zero: Standard
	Resources Resources   // of a Task, ItemReader or ResultWriter; zero: AnyResources
	Models    Models      // check the parameters of Tasks, if Resources is AWSResources; nil: only some are required
	Results   Results     // what is known of the results of Tasks; nil: nothing
	Severity  Severity    // the least severity to report; zero: SeverityWarning, which reports all

	// Substitutions has the values of placeholders, ${Name}, which tools such
	// as CloudFormation and Terraform fill in when a definition is deployed. In
	// a string a value is text. Elsewhere, as in "TimeoutSeconds": ${Timeout},
	// it is JSON. ${!Name} in a string stands for ${Name}. Positions are those
	// of the definition with placeholders; the limit of its size counts values.
	//
	// A string with a placeholder that has no value is unknown: Validate
	// reports nothing about it. Parse and ParseValid report it if the string
	// must be a path, an expression or the like, and otherwise keep it as it
	// is. A placeholder outside of strings must have a value.
	//
	// If Substitutions is nil, ${Name} is ordinary text, as on AWS.
	Substitutions map[string]string
}

// Results say what the results of Tasks have, so that [Validate] warns about paths to
// what they never have.
type Results interface {
	// ResultOf returns an object with all members that the result of a Task may have,
	// and of these again what is known; nil if nothing is known; and any other value for
	// a result that has no members.
	ResultOf(task *TaskState) any
}

// Validate returns all errors and warnings about a definition, sorted by
// position: what [Parse] reports, what a machine of the type must not have,
// what else AWS refuses, and warnings. The list is empty if there are none. If
// there are more than a hundred, the rest is only counted: see
// [ErrorList.Truncated] and [ErrorList.Count].
func Validate(text []byte, o Options) ErrorList {
	_, found := parseAndCheck(&parser{source: text, checkOnly: true}, o)
	return found
}

// ParseAndValidate is [Parse] and [Validate] at once, for tools that show a definition
// with its findings. It returns the tree as far as it could be built, and the findings of
// Validate; the machine is nil only if the source is not a JSON object. To run a machine,
// use [ParseValid].
func ParseAndValidate(text []byte, o Options) (*StateMachine, ErrorList) {
	return parseAndCheck(&parser{source: text}, o)
}

// ParseValid is [Parse] for definitions that AWS accepts. Its error is an
// [ErrorList] of the errors that [Validate] reports. If there are any, the
// machine is nil. The Severity of the options does not matter.
func ParseValid(text []byte, o Options) (*StateMachine, error) {
	o.Severity = SeverityError
	m, found := parseAndCheck(&parser{source: text, needsValues: true}, o)
	if len(found) > 0 {
		return nil, found
	}
	return m, nil
}

// parseAndCheck parses a definition and notes the variables and fields that its
// states access. Then it connects the states and runs the checks.
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
	p.releaseRoom()
	return m, p.sortedFindings(o.Severity)
}

// checker checks the rules that need the whole definition.
type checker struct {
	*parser
	machine *StateMachine
	options Options
	told    map[string]bool // warnings about reads: each is given once
}

// checks are the rules beyond the structure. Their order does not matter.
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

// addWarningOnce adds a warning about a read unless the field has it already,
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

// checkStates runs the checks of single states.
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
