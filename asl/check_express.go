package asl

import "strings"

func (c *checker) checkExpress() {
	c.found = append(c.found, CheckType(c.machine, c.options.Type)...)
}

// CheckType returns the errors of a machine that its type causes. An EXPRESS
// machine must not wait for a callback, a job or an activity, nor have a Map in
// DISTRIBUTED mode.
func CheckType(m *StateMachine, t MachineType) ErrorList {
	var errors ErrorList
	if t == Express {
		for st := range m.All() {
			errors = append(errors, expressErrors(st)...)
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
