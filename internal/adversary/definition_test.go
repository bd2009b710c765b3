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
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var (
	hostileSteps = flag.Int("hostile.steps", 300_000, "the limit on the work of a state in hostile definitions; on AWS it is about 50 million")
	hostileOnly  = flag.String("hostile.only", "", "which hostile definitions to run, by a part of their name")
)

// mostMemory is how much memory a definition and its input may take besides
// themselves.
const mostMemory = 64 << 20

// measured is what one case took.
type measured struct {
	name       string
	peak, base int // bytes of heap and stacks, of which the base was there before
	work       int // of the Step that did most
	steps      int
	took       time.Duration
	end        string
}

// No definition takes more than mostMemory, or does more work in a Step than the
// limits say: a Step ends when StepExpressions are used up, but for the state that
// it is in, which has twice the steps of ExpressionSteps at most (see
// Limits.ExpressionSteps). Memory is that which the collector finds each time that
// the heap has grown by a fifth, in a process of its own; time is only printed.
func TestHostileDefinitions(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("it takes half a minute, and ten times as long under the race detector, where only one goroutine works")
	}
	all := runHostile(t)
	if *hostileOnly == "" {
		require.Len(t, all, len(hostileCases()))
		require.GreaterOrEqual(t, len(all), 200)
	}
	bound := 500_000 + 2**hostileSteps + 200_000 // and what is measured
	for i := range all {
		c := &all[i]
		if c.peak-c.base >= mostMemory {
			t.Errorf("%s: %d MiB", c.name, (c.peak-c.base)>>20)
		}
		if c.work > bound {
			t.Errorf("%s: %d steps of work in one Step, of %d", c.name, c.work, bound)
		}
	}
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.peak-b.base, a.peak-a.base) })
	printWorst(t, "memory", all)
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.work, a.work) })
	printWorst(t, "work", all)
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.took, a.took) })
	printWorst(t, "time", all)
}

func printWorst(t *testing.T, by string, all []measured) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MiB\twork of a Step\tSteps\ttime\tdefinition\tend")
	for _, c := range all[:min(10, len(all))] {
		fmt.Fprintf(w, "%.1f\t%d\t%d\t%v\t%s\t%.60s\n", float64(c.peak-c.base)/(1<<20), c.work, c.steps, c.took.Round(time.Millisecond), c.name, c.end)
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
	child := exec.Command(exe, "-test.run=^TestHostileChild$", fmt.Sprintf("-hostile.steps=%d", *hostileSteps), "-hostile.only="+*hostileOnly)
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
			c.work, _ = strconv.Atoi(fields[1])
			c.steps, _ = strconv.Atoi(fields[2])
			c.took, _ = time.ParseDuration(fields[3])
			c.end = fields[4]
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
	for _, c := range hostileCases() {
		if !strings.Contains(c.name, *hostileOnly) {
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
		work, steps, end := runDefinition([]byte(definition), input)
		took := time.Since(began)
		runtime.GC()
		end = strings.NewReplacer("\n", " ", "\t", " ").Replace(end)
		fmt.Fprintf(os.Stderr, "%s\t%d\t%d\t%v\t%.200s\n", endMark, work, steps, took, end)
	}
}

// largeOutput stands for an output that is made when it is given.
const largeOutput = "large"

// mostHostileSteps ends what would go on for ever.
const mostHostileSteps = 300

// runDefinition reads, checks, compiles and runs a definition, and returns the
// work of the Step that did most, how many Steps there were, and how it ended.
func runDefinition(definition []byte, input any) (most, steps int, end string) {
	m, err := asl.ParseValid(definition, asl.Options{})
	if err != nil {
		asl.Validate(definition, asl.Options{})
		return 0, 0, "refused: " + err.Error()[:min(len(err.Error()), 200)]
	}
	_ = asl.VariableReferences(m)
	p, err := machine.Compile(m, machine.Options{Limits: machine.Limits{ExpressionSteps: *hostileSteps}})
	if err != nil {
		return 0, 0, "refused: " + err.Error()[:min(len(err.Error()), 200)]
	}
	x := p.New(machine.Start{ID: "hostile", Input: input, Seed: [2]uint64{1, 2}})
	r := machine.Result{History: true}
	now := began
	queue := []machine.Event{{Kind: machine.Started}}
	large := strings.Repeat("x", 200_000)
	for x.Status == machine.Running {
		if len(queue) == 0 {
			at, ok := p.Wake(x)
			if !ok {
				return most, steps, "it waits"
			}
			now = at
			queue = append(queue, machine.Event{Kind: machine.Tick})
		}
		ev := queue[0]
		queue = queue[1:]
		if ev.Output == largeOutput {
			ev.Output = strings.Clone(large)
		}
		if steps++; steps > mostHostileSteps {
			ev = machine.Event{Kind: machine.Stopped}
		}
		if err := p.Step(x, ev, now, &r); err != nil {
			return most, steps, err.Error()
		}
		most = max(most, r.Work)
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
	end = x.Status.String()
	if x.Outcome.Error != nil {
		end += " " + *x.Outcome.Error
	}
	if x.Outcome.Cause != nil {
		end += ": " + (*x.Outcome.Cause)[:min(len(*x.Outcome.Cause), 200)]
	}
	return most, steps, end
}
