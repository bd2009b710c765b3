package graph

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

// requireSound checks the layout of a graph and of all groups inside.
func requireSound(t testing.TB, g *Graph) {
	t.Helper()
	c := layOut(&g.Group)
	require.Len(t, c.boxes, len(g.Nodes))
	requireCanvas(t, c)
}

type area struct{ x, y, w, h int }

func (a area) String() string { return fmt.Sprintf("%dx%d at %d,%d", a.w, a.h, a.x, a.y) }

// overlaps reports whether two areas have more than a border in common.
func (a area) overlaps(b area) bool {
	return a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h
}

func (a area) inside(b area) bool {
	return a.x >= b.x && a.y >= b.y && a.x+a.w <= b.x+b.w && a.y+a.h <= b.y+b.h
}

func (b *box) area() area { return area{b.x, b.y, b.w, b.h} }

// requireCanvas checks that boxes and labels stand apart and inside, that lines
// begin and end at the borders of their nodes and touch no other node.
func requireCanvas(t testing.TB, c *canvas) {
	t.Helper()
	all := area{0, 0, c.w, c.h}
	var taken []area
	boxes := make(map[*Node]area)
	for i := range c.boxes {
		b := &c.boxes[i]
		require.True(t, b.area().inside(all), "box %s in %s", b.area(), all)
		taken = append(taken, b.area())
		boxes[b.node] = b.area()
		text := 2 * padY
		for _, line := range b.text {
			require.LessOrEqual(t, textWidth(line.text, line.size), b.w-2*padX, line.text)
			text += line.height()
		}
		if b.node.Kind == State {
			require.LessOrEqual(t, text, b.h)
		}
		for _, f := range b.frames {
			require.LessOrEqual(t, text, f.y, "text above the groups")
		}
		requireFrames(t, b)
	}
	nodes := len(taken)
	for i := range c.lines {
		l := &c.lines[i]
		if len(l.label) > 0 {
			label := area{l.x, l.y, l.w, l.h}
			require.LessOrEqual(t, len(l.label)*smallHeight, l.h)
			for _, line := range l.label {
				require.LessOrEqual(t, textWidth(line.text, labelSize), l.w)
			}
			require.True(t, label.inside(all), "label %q at %s in %s", l.label, label, all)
			taken = append(taken, label)
		}
		requireLine(t, l, boxes, all)
	}
	requireApart(t, slices.Clone(taken))
	requireLinesApart(t, c.lines, taken[:nodes])
}

func requireFrames(t testing.TB, b *box) {
	t.Helper()
	var frames []area
	for _, f := range b.frames {
		require.LessOrEqual(t, f.in.w, f.w)
		require.LessOrEqual(t, f.in.h, f.h)
		a := area{f.x, f.y, f.w, f.h}
		require.True(t, a.inside(area{0, 0, b.w, b.h}))
		frames = append(frames, a)
		requireCanvas(t, f.in)
	}
	requireApart(t, frames)
}

// requireApart checks that areas do not overlap, by going down over them.
func requireApart(t testing.TB, areas []area) {
	t.Helper()
	slices.SortFunc(areas, func(a, b area) int { return a.y - b.y })
	for i, a := range areas {
		for _, b := range areas[i+1:] {
			if b.y >= a.y+a.h {
				break
			}
			if a.overlaps(b) {
				t.Fatalf("%s and %s", a, b)
			}
		}
	}
}

func requireLine(t testing.TB, l *line, boxes map[*Node]area, all area) {
	t.Helper()
	require.GreaterOrEqual(t, len(l.points), 2)
	for _, p := range l.points {
		require.True(t, area{p.x, p.y, 0, 0}.inside(all), "point %v in %s", p, all)
	}
	first, last := l.points[0], l.points[len(l.points)-1]
	for _, e := range l.edges {
		require.True(t, onBorder(first, boxes[e.From]), "%v of %s", first, boxes[e.From])
		require.True(t, onBorder(last, boxes[e.To]), "%v of %s", last, boxes[e.To])
	}
}

// onBorder allows for the slant of a Choice.
func onBorder(p point, a area) bool {
	inner := area{a.x + choiceSlant, a.y + 1, a.w - 2*choiceSlant, a.h - 2}
	return area{p.x, p.y, 0, 0}.inside(a) && !area{p.x, p.y, 0, 0}.inside(inner)
}

// requireLinesApart checks that no part of a line crosses a box.
func requireLinesApart(t testing.TB, lines []line, boxes []area) {
	t.Helper()
	deepest := 0
	slices.SortFunc(boxes, func(a, b area) int { return a.y - b.y })
	for _, b := range boxes {
		deepest = max(deepest, b.h)
	}
	for i := range lines {
		points := lines[i].points
		for j := 1; j < len(points); j++ {
			a, b := points[j-1], points[j]
			part := area{min(a.x, b.x), min(a.y, b.y), max(a.x, b.x) - min(a.x, b.x), max(a.y, b.y) - min(a.y, b.y)}
			from, _ := slices.BinarySearchFunc(boxes, part.y-deepest, func(b area, y int) int { return b.y - y })
			for _, box := range boxes[from:] {
				if box.y > part.y+part.h {
					break
				}
				inner := area{box.x + choiceSlant, box.y, box.w - 2*choiceSlant, box.h}
				if inner.overlaps(part) {
					t.Fatalf("line %s through %s", part, inner)
				}
			}
		}
	}
}

// random writes machines of random states.
type random struct {
	*rand.Rand
	left  int // states that may still be written
	count int
}

var pieces = []string{"Get", "Put order", "日本語", "a_long_name_with_many_parts_", "\"<&>'", "\n\t\\", "end", "😀", ";#35;|`", "x"}

func (r *random) name() string {
	r.count++
	return fmt.Sprintf("%s %d", pieces[r.IntN(len(pieces))], r.count)
}

func quoted(s string) string { return value.String(s) }

// states writes StartAt and States of at most n states, of which each may lead to
// any other.
func (r *random) states(n, depth int) string {
	n = max(1, min(n, r.left))
	r.left -= n
	names := make([]string, n)
	for i := range names {
		names[i] = r.name()
	}
	target := func(from int) string {
		if r.IntN(4) > 0 { // mostly forward
			return quoted(names[min(n-1, from+1+r.IntN(3))])
		}
		return quoted(names[r.IntN(n)])
	}
	var b strings.Builder
	fmt.Fprintf(&b, `"StartAt": %s, "States": {`, quoted(names[r.IntN(min(n, 2))]))
	for i, name := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: {%s}", quoted(name), r.state(i, depth, target))
	}
	b.WriteString("}")
	return b.String()
}

func (r *random) state(i, depth int, target func(int) string) string {
	next := `, "End": true`
	if r.IntN(5) > 0 {
		next = `, "Next": ` + target(i)
	}
	for r.IntN(3) == 0 && !strings.Contains(next, "Catch") {
		var catchers []string
		for range 1 + r.IntN(3) {
			catchers = append(catchers, `{"ErrorEquals": [`+quoted(r.name())+`], "Next": `+target(i)+`}`)
		}
		next += `, "Catch": [` + strings.Join(catchers, ", ") + `]`
	}
	plain, _, _ := strings.Cut(next, `, "Catch"`)
	kind := r.IntN(10)
	if depth == 0 && kind >= 8 {
		kind = 0
	}
	switch kind {
	case 0, 1, 2:
		return `"Type": "Task", "Resource": ` + quoted(r.name()) + next
	case 3:
		return `"Type": "Pass"` + plain
	case 4:
		return `"Type": "Wait", "Seconds": ` + fmt.Sprint(r.IntN(100000)) + plain
	case 5:
		return []string{`"Type": "Succeed"`, `"Type": "Fail", "Error": "E"`}[r.IntN(2)]
	case 6, 7:
		var rules []string
		for range 1 + r.IntN(6) {
			rules = append(rules, `{"Variable": "$.a", "StringEquals": `+quoted(r.name())+`, "Next": `+target(i)+`}`)
		}
		text := `"Type": "Choice", "Choices": [` + strings.Join(rules, ", ") + `]`
		if r.IntN(2) == 0 {
			text += `, "Default": ` + target(i)
		}
		return text
	case 8:
		return `"Type": "Map", "ItemProcessor": {` + r.states(1+r.IntN(6), depth-1) + `}` + next
	}
	var branches []string
	for range 1 + r.IntN(4) {
		branches = append(branches, `{`+r.states(1+r.IntN(4), depth-1)+`}`)
	}
	return `"Type": "Parallel", "Branches": [` + strings.Join(branches, ", ") + `]` + next
}

func randomMachine(seed uint64, n, depth int) string {
	r := random{Rand: rand.New(rand.NewPCG(seed, 1)), left: n}
	return `{` + r.states(n, depth) + `}`
}

// Whatever the machine, nothing stands on anything else and all can be read back.
func TestRandomMachines(t *testing.T) {
	race.OneGoroutine(t)
	for seed := range *seeds {
		n := 1 + int(seed)%40
		if seed%50 == 49 {
			n = 300
		}
		g := parse(t, randomMachine(seed, n, int(seed)%4))
		requireSound(t, g)
		requireXML(t, g.SVG())
		require.NotEmpty(t, g.Mermaid())
		require.NotEmpty(t, g.DOT())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzGraph(f *testing.F) {
	for seed := range uint64(20) {
		f.Add([]byte(randomMachine(seed, 4, 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 2_000 {
			return // checking all pairs of boxes takes its time
		}
		m, _ := asl.Parse(text)
		if m == nil {
			return
		}
		g := New(m)
		requireSound(t, g)
		requireXML(t, g.SVG())
		require.NotEmpty(t, g.Mermaid())
		require.NotEmpty(t, g.DOT())
	})
}

// Loops of a node to itself, and to what stands before it, on both sides.
func TestLoops(t *testing.T) {
	g := read(t, "loop")
	c := layOut(&g.Group)
	requireCanvas(t, c)
	loops, up := 0, 0
	for _, l := range c.lines {
		first, last := l.points[0], l.points[len(l.points)-1]
		if l.edges[0].From == l.edges[0].To {
			loops++
			require.Equal(t, first.x, last.x)
		}
		if last.y < first.y {
			up++
		}
	}
	require.Equal(t, 2, loops)
	require.Equal(t, 3, up)
}

// Many ways to one state cost one line, not one a layer each.
func TestManyCatchersOfOneTarget(t *testing.T) {
	for _, n := range []int{10, 1000} {
		var states []string
		for i := range n {
			states = append(states, fmt.Sprintf(`"S%d": {"Type": "Task", "Resource": "r", "Next": "S%d", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Handle"}]}`, i, i+1))
		}
		states = append(states, fmt.Sprintf(`"S%d": {"Type": "Succeed"}`, n), `"Handle": {"Type": "Fail"}`)
		g := parse(t, `{"StartAt": "S0", "States": {`+strings.Join(states, ",")+`}}`)
		requireSound(t, g)
		require.Less(t, len(g.SVG()), 3000*(n+5))
	}
}

func TestCrossingsAreCounted(t *testing.T) {
	require.Equal(t, 0, countInversions([]int{0, 1, 1, 2}, make([]int, 4)))
	require.Equal(t, 3, countInversions([]int{2, 1, 0}, make([]int, 4)))
	require.Equal(t, 2, countInversions([]int{1, 2, 0, 3}, make([]int, 5)))
}

// Two branches that cross as written do not cross as drawn.
func TestCrossingsAreReduced(t *testing.T) {
	g := parse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "L"}, {"Variable": "$", "IsNull": true, "Next": "M"}], "Default": "R"},
		"L": {"Type": "Pass", "Next": "X"}, "M": {"Type": "Pass", "Next": "Y"}, "R": {"Type": "Pass", "Next": "Z"},
		"Z": {"Type": "Fail"}, "Y": {"Type": "Fail"}, "X": {"Type": "Fail"}}}`)
	require.Zero(t, inOrder(&g.Group).countDisorder())
}

// inOrder returns the sheet of a group whose layers are in order.
func inOrder(g *Group) *sheet {
	s := &sheet{group: g}
	for _, n := range g.Nodes {
		s.addItem(measureNode(n))
	}
	s.bundleEdges()
	s.assignLayers()
	s.addItemsBetween()
	s.orderLayers()
	return s
}

// The first rule of a Choice is left of the second, and the Next of a state left of its
// Catchers, even if a line crosses for that.
func TestRulesFromLeftToRight(t *testing.T) {
	rule := func(to string) string { return `{"Variable": "$.a", "IsNull": true, "Next": "` + to + `"}` }
	catch := func(to ...string) string {
		return `"Catch": [{"ErrorEquals": ["` + strings.Join(to, `Error"], "Next": "`+to[0]+`"}, {"ErrorEquals": ["`) + `Error"], "Next": "` + to[len(to)-1] + `"}]`
	}
	for _, c := range []struct {
		name, states string
		want         disorder
	}{
		{"one rule leads past a Choice", `
			"Start": {"Type": "Choice", "Choices": [` + rule("Large") + `, ` + rule("Which") + `], "Default": "Small"},
			"Unreached": {"Type": "Pass", "Next": "Large"},
			"Which": {"Type": "Choice", "Choices": [` + rule("Large") + `], "Default": "Large"},
			"Small": {"Type": "Succeed"}, "Large": {"Type": "Succeed"}`, 0},
		{"two Catchers", `
			"Start": {"Type": "Task", "Resource": "r", "Next": "Done", ` + catch("Second", "First") + `},
			"First": {"Type": "Fail"}, "Done": {"Type": "Succeed"}, "Second": {"Type": "Fail"}`, 0},
		{"the rules around the middle one lead to one state", `
			"Start": {"Type": "Choice", "Choices": [` + rule("One") + `, ` + rule("Two") + `, ` + rule("Three") + `]},
			"One": {"Type": "Pass", "Next": "Last"}, "Two": {"Type": "Pass", "Next": "Other"}, "Three": {"Type": "Pass", "Next": "Last"},
			"Last": {"Type": "Succeed"}, "Other": {"Type": "Succeed"}`, crossing},
	} {
		g := parse(t, `{"StartAt": "Start", "States": {`+c.states+`}}`)
		requireSound(t, g)
		s := inOrder(&g.Group)
		require.Equal(t, c.want, s.countDisorder(), c.name)
	}
}

// large makes a machine larger than a definition may be: tasks that go on, or
// anywhere, and are caught by one of a few, or of all, others.
func large(n, handlers int, anywhere bool) *asl.StateMachine {
	r := rand.New(rand.NewPCG(1, 2))
	text := func(s string) asl.Opt[string] { return asl.Opt[string]{Value: s, Presence: asl.Present} }
	name := func(i int) string { return fmt.Sprintf("State %d", i) }
	m := &asl.StateMachine{StartAt: text(name(0)), States: &asl.States{}}
	for i := range n {
		next := min(i+1, n-1)
		if anywhere && r.IntN(2) == 0 {
			next = r.IntN(n)
		}
		m.States.List = append(m.States.List, &asl.TaskState{
			StateBase:  asl.StateBase{Name: name(i), Type: "Task"},
			Transition: asl.Transition{Next: text(name(next))},
			Work:       asl.Work{Catch: []asl.Catcher{{ErrorEquals: []string{"States.ALL"}, Next: text(name(n - 1 - r.IntN(handlers)))}}},
		})
	}
	return m
}

// Ten thousand states do not take much more than ten times what a thousand take.
func BenchmarkSVG(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		for _, c := range []struct {
			name     string
			handlers int
			anywhere bool
		}{{"line", 5, false}, {"anywhere", n, true}} {
			b.Run(fmt.Sprintf("%s-%d", c.name, n), func(b *testing.B) {
				m := large(n, c.handlers, c.anywhere)
				b.ReportAllocs()
				for b.Loop() {
					b.SetBytes(int64(len(New(m).SVG())))
				}
			})
		}
	}
}

func TestLargeMachines(t *testing.T) {
	race.OneGoroutine(t)
	requireSound(t, New(large(10_000, 5, false)))
	requireSound(t, New(large(1000, 1000, true)))
}

// Many branches stand in rows.
func TestManyBranches(t *testing.T) {
	var branches []string
	for i := range 60 {
		branches = append(branches, fmt.Sprintf(`{"StartAt": "B%d", "States": {"B%d": {"Type": "Pass", "End": true}}}`, i, i))
	}
	g := parse(t, `{"StartAt": "All", "States": {"All": {"Type": "Parallel", "End": true, "Branches": [`+strings.Join(branches, ",")+`]}}}`)
	requireSound(t, g)
	all := measureNode(g.Node("All"))
	require.Len(t, all.frames, 60)
	require.Less(t, all.w, 1500)
	require.Equal(t, all.frames[0].y, all.frames[branchesInRow-1].y)
	require.Less(t, all.frames[0].y, all.frames[branchesInRow].y)
}

// The names of containers are at their left, and have their whole width.
func TestTitlesOfContainers(t *testing.T) {
	const name = "Run the top level and what is recursive in parallel"
	var branches []string
	for i := range 5 {
		branches = append(branches, fmt.Sprintf(`{"StartAt": "B%d", "States": {"B%d": {"Type": "Pass", "End": true}}}`, i, i))
	}
	g := parse(t, `{"StartAt": "`+name+`", "States": {"`+name+`": {"Type": "Parallel", "End": true, "Branches": [`+strings.Join(branches, ",")+`]}}}`)
	requireSound(t, g)
	b := measureNode(g.Node(name))
	require.Equal(t, name, b.text[1].text)
	require.Regexp(t, `<text x="30" y="\d+" font-size="13" text-anchor="start"[^>]*>`+name, string(g.SVG()))
}

// The start and the end say so, and the processor of a Map is a stack.
func TestMarks(t *testing.T) {
	g := read(t, "trip")
	svg := string(g.SVG())
	require.Contains(t, svg, ">Start</text>")
	require.Contains(t, svg, ">End</text>")
	require.Equal(t, 3, strings.Count(svg, `class="frame deck"`))
	require.Contains(t, string(g.Mermaid()), `start(["Start"])`)
	require.Contains(t, string(g.DOT()), `label="End"`)
}

// Dashes of lines that come together would be one solid line if each began elsewhere.
func TestDashesComeTogether(t *testing.T) {
	points := []point{{0, 0}, {0, 50}, {40, 50}, {40, 90}, {70, 120}}
	require.Equal(t, "M10 20L10 64Q10 70 16 70L44 70Q50 70 50 76L50 110C50 125 80 125 80 133", linePath(points, 10, 20, false))
	require.Equal(t, "M80 133C80 125 50 125 50 110L50 76Q50 70 44 70L16 70Q10 70 10 64L10 20", linePath(points, 10, 20, true))
	g := parse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Task", "Resource": "a", "Next": "B", "Catch": [{"ErrorEquals": ["X"], "Next": "C"}]},
		"B": {"Type": "Task", "Resource": "b", "End": true, "Catch": [{"ErrorEquals": ["X"], "Next": "C"}]},
		"C": {"Type": "Succeed"}}}`)
	starts := regexp.MustCompile(`data-edge="s[12]-s3-catch" d="(M\d+ \d+)[^z]*" fill="none"`).FindAllStringSubmatch(string(g.SVG()), -1)
	require.Len(t, starts, 2)
	require.Equal(t, starts[0][1], starts[1][1], "at the arrow")
}

// No line of a detail begins or ends with the sign between its parts.
func TestDetailBreaksBetweenItsParts(t *testing.T) {
	g := parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true, "Resource": "arn:aws:states:::aws-sdk:s3:deleteObjects",
		"TimeoutSeconds": 100, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 6}]}}}`)
	text := nodeText(g.Node("A"), 0)
	require.Len(t, text, 3, "two lines of detail, and the name")
	for _, line := range text {
		require.Equal(t, strings.Trim(line.text, " ·"), line.text)
	}
	g = parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"TimeoutSeconds": 1296000}}}`)
	text = nodeText(g.Node("A"), 0)
	require.Equal(t, []string{"Task · sqs:sendMessage · callback", "timeout 15 d", "A"}, []string{text[0].text, text[1].text, text[2].text})
}

// A status that is too long loses its duration, and then its last parts, not the end of one.
func TestStatusThatIsTooLong(t *testing.T) {
	r := &Run{Outcome: Caught, Entered: 1, Attempts: 2, Error: "CardDeclined", Shortest: time.Second, Longest: time.Second}
	const status, untimed = "! CardDeclined · 1 s · ↻ 1", "! CardDeclined · ↻ 1"
	require.Equal(t, status, fittingStatus(r, textWidth(status, smallSize)))
	require.Equal(t, untimed, fittingStatus(r, textWidth(status, smallSize)-1))
	require.Equal(t, "! CardDeclined", fittingStatus(r, textWidth(untimed, smallSize)-1))
	require.Equal(t, "! CardDeclined", fittingStatus(r, 1))
}
