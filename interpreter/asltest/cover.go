package asltest

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

var (
	coverFlag     = flag.String("asl.cover", "", "write the coverage of the state machines as a page into this `file`")
	thresholdFlag = flag.String("asl.threshold", "", "fail where the coverage of a state machine is below so many `percent`: 90, or 90,NAME=75")
)

// covered holds the coverage of every machine that this test binary ran. Keys are
// the machine's name and digest.
var covered = struct {
	sync.Mutex
	machines map[string]*coverage
	sources  map[string]string // texts of definitions by digest
}{machines: make(map[string]*coverage), sources: make(map[string]string)}

// pointKind is the kind of a coverage point.
type pointKind int

const (
	pointState pointKind = iota
	pointTransition
	pointRule
	pointRetrier
	pointCatcher
)

var pointKinds = [...]string{"states", "transitions", "rules", "Retriers", "Catchers"}

// place identifies a point without formatting a string. to is the target state of a
// transition, which may be from the start (state is empty) or to the end (to is empty); index is that of a rule, Retrier or Catcher, or -1 for Default.
type place struct {
	kind  pointKind
	state string
	to    string
	index int
}

// point is one part of a definition that a test can cover. Choice rules and Catchers are
// points; the transitions of which they are the cause are not points of their own.
type point struct {
	place
	node  asl.Node
	label string
	next  string // the target of a Catcher
	count int
}

// coverage is the coverage of one definition by all runs.
type coverage struct {
	name     string
	digest   string
	machine  *asl.StateMachine
	source   string   // the text of machine; empty: unknown
	packages []string // that ran it; empty: this one
	runs     int
	points   []*point
	byPlace  map[place]*point
}

func newCoverage(name, digest string, m *asl.StateMachine) *coverage {
	c := &coverage{name: name, digest: digest, machine: m, byPlace: make(map[place]*point)}
	for st := range m.All() {
		b := st.Base()
		c.addPoint(place{kind: pointState, state: b.Name}, b.Node, b.Name)
		if next := transitionOf(st).Next; next.IsSet() {
			c.addPoint(place{kind: pointTransition, state: b.Name, to: next.Value}, b.Node, b.Name+" → "+next.Value)
		}
		if choice, ok := st.(*asl.ChoiceState); ok {
			for i, r := range choice.Choices {
				c.addPoint(place{kind: pointRule, state: b.Name, index: i}, r.Node, fmt.Sprintf("%s: Choices[%d] → %s", b.Name, i, r.Next.Value))
			}
			if choice.Default.IsSet() {
				c.addPoint(place{kind: pointRule, state: b.Name, index: -1}, b.Node, fmt.Sprintf("%s: Default → %s", b.Name, choice.Default.Value))
			}
		}
		if w := workOf(st); w != nil {
			for i, r := range w.Retry {
				c.addPoint(place{kind: pointRetrier, state: b.Name, index: i}, r.Node, fmt.Sprintf("%s: Retry[%d] of %s", b.Name, i, strings.Join(r.ErrorEquals, ", ")))
			}
			for i, k := range w.Catch {
				c.addPoint(place{kind: pointCatcher, state: b.Name, index: i}, k.Node, fmt.Sprintf("%s: Catch[%d] of %s → %s", b.Name, i, strings.Join(k.ErrorEquals, ", "), k.Next.Value)).next = k.Next.Value
			}
		}
	}
	for _, st := range m.States.List {
		b := st.Base()
		if b.Name == m.StartAt.Value {
			c.addPoint(place{kind: pointTransition, to: b.Name}, b.Node, "start → "+b.Name)
		}
		if _, succeeds := st.(*asl.SucceedState); succeeds || transitionOf(st).End.Value {
			c.addPoint(place{kind: pointTransition, state: b.Name}, b.Node, b.Name+" → end")
		}
	}
	return c
}

func (c *coverage) addPoint(at place, node asl.Node, text string) *point {
	if p := c.byPlace[at]; p != nil {
		return p
	}
	p := &point{place: at, node: node, label: text}
	c.points, c.byPlace[at] = append(c.points, p), p
	return p
}

func workOf(st asl.State) *asl.Work {
	switch st := st.(type) {
	case *asl.TaskState:
		return &st.Work
	case *asl.ParallelState:
		return &st.Work
	case *asl.MapState:
		return &st.Work
	}
	return nil
}

func transitionOf(st asl.State) asl.Transition {
	switch st := st.(type) {
	case *asl.PassState:
		return st.Transition
	case *asl.TaskState:
		return st.Transition
	case *asl.WaitState:
		return st.Transition
	case *asl.ParallelState:
		return st.Transition
	case *asl.MapState:
		return st.Transition
	}
	return asl.Transition{}
}

// recordCoverage adds what a run has done since the latest call to the coverage of its
// machine.
func recordCoverage(x *Execution) {
	covered.Lock()
	defer covered.Unlock()
	key := x.program.Options().StateMachineName + " " + x.program.Digest()
	c := covered.machines[key]
	if c == nil {
		c = newCoverage(x.program.Options().StateMachineName, x.program.Digest(), x.program.Machine())
		covered.machines[key] = c
	}
	if x.run.coveredEvents == 0 {
		c.runs++
	}
	c.countRun(x.run)
}

// countRun counts an execution and the children of its Map Runs.
func (c *coverage) countRun(r *runner) {
	c.countEvents(r.events, r.coveredEvents, r.child == nil)
	for _, d := range r.decisions[r.coveredDecisions:] {
		c.hitPoint(place{kind: ruleOf[d.Kind], state: d.State, index: d.Index})
		if d.Kind == machine.MatchedCatcher {
			c.discountNext(d.State, d.Index)
		}
	}
	r.coveredEvents, r.coveredDecisions = len(r.events), len(r.decisions)
	for _, m := range r.maps {
		for _, k := range m.children {
			c.countRun(k)
		}
	}
}

// discountNext takes back what the transition by a Catcher counts as one by Next, if both
// lead to the same state.
func (c *coverage) discountNext(state string, catcher int) {
	if k := c.byPlace[place{kind: pointCatcher, state: state, index: catcher}]; k != nil {
		if p := c.byPlace[place{kind: pointTransition, state: state, to: k.next}]; p != nil {
			p.count--
		}
	}
}

func (c *coverage) hitPoint(at place) {
	if p := c.byPlace[at]; p != nil {
		p.count++
	}
}

var ruleOf = map[machine.DecisionKind]pointKind{
	machine.ChoseRule:      pointRule,
	machine.ChoseDefault:   pointRule,
	machine.MatchedRetrier: pointRetrier,
	machine.MatchedCatcher: pointCatcher,
}

// countEvents counts the events after a number of them. Only those of the whole machine
// start and end at its top level.
func (c *coverage) countEvents(events []history.Event, after int, whole bool) {
	for i := after; i < len(events); i++ {
		e := &events[i]
		var left string // the state whose exit caused this event
		if e.Previous > 0 && events[e.Previous-1].Type.IsStateExited() {
			left = events[e.Previous-1].Name
		}
		switch {
		case e.Type == history.ExecutionSucceeded:
			if whole {
				c.hitPoint(place{kind: pointTransition, state: left})
			}
		case !e.Type.IsStateEntered():
		case left != "":
			c.hitPoint(place{kind: pointState, state: e.Name})
			c.hitPoint(place{kind: pointTransition, state: left, to: e.Name})
		default:
			c.hitPoint(place{kind: pointState, state: e.Name})
			if e.Previous == 0 && whole {
				c.hitPoint(place{kind: pointTransition, to: e.Name})
			}
		}
	}
}

// countPoints returns how many points of a kind were reached, and how many there
// are.
func (c *coverage) countPoints(kind pointKind) (hit, all int) {
	for _, p := range c.points {
		if p.kind == kind {
			all++
			if p.count > 0 {
				hit++
			}
		}
	}
	return hit, all
}

func (c *coverage) countAll() (hit, all int) {
	for kind := range pointKinds {
		h, a := c.countPoints(pointKind(kind))
		hit, all = hit+h, all+a
	}
	return hit, all
}

func (c *coverage) hitPercent() float64 {
	hit, all := c.countAll()
	return 100 * float64(hit) / float64(max(1, all))
}

func (c *coverage) summaryLine() string {
	var parts []string
	for kind, name := range pointKinds {
		if hit, all := c.countPoints(pointKind(kind)); all > 0 {
			parts = append(parts, fmt.Sprintf("%s %d/%d", name, hit, all))
		}
	}
	return fmt.Sprintf("asl coverage: %s %.1f%% (%s) in %s", c.name, c.hitPercent(), strings.Join(parts, ", "), pluralize(c.runs, "run"))
}

// uncoveredPoints lists the points that no run reached, with their positions.
func (c *coverage) uncoveredPoints() []string {
	var all []string
	for _, p := range c.points {
		if p.count == 0 {
			all = append(all, fmt.Sprintf("%d:%d: %s %s", p.node.Pos.Line, p.node.Pos.Column, strings.TrimSuffix(pointKinds[p.kind], "s"), p.label))
		}
	}
	return all
}

// Main runs the tests of a package, reports the coverage of each machine that they
// ran, and exits. It reports a machine if -v is given or if its coverage is below
// -asl.threshold percent, which also fails the tests: 90 for all machines, or
// 90,Order=100,Legacy=50 with others for some. Any other value is refused before a test
// runs, with exit code 2. Main warns on standard error of a name that no machine which they
// ran has: another package may run it. With -asl.cover=FILE it writes an HTML page. FILE is
// relative to the folder of the package; an absolute path collects several packages on one
// page, where a machine has what all of them cover together. FILE.d keeps what each package
// has covered when it was tested last: remove it to begin anew.
// [MergeCoverage] merges such folders. Main does not return.
//
//	func TestMain(m *testing.M) { asltest.Main(m) }
func Main(m *testing.M) {
	if !flag.Parsed() {
		flag.Parse()
	}
	limits, err := parseThresholds(*thresholdFlag)
	if err != nil {
		fmt.Fprintf(os.Stderr, "asltest: -asl.threshold: %v\n", err)
		os.Exit(2)
	}
	os.Exit(reportCoverage(m.Run(), limits, os.Stdout, os.Stderr))
}

func reportCoverage(code int, limits thresholds, w, warnings io.Writer) int {
	all := coveredMachines()
	for _, unknown := range limits.unknownNames(all) {
		fmt.Fprintf(warnings, "asltest: -asl.threshold: %s ran no machine %s\n", packagePath(), unknown)
	}
	if !limits.reportBelow(w, all, testing.Verbose()) {
		code = max(code, 1)
	}
	if *coverFlag != "" {
		part, err := newPart(all)
		if err == nil {
			err = writePage(*coverFlag, part)
		}
		if err != nil {
			fmt.Fprintf(w, "FAIL: asltest: %v\n", err)
			code = max(code, 1)
		}
	}
	return code
}

func coveredMachines() []*coverage {
	covered.Lock()
	defer covered.Unlock()
	var all []*coverage
	for _, key := range sortedKeys(covered.machines) {
		all = append(all, covered.machines[key])
	}
	slices.SortStableFunc(all, func(a, b *coverage) int { return cmp.Compare(a.name, b.name) })
	return all
}
