package conformance

import "github.com/gostates/gostates/asl"

// skips are all reasons for which a case is not run: what a definition needs
// and the interpreter does not have.
var skips = []struct {
	reason string
	needed func(asl.State) bool
}{
	{"needs Distributed Map", needsDistributedMap},
}

// Skip returns why the case cannot be run, or "" if it can. It looks at nothing
// but the definition.
func (c *Case) Skip() string {
	for _, s := range skips {
		for _, sc := range c.scenarios {
			for state := range sc.machine.All() {
				if s.needed(state) {
					return s.reason
				}
			}
		}
	}
	return ""
}

func needsDistributedMap(s asl.State) bool {
	m, ok := s.(*asl.MapState)
	return ok && m.Processor().Distributed()
}
