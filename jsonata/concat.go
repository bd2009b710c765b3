package jsonata

import (
	"math"
	"strconv"
)

// compileConcat compiles a chain of & into one string.
func (c *compiler) compileConcat(n *node) evalFn {
	var parts []evalFn
	var chain []*node // from the outermost, along the left sides
	depth := c.depth
	for {
		chain = append(chain, n)
		l := n.lhs
		if c.generalOnly || l.kind != kindBinary || l.name != "&" || len(l.predicate) > 0 || l.group != nil || l.keepArray || c.depth >= maxNesting {
			break
		}
		n = l
		c.depth++
	}
	parts = append(parts, c.compileNode(n.lhs))
	positions := []int{n.pos} // of the operator that each part belongs to
	for i := len(chain) - 1; i >= 0; i-- {
		c.depth = depth + i
		parts = append(parts, c.compileNode(chain[i].rhs))
		positions = append(positions, chain[i].pos)
	}
	c.depth = depth
	return func(st *state, fr *frame, in any) any {
		// The buffer is taken, so that a nested call uses its own.
		text := st.text[:0]
		st.text = nil
		for i, eval := range parts {
			switch v := eval(st, fr, in).(type) {
			case string:
				if len(text)+len(v) > st.limits.ValueBytes {
					panic(outOfMemory())
				}
				text = appendText(text, v)
			case int64:
				text = strconv.AppendInt(text, v, 10)
			case undefinedType:
			default:
				if f, ok := v.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
					e := failValue("D3001", v)
					e.Pos, e.token = positions[i], "&"
					panic(e)
				}
				text = appendText(text, st.stringOf(v))
			}
		}
		st.step(1 + len(text)/16)
		st.charge(len(text))
		s := string(text)
		st.text = text
		return s
	}
}
