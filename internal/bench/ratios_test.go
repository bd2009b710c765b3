package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// Each side of a pair is measured so often, for so long, in turns.
const (
	ratioRounds = 5
	ratioTime   = 60 * time.Millisecond
)

// TestRatios prints the table of all pairs, or of one: -run 'TestRatios/Choice'. It
// measures and asserts nothing: a slow machine is no bug. Each number is the median
// of several rounds, in which both sides take turns. The ratio is that of the
// processor time, which includes the garbage collector's, and which other programs
// disturb less than wall time.
func TestRatios(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("prints a table: run with -v")
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tper\twall ns\tCPU ns\tby hand, wall\tCPU\tratio\tallocations\tbytes")
	for _, p := range pairs {
		t.Run(p.name, func(*testing.T) {
			ours, hand := p.compare()
			fmt.Fprintf(w, "%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f\t%.2f\t%.0f\n", p.name, p.unit,
				ours.wall, ours.cpu, hand.wall, hand.cpu, ours.cpu/hand.cpu, ours.allocs, ours.bytes)
		})
	}
	_ = w.Flush()
	fmt.Println("load:", load())
}

// timing is what one unit of some work took.
type timing struct{ wall, cpu, allocs, bytes float64 }

// compare measures both sides of a pair in turns, and returns the medians.
func (p *pair) compare() (ours, hand timing) {
	testing.Benchmark(func(b *testing.B) {
		if b.N > 1 {
			return // the first call has measured all
		}
		sides := [2]func(){p.ours(b), p.byHand(b)}
		var times [2]int
		var rounds [2][]timing
		for i, work := range sides {
			times[i] = timesFor(work)
		}
		for range ratioRounds {
			for i, work := range sides {
				rounds[i] = append(rounds[i], measureRound(work, times[i], p.n))
			}
		}
		ours, hand = medianOf(rounds[0]), medianOf(rounds[1])
	})
	return ours, hand
}

// timesFor returns how often work must be done to take ratioTime.
func timesFor(work func()) int {
	for times := 1; ; times *= 2 {
		start := time.Now()
		for range times {
			work()
		}
		if took := time.Since(start); took > ratioTime/8 {
			return max(1, int(float64(times)*float64(ratioTime)/float64(took)))
		}
	}
}

func measureRound(work func(), times, units int) timing {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start, used := time.Now(), cpuTime()
	for range times {
		work()
	}
	wall, cpu := time.Since(start), cpuTime()-used
	runtime.ReadMemStats(&after)
	n := float64(times) * float64(units)
	return timing{
		wall: float64(wall.Nanoseconds()) / n, cpu: float64(cpu.Nanoseconds()) / n,
		allocs: float64(after.Mallocs-before.Mallocs) / n, bytes: float64(after.TotalAlloc-before.TotalAlloc) / n,
	}
}

func medianOf(rounds []timing) timing {
	median := func(of func(timing) float64) float64 {
		var all []float64
		for _, r := range rounds {
			all = append(all, of(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return timing{
		wall: median(func(r timing) float64 { return r.wall }), cpu: median(func(r timing) float64 { return r.cpu }),
		allocs: median(func(r timing) float64 { return r.allocs }), bytes: median(func(r timing) float64 { return r.bytes }),
	}
}

// load returns the load averages of the machine, as far as it tells.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
