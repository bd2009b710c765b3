package machine

import (
	"fmt"

	"github.com/gostates/gostates/asl"
)

// catcher is a compiled Catcher.
type catcher struct {
	next       int32
	resultPath field
	assign     *asl.TemplateNode
	query      *query // Output and Assign; nil in a JSONPath state
}

// applyCatcher leaves a state through a Catcher. The state's own ResultPath,
// OutputPath and Assign are not applied. It returns the failure of the Catcher
// itself, or nil.
func (s *step) applyCatcher(slot int32, sc *scope, c *catcher, f *failure) *failure {
	s.continueTurn()
	if c.query != nil {
		v := s.viewOf(slot, sc.input)
		v.errorOutput = f.errorOutput()
		output, assigned, failed := v.evalExit(c.query.assign, c.query.output, v.errorOutput)
		if failed != nil {
			return failed
		}
		if c.query.output == nil && s.exceedsPayload(output) {
			return sizeFailure(s.p.states[sc.state].name)
		}
		s.forgetLostScopes()
		s.exitState(slot, output, assigned, c.next)
		return nil
	}
	output := f.errorOutput()
	assigned, failed := s.evaluateAssign(slot, c.assign, output)
	if failed != nil {
		return failed
	}
	output, failed = s.applyResultPath(sc, &c.resultPath, output)
	if failed != nil {
		return failed
	}
	if c.resultPath.path != nil {
		s.showProbe("afterResultPath", output)
	}
	if s.exceedsPayload(output) {
		return sizeFailure(s.p.states[sc.state].name)
	}
	s.forgetLostScopes()
	s.exitState(slot, output, assigned, c.next)
	return nil
}

// compileCatchers compiles the Catchers of a state.
func (c *compiler) compileCatchers(st *state, n asl.Node, source []asl.Catcher, names *stateIndexes) []catcher {
	var catchers []catcher
	for i := range source {
		to := catcher{
			next:       names.resolveTarget(source[i].Next),
			resultPath: compilePath(source[i].ResultPath),
			assign:     compileTemplate(source[i].Assign),
		}
		if st.query != nil {
			location := fmt.Sprintf("Catch[%d]/", i)
			to.query = &query{
				output: c.compileField(n, source[i].Output, location+"Output"),
				assign: c.compileField(n, source[i].Assign, location+"Assign"),
			}
		}
		catchers = append(catchers, to)
	}
	return catchers
}
