package asl

import "strings"

func (c *checker) checkExpress() {
	c.found = append(c.found, CheckType(c.machine, c.options.Type)...)
}

// CheckType returns the errors of a machine that its type causes. An EXPRESS
// machine must not wait for a callback, a job or an activity, nor have a Map in
// DISTRIBUTED mode. The same is true of EXPRESS children in a STANDARD machine.
func CheckType(m *StateMachine, t MachineType) ErrorList { return checkTypeOf(m.States, t) }

// checkTypeOf returns the errors of states, and of those nested in them.
func checkTypeOf(states *States, t MachineType) ErrorList {
	if states == nil {
		return nil
	}
	var errors ErrorList
	for _, st := range states.List {
		within := t
		if t == Express {
			errors = append(errors, expressErrors(st)...)
		} else if each, ok := st.(*MapState); ok && each.Processor().Distributed() {
			within = MachineType(each.Processor().ProcessorConfig.ExecutionType.Value)
		}
		for _, nested := range Children(st) {
			errors = append(errors, checkTypeOf(nested, within)...)
		}
	}
	return errors
}

// expressErrors returns the errors of a state in an EXPRESS machine.
func expressErrors(st State) ErrorList {
	switch st := st.(type) {
	case *TaskState:
		r := st.Resource.Value
		what := ""
		switch {
		case !strings.HasPrefix(r, "arn:"):
		case strings.HasSuffix(r, ".waitForTaskToken"):
			what = "'.waitForTaskToken' service integration "
		case strings.HasSuffix(r, ".sync"), strings.HasSuffix(r, ".sync:2"):
			what = "'.sync' service integration"
		case strings.Contains(r, ":activity:"):
			what = "Activity ARN"
		}
		if what != "" {
			return ErrorList{{
				Severity: SeverityError,
				Code:     CodeSchemaValidationFailed,
				Message:  "Express state machine does not support " + what,
				Location: st.Location + "/Resource",
				Pos:      st.Resource.Pos,
			}}
		}
	case *MapState:
		if st.Processor().Distributed() {
			config := st.Processor().ProcessorConfig
			return ErrorList{{
				Severity: SeverityError,
				Code:     CodeSchemaValidationFailed,
				Message:  "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
				Location: config.Location + "/Mode",
				Pos:      config.Mode.Pos,
			}}
		}
	}
	return nil
}
