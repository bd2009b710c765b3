package asltest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// ReplayFolder is [Replay] for every file *.json in a folder, such as last month's
// executions against today's definition. A file's name up to its first dot is the name of
// its execution. It fails if one of them differs, and says which do, and at which event.
//
// With [Before], it also says which changes of the definition make them differ.
//
//	asltest.ReplayFolder(t, asltest.Load(t, "order.asl.json"), "testdata/march",
//		asltest.Before(asltest.Load(t, "testdata/march/order.asl")))
//
// A child of a Map Run has a history of its own, and cannot be replayed as an execution of
// the machine.
func ReplayFolder(t testing.TB, p *Program, folder string, options ...Option) {
	t.Helper()
	if p == nil {
		t.Fatal("asltest: the program is nil")
	}
	files, err := filepath.Glob(filepath.Join(escapeGlob(folder), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("asltest: ReplayFolder: there are no files *.json in the folder %s", folder)
	}
	f := &folderReplay{t: t, program: p, options: options}
	for _, file := range files {
		f.replayFile(file)
	}
	if len(f.groups) > 0 {
		t.Fatalf("asltest: %d of %s differ from this definition\n%s", f.differing, pluralize(len(files), "recorded execution"), f.reportGroups())
	}
	t.Logf("asltest: %s replayed without a difference", pluralize(len(files), "recorded execution"))
}

// Before tells [ReplayFolder] the definition under which the recorded executions ran.
func Before(p *Program) Option {
	return option(func(c *config) {
		if p == nil {
			c.addProblem("Before(nil): the program is nil")
		}
		c.before = p
	})
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(path)
}

// folderReplay collects the executions that differ.
type folderReplay struct {
	t         testing.TB
	program   *Program
	options   []Option
	differing int
	groups    []*replayGroup
}

// replayGroup has the executions that differ for the same reason.
type replayGroup struct {
	reason string
	lines  []string
}

func (f *folderReplay) addLine(reason, line string) {
	f.differing++
	i := slices.IndexFunc(f.groups, func(g *replayGroup) bool { return g.reason == reason })
	if i < 0 {
		i = len(f.groups)
		f.groups = append(f.groups, &replayGroup{reason: reason})
	}
	f.groups[i].lines = append(f.groups[i].lines, line)
}

// listedFiles is how many executions of a group are listed.
const listedFiles = 5

func (f *folderReplay) reportGroups() string {
	var b strings.Builder
	for _, g := range f.groups {
		fmt.Fprintf(&b, "%s: %s\n", g.reason, pluralize(len(g.lines), "execution"))
		for i, line := range g.lines {
			if i == listedFiles {
				fmt.Fprintf(&b, "  and %d more\n", len(g.lines)-i)
				break
			}
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

func (f *folderReplay) replayFile(file string) {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	text, err := os.ReadFile(file)
	var events []history.Event
	if err == nil {
		events, err = readRecording(text)
	}
	if err != nil {
		f.addLine("not replayed", fmt.Sprintf("%s %v", file, err))
		return
	}
	c := config{name: name}
	for _, o := range f.options {
		if o != nil {
			o.apply(&c)
		}
	}
	if len(c.problems) > 0 {
		f.t.Fatalf("asltest: %s", strings.Join(c.problems, "\n"))
	}
	differs := func(p *Program) string { // each run needs options of its own
		own := c
		x, src, problem := replay(f.t, p, events, &own)
		difference := src.compareRun(x)
		if difference == "" && problem == "" && p == f.program {
			recordCoverage(x)
		}
		if difference == "" {
			difference = problem
		}
		line, _, _ := strings.Cut(difference, "\n")
		if src.first != "" {
			line = src.first
		}
		return line
	}
	difference := differs(f.program)
	if difference == "" {
		return
	}
	reason := "for reasons that are not known: add asltest.Before"
	if c.before != nil {
		reason = explainDifference(c.before, f.program, func(p *Program) bool { return differs(p) != "" })
	}
	f.addLine(reason, file+": "+difference)
}

// explainDifference says which changes make an execution differ: those that must be
// undone, together, for it to replay.
func explainDifference(before, after *Program, differs func(*Program) bool) string {
	if differs(before) {
		return "also from the definition before"
	}
	a, b := definitionOf(before), definitionOf(after)
	if a == nil || b == nil {
		return "for changes that cannot be told"
	}
	var changes []change
	findChanges(&changes, nil, a, b)
	undone := changes
	for last := len(undone) + 1; len(undone) < last; { // some can be made only after others
		last = len(undone)
		for _, c := range undone {
			fewer := slices.DeleteFunc(slices.Clone(undone), func(u change) bool { return u.name() == c.name() })
			if p := compileWithout(after, b, fewer); p != nil && !differs(p) {
				undone = fewer
			}
		}
	}
	var texts []string
	for _, c := range undone {
		texts = append(texts, c.describeChange())
	}
	if len(texts) == 0 {
		return "because of the options of the program"
	}
	return "because of " + strings.Join(texts, "; and ")
}

func definitionOf(p *Program) *value.Object {
	text, err := asl.MarshalUncommented(p.Machine())
	if err != nil {
		return nil
	}
	v, _ := value.Parse(text)
	o, _ := v.(*value.Object)
	return o
}

// compileWithout compiles a definition without some of its changes. It returns nil if it is
// not valid so.
func compileWithout(like *Program, definition *value.Object, undone []change) *Program {
	for _, c := range undone {
		definition = c.undo(definition, c.path)
	}
	m, err := asl.Parse(value.Append(nil, definition))
	if err != nil {
		return nil
	}
	p, err := machine.Compile(m, like.Options())
	if err != nil {
		return nil
	}
	return p
}

// change is a field of a definition, of a state or of a branch, that is different.
type change struct {
	path       []string // of member names and, within Branches, indexes
	key        string
	before     any
	after      any
	gone, made bool // there is nothing after, or nothing before
}

func (c change) name() string { return strings.Join(append(slices.Clone(c.path), c.key), ".") }

func (c change) describeChange() string {
	d := &pathDiff{change: true}
	switch {
	case c.gone:
		d.addMissing(c.name(), c.before)
	case c.made:
		d.addUnwanted(c.name(), c.after)
	default:
		d.compare(c.name(), c.before, c.after)
	}
	return strings.Join(d.lines, ", ")
}

// findChanges compares machines, branches, states and their containers. All else is one
// field.
func findChanges(all *[]change, path []string, a, b *value.Object) {
	names := append(a.Keys(), b.Keys()...)
	slices.Sort(names)
	for _, key := range slices.Compact(names) {
		x, before := a.Get(key)
		y, after := b.Get(key)
		if value.Equal(x, y) && before == after {
			continue
		}
		within := append(slices.Clone(path), key)
		inner, ok := x.(*value.Object)
		other, too := y.(*value.Object)
		if ok && too && isContainer(path, key) {
			findChanges(all, within, inner, other)
			continue
		}
		list, ok := x.([]any)
		others, too := y.([]any)
		if key == "Branches" && ok && too && len(list) == len(others) {
			for i := range list {
				one, _ := list[i].(*value.Object)
				two, _ := others[i].(*value.Object)
				if one != nil && two != nil {
					findChanges(all, append(slices.Clone(within), fmt.Sprint(i)), one, two)
				}
			}
			continue
		}
		*all = append(*all, change{path: path, key: key, before: x, after: y, gone: !after, made: !before})
	}
}

// isContainer reports whether a member has states or is one.
func isContainer(path []string, key string) bool {
	if len(path) > 0 && path[len(path)-1] == "States" {
		return true
	}
	return key == "States" || key == "ItemProcessor" || key == "Iterator"
}

// undo returns an object at the first part of the path with the field as it was.
func (c change) undo(o *value.Object, path []string) *value.Object {
	if len(path) == 0 {
		if c.made {
			return o.Without(c.key)
		}
		return o.With(c.key, c.before)
	}
	member, _ := o.Get(path[0])
	switch member := member.(type) {
	case *value.Object:
		return o.With(path[0], c.undo(member, path[1:]))
	case []any:
		items := slices.Clone(member)
		for i, item := range items {
			if branch, ok := item.(*value.Object); ok && len(path) > 1 && fmt.Sprint(i) == path[1] {
				items[i] = c.undo(branch, path[2:])
			}
		}
		return o.With(path[0], items)
	}
	return o
}
