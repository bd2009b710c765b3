package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// diffDefinitions runs asl diff, which prints what changed from one definition to another,
// and whether running executions of the first can continue under the second.
func diffDefinitions(args []string, s streams) int {
	f := newFlagSet("diff", "A B (one of them may be -, standard input)",
		"asl diff <(git show HEAD:order.asl.json) order.asl.json")
	moves := f.Bool("moves", false, "exit with 1 only if running executions cannot continue")
	var kind asl.MachineType
	enumFlag(f, &kind, "type", machineTypes, asl.Standard, asl.Express)
	placeholders := substitutionFlags(f)
	in := &files{in: s.in}
	fromFlag(f, &in.from)
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	if !checkFiles(f, 2, s) {
		return exitUsage
	}
	if f.NArg() < 2 {
		printMisuse(f, "two files are wanted, A and B", s)
		return exitUsage
	}
	fail := func(err error) int {
		fmt.Fprintf(s.err, "asl diff: %v\n", err)
		return exitUsage
	}
	values, err := placeholders.readValues(in)
	if err != nil {
		return fail(err)
	}
	var programs [2]*machine.Program
	broken := false
	for i, name := range f.Args() {
		var m *asl.StateMachine
		d, err := in.readOneDefinition(name, values)
		if err == nil {
			placeholders.noteUsed(d)
			t := d.typeOf(f, kind)
			m, err = asl.ParseValid(d.Definition, asl.Options{Type: t, Substitutions: d.Substitutions})
			if err == nil {
				programs[i], err = machine.Compile(m, machine.Options{Express: t == asl.Express})
			}
			err = d.wrapError(err)
		}
		if bad := new(sourceError); errors.As(err, &bad) {
			bad.printUnset("diff", s)
			broken = true
		} else if d == nil {
			return fail(err)
		} else if err != nil {
			return fail(fmt.Errorf("%s: %w", name, err))
		}
	}
	if err := placeholders.checkUsed(); err != nil {
		return fail(err)
	}
	if broken {
		return exitUsage
	}
	changes, err := compareDefinitions(programs[0].Machine(), programs[1].Machine())
	if err != nil {
		return fail(err)
	}
	for _, line := range changes {
		fmt.Fprintln(s.out, line)
	}
	if len(changes) == 0 {
		fmt.Fprintln(s.out, "nothing changed but white space, comments and the order of fields and states")
		return exitOK
	}
	goOn := printMoves(programs[0].CheckMoves(programs[1]), s)
	if goOn && *moves {
		return exitOK
	}
	return exitFailed
}

// printMoves prints whether running executions can continue, and returns it.
func printMoves(found []machine.MoveDifference, s streams) bool {
	refused := 0
	for refused < len(found) && found[refused].Refused {
		refused++
	}
	fmt.Fprintln(s.out)
	list := func(title string, some []machine.MoveDifference) {
		if len(some) == 0 {
			return
		}
		fmt.Fprintln(s.out, title)
		for _, d := range some {
			fmt.Fprintln(s.out, "  "+d.String())
		}
	}
	if refused == 0 {
		fmt.Fprintln(s.out, "Running executions can continue under B.")
	} else {
		fmt.Fprintln(s.out, "Not all running executions can continue under B.")
	}
	list("Those in these states cannot continue:", found[:refused])
	list("Those in these states continue, but behave differently:", found[refused:])
	return refused == 0
}

// compareDefinitions returns the changes from one machine to another as lines: first those
// of the machine, then those of each state in the order of its names in before and after.
func compareDefinitions(before, after *asl.StateMachine) ([]string, error) {
	var c comparison
	var both [2]*value.Object
	for i, m := range []*asl.StateMachine{before, after} {
		text, err := asl.MarshalUncommented(m)
		if err != nil {
			return nil, err
		}
		v, err := value.Parse(text)
		if err != nil {
			return nil, err
		}
		both[i], _ = v.(*value.Object)
	}
	c.compareStates("", both[0], both[1])
	return c.lines, nil
}

// comparison collects the lines of changes.
type comparison struct{ lines []string }

func (c *comparison) addLine(format string, args ...any) {
	c.lines = append(c.lines, fmt.Sprintf(format, args...))
}

// compareStates compares objects with States: machines, branches and processors. place is
// before the names of fields and states.
func (c *comparison) compareStates(place string, a, b *value.Object) {
	for _, key := range keysOfBoth(a, b) {
		if key != "States" {
			c.compareMember(place, key, a, b)
		}
	}
	before, after := memberObject(a, "States"), memberObject(b, "States")
	for _, name := range keysOfBoth(before, after) {
		x, y := memberObject(before, name), memberObject(after, name)
		switch {
		case x == nil:
			c.addLine("+ %sstate %s (%s)", place, name, textMember(y, "Type"))
		case y == nil:
			c.addLine("- %sstate %s (%s)", place, name, textMember(x, "Type"))
		default:
			c.compareState(place, name, x, y)
		}
	}
}

// compareState compares two states of a name. States inside of them come after their
// fields.
func (c *comparison) compareState(place, name string, a, b *value.Object) {
	fields := comparison{}
	var inside []func()
	for _, key := range keysOfBoth(a, b) {
		x, hasX := a.Get(key)
		y, hasY := b.Get(key)
		from, isA := x.(*value.Object)
		to, isB := y.(*value.Object)
		listA, _ := x.([]any)
		listB, _ := y.([]any)
		switch {
		case (key == "ItemProcessor" || key == "Iterator") && isA && isB:
			inside = append(inside, func() { c.compareStates(place+name+"/", from, to) })
		case key == "Branches" && hasX && hasY:
			for i := range max(len(listA), len(listB)) {
				branch := fmt.Sprintf("%s%s/Branches[%d]", place, name, i)
				switch {
				case i >= len(listA):
					inside = append(inside, func() { c.addLine("+ %s", branch) })
				case i >= len(listB):
					inside = append(inside, func() { c.addLine("- %s", branch) })
				default:
					x, _ := listA[i].(*value.Object)
					y, _ := listB[i].(*value.Object)
					inside = append(inside, func() { c.compareStates(branch+"/", x, y) })
				}
			}
		default:
			fields.compareMember("    ", key, a, b)
		}
	}
	if len(fields.lines) > 0 {
		c.addLine("~ %sstate %s", place, name)
		c.lines = append(c.lines, fields.lines...)
	}
	for _, compare := range inside {
		compare()
	}
}

// compareMember compares a member of two objects.
func (c *comparison) compareMember(place, key string, a, b *value.Object) {
	x, hasX := a.Get(key)
	y, hasY := b.Get(key)
	switch {
	case hasX && hasY:
		c.compareValues(place+key, x, y)
	case hasX:
		c.addLine("%s%s: %s is gone", place, key, shortJSON(x))
	case hasY:
		c.addLine("%s%s: %s is new", place, key, shortJSON(y))
	}
}

// compareValues compares two values of a field. Elements of arrays that are equal stay
// together, whatever comes between them.
func (c *comparison) compareValues(place string, x, y any) {
	if value.Equal(x, y) {
		return
	}
	a, isA := x.(*value.Object)
	b, isB := y.(*value.Object)
	if isA && isB {
		for _, key := range keysOfBoth(a, b) {
			c.compareMember(place+".", key, a, b)
		}
		return
	}
	listA, isA := x.([]any)
	listB, isB := y.([]any)
	if !isA || !isB || !hasObjects(listA) || !hasObjects(listB) {
		c.addLine("%s: %s -> %s", place, shortJSON(x), shortJSON(y))
		return
	}
	i, j := 0, 0 // of the elements that are compared next
	removed, added := 0, 0
	flush := func() { // pairs elements that were removed with those that were added there
		for k := range max(removed, added) {
			at := fmt.Sprintf("%s[%d]", place, i+k)
			switch {
			case k >= removed:
				c.addLine("%s[%d]: %s is new", place, j+k, shortJSON(listB[j+k]))
			case k >= added:
				c.addLine("%s: %s is gone", at, shortJSON(listA[i+k]))
			default:
				c.compareValues(at, listA[i+k], listB[j+k])
			}
		}
		i, j, removed, added = i+removed, j+added, 0, 0
	}
	for _, change := range diffLines(jsonLines(listA), jsonLines(listB)) {
		switch change.sign {
		case '-':
			removed++
		case '+':
			added++
		default:
			flush()
			i, j = i+1, j+1
		}
	}
	flush()
}

func hasObjects(list []any) bool {
	for _, v := range list {
		if _, ok := v.(*value.Object); ok {
			return true
		}
	}
	return false
}

func jsonLines(list []any) []string {
	lines := make([]string, len(list))
	for i, v := range list {
		lines[i] = value.String(v)
	}
	return lines
}

// keysOfBoth returns the keys of two objects, each once: those of a, and then those that
// only b has.
func keysOfBoth(a, b *value.Object) []string {
	keys := a.Keys()
	for _, key := range b.Keys() {
		if !a.Has(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func memberObject(o *value.Object, key string) *value.Object {
	v, _ := o.Get(key)
	member, _ := v.(*value.Object)
	return member
}

func textMember(o *value.Object, key string) string {
	v, _ := o.Get(key)
	text, _ := v.(string)
	return text
}

// shortJSON returns a value as JSON of at most 60 characters.
func shortJSON(v any) string {
	const most = 60
	text := []rune(strings.ToValidUTF8(value.String(v), "?"))
	if len(text) > most {
		return string(text[:most-1]) + "…"
	}
	return string(text)
}
