package machine

// HeldBytes returns how many bytes an execution holds.
func HeldBytes(x *Execution) int {
	if len(x.scopes) == 0 || x.scopes[0].work == nil {
		return 0
	}
	return int(x.scopes[0].work.held) * heldUnit
}

// ScopeCount returns how many scopes an execution has room for.
func ScopeCount(x *Execution) int { return len(x.scopes) }

// ScopeInput returns where a scope has its input.
func ScopeInput(x *Execution, slot int) *any { return &x.scopes[slot].input }

// ScopeDeadline returns the deadline of a scope; 0 if it has none.
func ScopeDeadline(x *Execution, slot int) int64 { return x.scopes[slot].deadline }
