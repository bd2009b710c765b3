package adversary

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var (
	hostileSeconds = flag.Int("hostile.seconds", 1, "after how many seconds hostile definitions time out; 0 for never")
	hostileAll     = flag.Bool("hostile.all", false, "run all hostile definitions, which takes half a minute, and not one of sixteen")
	hostileOnly    = flag.String("hostile.only", "", "which hostile definitions to run, by a part of their name")
)

const (
	// mostMemory is how much memory an execution may take, over its definition and
	// input.
	mostMemory = 64 << 20
	// mostLate is how much work may be done after a deadline, and between two calls
	// of Result.Meanwhile: a second.
	mostLate = int(time.Second / stepTime)
	// stepTime is the time that the clock of these tests advances for a step of work,
	// which is about the most that one takes (see BenchmarkStep in jsonata, jsonpath
	// and intrinsics).
	stepTime = 100 * time.Nanosecond
)

// measured is what one case took.
type measured struct {
	name       string
	peak, base int // bytes of heap and stacks, of which the base was there before
	ran
	took time.Duration
}

// ran is what the Steps of one case did, each where it was most.
type ran struct {
	late  int // steps of work after the deadline, in one Step
	gap   int // steps of work without a look
	work  int // steps of work in all
	steps int // Steps
	end   string
}

// With the default limits no definition takes more than mostMemory, and none does
// more than mostLate after its deadline. The clock shows the work done, so that the
// test is the same on every machine. Memory is that which the collector finds each
// time that the heap has grown by a fifth, in a process of its own; time is only
// printed.
func TestHostileDefinitions(t *testing.T) {
	race.OneGoroutine(t)
	all := runHostile(t)
	switch {
	case *hostileOnly != "":
	case !*hostileAll:
		require.Len(t, all, (len(hostileCases())+15)/16)
	default:
		require.Len(t, all, len(hostileCases()))
		require.GreaterOrEqual(t, len(all), 200)
	}
	for i := range all {
		c := &all[i]
		if c.peak-c.base >= mostMemory {
			t.Errorf("%s: %d MiB", c.name, (c.peak-c.base)>>20)
		}
		if c.late > mostLate {
			t.Errorf("%s: %d steps of work after the deadline", c.name, c.late)
		}
		if c.gap > mostLate {
			t.Errorf("%s: %d steps of work without a look", c.name, c.gap)
		}
	}
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.peak-b.base, a.peak-a.base) })
	printWorst(t, "memory", all)
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.late, a.late) })
	printWorst(t, "work after the deadline", all)
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.gap, a.gap) })
	printWorst(t, "work without a look", all)
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.took, a.took) })
	printWorst(t, "time", all)
}

func printWorst(t *testing.T, by string, all []measured) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MiB\tlate\tgap\twork\tns/step\tSteps\ttime\tdefinition\tend")
	for _, c := range all[:min(10, len(all))] {
		fmt.Fprintf(w, "%.1f\t%d\t%d\t%d\t%d\t%d\t%v\t%s\t%.60s\n", float64(c.peak-c.base)/(1<<20), c.late, c.gap, c.work,
			int(c.took)/max(c.work, 1), c.steps, c.took.Round(time.Millisecond), c.name, c.end)
	}
	w.Flush()
	t.Logf("%d definitions, the ten worst by %s:\n%s", len(all), by, b.String())
}

const (
	childMark = "hostile child"
	mark      = "hostile: "
	beginMark = mark + "begin"
	endMark   = mark + "end"
)

// collected is a line that the collector writes: the heap before, after, and what
// of it lives, and the stacks.
var collected = regexp.MustCompile(` (\d+)->(\d+)->(\d+) MB, \d+ MB goal, (\d+) MB stacks`)

// runHostile runs all cases in a process whose collector tells what it finds.
func runHostile(t *testing.T) []measured {
	exe, err := os.Executable()
	require.NoError(t, err)
	child := exec.Command(exe, "-test.run=^TestHostileChild$", fmt.Sprintf("-hostile.seconds=%d", *hostileSeconds), "-hostile.only="+*hostileOnly, fmt.Sprintf("-hostile.all=%t", *hostileAll))
	child.Env = append(os.Environ(), "HOSTILE_CHILD="+childMark, "GOGC=20", "GODEBUG=gctrace=1", "GOMEMLIMIT=off")
	pipe, err := child.StderrPipe()
	require.NoError(t, err)
	var out strings.Builder
	child.Stdout = &out
	require.NoError(t, child.Start())
	var all []measured
	var last []string
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := collected.FindStringSubmatch(line); m != nil {
			if len(all) > 0 {
				all[len(all)-1].sawHeap(m)
			}
			continue
		}
		if at := strings.Index(line, mark); at >= 0 { // the collector may have begun a line
			line = line[at:]
		}
		fields := strings.Split(line, "\t")
		switch fields[0] {
		case beginMark:
			base, _ := strconv.Atoi(fields[2])
			all = append(all, measured{name: fields[1], base: base, peak: base})
		case endMark:
			c := &all[len(all)-1]
			for i, n := range []*int{&c.late, &c.gap, &c.work, &c.steps} {
				*n, _ = strconv.Atoi(fields[1+i])
			}
			c.took, _ = time.ParseDuration(fields[5])
			c.end = fields[6]
		default:
			last = append(last[max(0, len(last)-20):], line)
		}
	}
	require.NoError(t, lines.Err())
	if err := child.Wait(); err != nil {
		doing := "before the first"
		if len(all) > 0 {
			doing = "in " + all[len(all)-1].name
		}
		t.Fatalf("%v: %s\n%s%s", err, doing, strings.Join(last, "\n"), out.String())
	}
	return all
}

func (c *measured) sawHeap(m []string) {
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	// The lines round down.
	c.peak = max(c.peak, (max(n[0], n[1], n[2])+n[3])<<20)
}

// TestHostileChild is the process that TestHostileDefinitions measures.
func TestHostileChild(t *testing.T) {
	if os.Getenv("HOSTILE_CHILD") != childMark {
		t.Skip("it is part of TestHostileDefinitions")
	}
	for i, c := range hostileCases() {
		if !strings.Contains(c.name, *hostileOnly) || *hostileOnly == "" && !*hostileAll && i%16 != 0 {
			continue
		}
		definition := c.definition()
		require.LessOrEqual(t, len(definition), maxText, c.name)
		require.LessOrEqual(t, len(c.input), maxText, c.name)
		input, err := value.ParseString(c.input)
		require.NoError(t, err, c.name)
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(os.Stderr, "%s\t%s\t%d\n", beginMark, c.name, m.HeapAlloc+m.StackInuse)
		began := time.Now()
		r := runDefinition([]byte(definition), input)
		took := time.Since(began)
		runtime.GC()
		end := strings.NewReplacer("\n", " ", "\t", " ").Replace(r.end)
		fmt.Fprintf(os.Stderr, "%s\t%d\t%d\t%d\t%d\t%v\t%.200s\n", endMark, r.late, r.gap, r.work, r.steps, took, end)
	}
}

// largeOutput stands for an output that is made when it is given.
const largeOutput = "large"

// mostHostileSteps ends what would go on for ever.
const mostHostileSteps = 300

// runDefinition reads, checks, compiles and runs a definition with a clock that
// shows the work done.
func runDefinition(definition []byte, input any) (did ran) {
	refused := func(err error) ran {
		return ran{end: "refused: " + err.Error()[:min(len(err.Error()), 200)]}
	}
	m, err := asl.ParseValid(definition, asl.Options{})
	if err != nil {
		asl.Validate(definition, asl.Options{})
		return refused(err)
	}
	_ = asl.VariableReferences(m)
	o := machine.Options{Limits: machine.Limits{Duration: time.Duration(*hostileSeconds) * time.Second}}
	p, err := machine.Compile(m, o)
	if err != nil {
		return refused(err)
	}
	x := p.New(machine.Start{ID: "hostile", Input: input, Seed: [2]uint64{1, 2}})
	now, deadline := began, began.Add(cmp.Or(o.Limits.Duration, 365*24*time.Hour))
	r := machine.Result{History: true}
	looked := 0
	look := func() {
		did.gap = max(did.gap, r.Work-looked)
		looked = r.Work
	}
	r.Meanwhile = func() (time.Time, *machine.Event) {
		look()
		return now.Add(time.Duration(r.Work) * stepTime), nil
	}
	queue := []machine.Event{{Kind: machine.Started}}
	large := strings.Repeat("x", 200_000)
	for x.Status == machine.Running {
		if len(queue) == 0 {
			at, ok := p.Wake(x)
			if !ok {
				did.end = "it waits"
				return did
			}
			now = at
			queue = append(queue, machine.Event{Kind: machine.Tick})
		}
		ev := queue[0]
		queue = queue[1:]
		if ev.Output == largeOutput {
			ev.Output = strings.Clone(large)
		}
		if did.steps++; did.steps > mostHostileSteps {
			ev = machine.Event{Kind: machine.Stopped}
		}
		looked = 0
		if err := p.Step(x, ev, now, &r); err != nil {
			did.end = err.Error()
			return did
		}
		look()
		did.work += r.Work
		due := max(0, int(deadline.Sub(now)/stepTime))
		did.late = max(did.late, r.Work-due)
		now = now.Add(time.Duration(r.Work) * stepTime)
		for i := range r.Commands {
			c := &r.Commands[i]
			switch {
			case c.Kind == machine.Yield:
				queue = append([]machine.Event{{Kind: machine.Tick}}, queue...)
			case c.Kind != machine.StartTask:
			case c.Resource.Name == "echo":
				queue = append(queue, machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: c.Input})
			case c.Resource.Name == "large":
				queue = append(queue, machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: largeOutput})
			case c.Resource.Name == "fails":
				name, cause := "Boom", large
				queue = append(queue, machine.Event{Kind: machine.TaskFailed, Task: c.Task, Error: &name, Cause: &cause})
			}
		}
	}
	did.end = x.Status.String()
	if x.Outcome.Error != nil {
		did.end += " " + *x.Outcome.Error
	}
	if x.Outcome.Cause != nil {
		did.end += ": " + (*x.Outcome.Cause)[:min(len(*x.Outcome.Cause), 200)]
	}
	return did
}
