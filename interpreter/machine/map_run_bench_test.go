package machine_test

import (
	"testing"

	"github.com/gostates/gostates/interpreter/machine"
)

// BenchmarkMapRun is what a child costs in its parent: items are read as fast as they
// are asked for, and each child ends at once.
func BenchmarkMapRun(b *testing.B) {
	p := compile(b, distributed(`"MaxConcurrency": 100, "ItemReader": {"Resource": "r"}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`), machine.Options{})
	x := p.New(machine.Start{Input: parse(b, `{}`)})
	var r machine.Result
	item := parse(b, `{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}`)
	items := make([]any, 1000)
	for i := range items {
		items[i] = item
	}
	ended := &machine.MapRunEvent{Status: machine.Succeeded, Receipt: []byte("12345678")}
	queue := []machine.Event{{Kind: machine.Started}}
	b.ReportAllocs()
	children := 0
	for b.Loop() {
		for before := children; children == before; {
			ev := queue[0]
			queue = queue[1:]
			if ev.Kind == machine.ChildEnded {
				children++
				ended.Index = ev.MapRun.Index
				ev.MapRun = ended
			}
			if err := p.Step(x, ev, began, &r); err != nil {
				b.Fatal(err)
			}
			for i := range r.Commands {
				switch c := &r.Commands[i]; c.Kind {
				case machine.OpenResults:
					queue = append(queue, machine.Event{Kind: machine.ResultsOpened, Task: c.Task})
				case machine.ReadItems:
					queue = append(queue, machine.Event{Kind: machine.ItemsRead, Task: c.Task,
						MapRun: &machine.MapRunEvent{Index: c.MapRun.First, Items: items[:c.MapRun.MaxItems], Source: "s3://b/k", Cursor: []byte("12345678")}})
				case machine.StartChild:
					queue = append(queue, machine.Event{Kind: machine.ChildEnded, Task: c.Task, MapRun: &machine.MapRunEvent{Index: c.Child.Index}})
				}
			}
		}
	}
}
