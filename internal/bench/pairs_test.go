package bench

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// pair is a benchmark and hand-written Go that does the same work. Each does
// the work once a call; n is how many transitions, items or events that is.
type pair struct {
	name   string
	unit   string
	n      int
	ours   func(b *testing.B) func()
	byHand func(b *testing.B) func()
}

var pairs = []pair{
	{"Pass, many a Step", "transition", 100, passes(0, passChain), loop(100)},
	{"Pass, one a Step", "transition", 100, passes(1, passChain), loop(100)},
	{"Pass, ResultPath into 5 keys", "transition", 100, passes(0, resultPath), copies(100)},
	{"history Log", "event", 201, logged, appends(201)},
	{"Choice of 20 rules", "execution", 1, choice, ifs},
	{"Map in the core, 1,000 items", "item", 1_000, coreMap(1_000), calls(1_000)},
	{"Map in the core, 10,000 items", "item", 10_000, coreMap(10_000), calls(10_000)},
	{"Map in the core, 100,000 items", "item", 100_000, coreMap(100_000), calls(100_000)},
	{"Parallel of 10", "branch", 10, parallel, calls(10)},
	{"Parse and Compile 1 MB", "definition", 1, compileLarge, unmarshalLarge},
	{"snapshot, 1 KB of state", "snapshot", 1, snapshot, marshalState},
	{"restore, Step, snapshot", "snapshot", 1, restore, unmarshalState},
	{"read CSV of 5 columns", "item", itemsRead, readItems("CSV"), csvMaps},
	{"read JSON Lines", "item", itemsRead, readItems("JSONL"), lineMaps},
	{"read a JSON array", "item", itemsRead, readItems("JSON"), arrayMaps},
}

// BenchmarkPairs runs each pair as two benchmarks.
func BenchmarkPairs(b *testing.B) {
	for _, p := range pairs {
		b.Run(p.name+"/gostates", func(b *testing.B) { p.measure(b, p.ours) })
		b.Run(p.name+"/by hand", func(b *testing.B) { p.measure(b, p.byHand) })
	}
}

func (p *pair) measure(b *testing.B, prepare func(*testing.B) func()) {
	work := prepare(b)
	b.ReportAllocs()
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(p.n), "ns/"+p.unit)
}

func passChain(int) string { return `"Type": "Pass"` }

func resultPath(i int) string {
	return fmt.Sprintf(`"Type": "Pass", "Result": %d, "ResultPath": "$.k%d"`, i, i%5)
}

const fiveKeys = `{"k0": 0, "k1": 1, "k2": 2, "k3": 3, "k4": 4}`

func passes(aStep int, state func(int) string) func(*testing.B) func() {
	return func(b *testing.B) func() {
		r := &runner{p: compile(b, chain(100, state), machine.Limits{})}
		r.r.MaxTransitions = aStep
		input := parse(b, fiveKeys)
		return func() { r.run(b, input) }
	}
}

// loop passes a value through n functions that it finds in a table.
func loop(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		states := make([]func(any) (any, int), n)
		for i := range states {
			states[i] = func(v any) (any, int) { return v, i + 1 }
		}
		var sink any = 1
		return func() {
			for at := 0; at < len(states); {
				sink, at = states[at](sink)
			}
		}
	}
}

// copies writes n times into a copy of a Go map.
func copies(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		var input map[string]any
		if err := json.Unmarshal([]byte(fiveKeys), &input); err != nil {
			b.Fatal(err)
		}
		keys := []string{"k0", "k1", "k2", "k3", "k4"}
		return func() {
			m := input
			for i := range n {
				c := make(map[string]any, len(m))
				for k, v := range m {
					c[k] = v
				}
				c[keys[i%5]] = i
				m = c
			}
		}
	}
}

func logged(b *testing.B) func() {
	r := &runner{p: compile(b, chain(100, passChain), machine.Limits{})}
	r.r.History = true
	log := new(history.Log)
	return func() {
		r.run(b, nil)
		if err := log.Record("x", r.r.Events); err != nil {
			b.Fatal(err)
		}
		if log.Len() > 1e6 {
			log = new(history.Log)
		}
	}
}

// appends keeps n small structs in a slice.
func appends(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		var all []history.Event
		return func() {
			for i := range n {
				all = append(all, history.Event{ID: uint32(i)})
			}
			if len(all) > 1e6 {
				all = nil
			}
		}
	}
}

func choice(b *testing.B) func() {
	var rules []string
	for i := range 20 {
		rules = append(rules, fmt.Sprintf(`{"And": [{"Variable": "$.customer.id", "NumericEquals": %d}, {"Variable": "$.paid", "BooleanEquals": false}], "Next": "S"}`, 4711-19+i))
	}
	r := &runner{p: compile(b, `{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [`+strings.Join(rules, ",")+
		`]}, "S": {"Type": "Succeed"}}}`, machine.Limits{})}
	input := parse(b, order1K)
	return func() { r.run(b, input) }
}

func ifs(b *testing.B) func() {
	order := parse(b, order1K).(*value.Object)
	found := false
	return func() {
		for i := range int64(20) {
			customer, _ := order.Get("customer")
			id, _ := customer.(*value.Object).Get("id")
			paid, _ := order.Get("paid")
			if id == 4711-19+i && paid == false {
				found = true
			}
		}
		if !found {
			b.Fatal("no rule is true")
		}
	}
}

func mapOf(task string) string {
	return `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
		"ItemProcessor": {"StartAt": "T", "States": {"T": {` + task + `, "End": true}}}}}}`
}

func items(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = int64(i)
	}
	return list
}

func coreMap(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		r := &runner{p: compile(b, mapOf(`"Type": "Task", "Resource": "noop"`), machine.NoLimits)}
		input := items(n)
		return func() { r.run(b, input) }
	}
}

// calls calls a function for each of n items and keeps the results.
func calls(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		input := items(n)
		task := func(v any) (any, error) { return v, nil }
		return func() {
			results := make([]any, len(input))
			for i := range input {
				v, err := task(input[i])
				if err != nil {
					b.Fatal(err)
				}
				results[i] = v
			}
		}
	}
}

var parallelOf10 = func() string {
	branch := `{"StartAt": "%d", "States": {"%d": {"Type": "Task", "Resource": "noop", "End": true}}}`
	var branches []string
	for i := range 10 {
		branches = append(branches, fmt.Sprintf(branch, i, i))
	}
	return `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + strings.Join(branches, ",") + `]}}}`
}()

func parallel(b *testing.B) func() {
	r := &runner{p: compile(b, parallelOf10, machine.Limits{})}
	input := parse(b, fiveKeys)
	return func() { r.run(b, input) }
}

// large is a definition of about 1 MB.
var large = chain(3_300, func(i int) string {
	return fmt.Sprintf(`"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f%d", "TimeoutSeconds": 30,
		"Parameters": {"id.$": "$.order.id", "n": %d}, "ResultPath": "$.r%d",
		"Retry": [{"ErrorEquals": ["Busy", "States.Timeout"], "IntervalSeconds": 2, "MaxAttempts": 4}]`, i, i, i%10)
})

func compileLarge(b *testing.B) func() {
	return func() {
		m, err := asl.Parse([]byte(large))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := machine.Compile(m, machine.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func unmarshalLarge(b *testing.B) func() {
	return func() {
		var v any
		if err := json.Unmarshal([]byte(large), &v); err != nil {
			b.Fatal(err)
		}
	}
}

const waits = `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": true}}}`

func waiting(b *testing.B) (*machine.Program, *machine.Execution) {
	p := compile(b, waits, machine.Limits{})
	x := p.New(machine.Start{ID: "x", Input: parse(b, order1K)})
	var r machine.Result
	if err := p.Step(x, machine.Event{Kind: machine.Started}, now, &r); err != nil {
		b.Fatal(err)
	}
	return p, x
}

func snapshot(b *testing.B) func() {
	p, x := waiting(b)
	return func() {
		data, err := p.Marshal(x)
		if err != nil {
			b.Fatal(err)
		}
		if over := len(data) - value.Size(x.Input); over > 256 {
			b.Fatalf("%d bytes more than the state", over)
		}
	}
}

func marshalState(b *testing.B) func() {
	state := decoded(b)
	return func() {
		if _, err := json.Marshal(state); err != nil {
			b.Fatal(err)
		}
	}
}

func decoded(b *testing.B) (state map[string]any) {
	if err := json.Unmarshal([]byte(order1K), &state); err != nil {
		b.Fatal(err)
	}
	return state
}

func restore(b *testing.B) func() {
	p, x := waiting(b)
	data, err := p.Marshal(x)
	if err != nil {
		b.Fatal(err)
	}
	var r machine.Result
	return func() {
		y, err := p.Restore(data)
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Step(y, machine.Event{Kind: machine.Tick}, now, &r); err != nil {
			b.Fatal(err)
		}
		if _, err := p.Marshal(y); err != nil {
			b.Fatal(err)
		}
	}
}

func unmarshalState(b *testing.B) func() {
	return func() {
		if _, err := json.Marshal(decoded(b)); err != nil {
			b.Fatal(err)
		}
	}
}
