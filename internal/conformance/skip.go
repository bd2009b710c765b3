package conformance

import (
	"iter"
	"strings"

	"github.com/gostates/gostates/asl"
)

// skips lists the reasons for not running a case: what it needs and the
// interpreter lacks.
var skips = []struct {
	reason string
	needed func(*Case) bool
}{
	{"needs the redrive of a Map Run", func(c *Case) bool { return c.Kind == "redrive" && c.scenarios[0].hasMapRuns() }},
	{"needs StartSyncExecution of a STANDARD machine, which the API refuses before anything runs",
		func(c *Case) bool { return c.refused }},
	{"data only: no answer of a server was recorded", func(c *Case) bool { return c.call != nil && c.call.answer == nil }},
}

// needsRequestModel is the reason for not running a case of validation.
const needsRequestModel = "needs the request model of an AWS service, of which none is shipped"

// checksRequest reports whether AWS compared the parameters of a Task with the
// model of a service, as the names of these cases tell.
func (c *Case) checksRequest() bool {
	return c.validation != nil && (strings.HasPrefix(c.Name, "native_sdk_") || strings.HasPrefix(c.Name, "native_ecs_"))
}

// needsModel is the reason for not running a case of TestState.
const needsModel = "needs the response model of an AWS service, of which none is shipped"

// Skip returns why the case cannot be run, or "". It depends only on the
// definition, on whether there was an execution, and on whether TestState
// compared a mock with a model.
func (c *Case) Skip() string {
	if c.test != nil && c.test.needsModel() {
		return needsModel
	}
	if c.checksRequest() {
		return needsRequestModel
	}
	for _, s := range skips {
		if s.needed(c) {
			return s.reason
		}
	}
	return ""
}

// mapRunStates returns the Map states in DISTRIBUTED mode.
func (s *scenario) mapRunStates() iter.Seq[*asl.MapState] {
	return func(yield func(*asl.MapState) bool) {
		for state := range s.machine.All() {
			if m, ok := state.(*asl.MapState); ok && m.Processor().Distributed() && !yield(m) {
				return
			}
		}
	}
}

// hasMapRuns reports whether a Map state runs in DISTRIBUTED mode. Package interpreter
// does not run those yet.
func (s *scenario) hasMapRuns() bool {
	for range s.mapRunStates() {
		return true
	}
	return false
}
