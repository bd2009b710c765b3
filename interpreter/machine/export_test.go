package machine

// Held returns how many bytes an execution holds.
func Held(x *Execution) int {
	if len(x.Scopes) == 0 || x.Scopes[0].work == nil {
		return 0
	}
	return int(x.Scopes[0].work.held) * heldUnit
}
