package machine

// shortestJump is how many rules in a row are worth the table of a jump.
const shortestJump = 8

// A jump finds the rule that is true among many in a row that compare the same
// Variable of the input, or the same part of $states.input, for equality.
type jump struct {
	next    map[any]int // the index of the first rule with each literal
	end     int         // the index behind the last of them
	of      equality
	longest int // bytes of the longest literal
}

// equality is what a rule may be in a row that a jump stands for.
type equality uint8

const (
	notEqualities equality = iota
	ofIntegers             // NumericEquals, or a Condition, with an integer
	ofStrings              // StringEquals, or a Condition, with a string
)

func (r *rule) equality() equality {
	if r.known == 0 || r.path != nil {
		return notEqualities
	}
	switch r.literal().(type) {
	case int64:
		if r.equals != nil || r.operator == "NumericEquals" {
			return ofIntegers
		}
	case string:
		if r.equals != nil || r.operator == "StringEquals" {
			return ofStrings
		}
	}
	return notEqualities
}

// literal returns what an equality compares with.
func (r *rule) literal() any {
	if r.equals != nil {
		return r.equals.Literal
	}
	return r.operand.value
}

// addJumps gives a jump to the first rule of each row that is long enough.
func addJumps(rules []rule) {
	for i := 0; i < len(rules); {
		first, end := &rules[i], i+1
		for first.equality() != notEqualities && end < len(rules) && rules[end].equality() == first.equality() && rules[end].known == first.known {
			end++
		}
		if end-i >= shortestJump {
			first.jump = &jump{next: make(map[any]int, end-i), end: end, of: first.equality()}
			for n := end - 1; n >= i; n-- { // of rules with the same literal, the first counts
				literal := rules[n].literal()
				first.jump.next[literal] = n
				text, _ := literal.(string)
				first.jump.longest = max(first.jump.longest, len(text))
			}
		}
		i = end
	}
}

// jumpFrom returns the index of the first rule from r on that can be true. It returns
// false if each rule of the row must be evaluated: the Variable may be missing, which is
// an error, or equal a literal of another type, or be so long that comparing it counts.
func (s *step) jumpFrom(r *rule, input any) (int, bool) {
	if input == nil {
		return 0, false
	}
	v, found := s.lookupKnown(r, input)
	if !found {
		return 0, false
	}
	switch v := v.(type) {
	case int64:
	case string:
		if len(v) > longText {
			return 0, false
		}
	default:
		return 0, false
	}
	return r.jump.findRule(v), true
}

// jumpConditions is jumpFrom for Conditions. It counts the step that each of those
// that it passes over would take.
func (s *step) jumpConditions(i int, r *rule, input any) (int, bool) {
	v, found := s.knownPart(r, input)
	if !found {
		return 0, false
	}
	switch v.(type) {
	case int64:
		found = r.jump.of == ofIntegers
	case string:
		found = r.jump.of == ofStrings
	default:
		found = false
	}
	if !found {
		return 0, false
	}
	next := r.jump.findRule(v)
	s.countSteps(next - i)
	return next, true
}

// findRule returns the index of the first rule of the row that can be true for a value.
// The table would read all of a long string, which comparing it with a literal does not.
func (j *jump) findRule(v any) int {
	if text, ok := v.(string); ok && len(text) > j.longest {
		return j.end
	}
	if i, ok := j.next[v]; ok {
		return i
	}
	return j.end
}
