// Command maprun measures Map Runs over a CSV file of five columns: items a second,
// processor time an item, peak memory, and the size of the parent's snapshot on the way.
// Each row of its table is a process of its own.
//
//	go run ./internal/bench/maprun -items 1000,1000000
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

var (
	itemCounts = flag.String("items", "1000,10000,100000,1000000", "numbers of items, with commas")
	modes      = flag.String("modes", "children,batches,files", "children: one an item; batches: one for 100 items; files: items are read and results written, without children")
	profile    = flag.String("profile", "", "file for a profile of the processor, of the last row")
	row        = flag.String("row", "", "measure one row, in this process: MODE,ITEMS,FOLDER")
)

func main() {
	flag.Parse()
	run := printTable
	if *row != "" {
		run = printRow
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// figures is what one row measures.
type figures struct {
	Items     int
	Took      time.Duration
	CPU       time.Duration
	PeakBytes int64
	Snapshots []snapshot
}

// snapshot is the size of the parent's snapshot after so many items, and what the inputs
// of the children that run are as JSON. The snapshot has them in fewer bytes.
type snapshot struct{ Items, Running, Bytes, Inputs int }

func printTable() error {
	folder, err := os.MkdirTemp("", "maprun")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	fmt.Println("| mode | items | items/s | CPU an item | peak RSS | parent snapshot, of which inputs of children as JSON |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, count := range strings.Split(*itemCounts, ",") {
		items, err := strconv.Atoi(count)
		if err != nil {
			return err
		}
		if err := writeItems(folder, items); err != nil {
			return err
		}
		for _, mode := range strings.Split(*modes, ",") {
			f, err := measureRow(mode, items, folder)
			if err != nil {
				return err
			}
			var sizes []string
			for _, s := range f.Snapshots {
				sizes = append(sizes, fmt.Sprintf("%d B after %d items (%d B of %d children)", s.Bytes, s.Items, s.Inputs, s.Running))
			}
			fmt.Printf("| %s | %d | %.0f | %.2f µs | %.1f MB | %s |\n", mode, items, float64(items)/f.Took.Seconds(),
				float64(f.CPU.Nanoseconds())/1e3/float64(items), float64(f.PeakBytes)/1e6, strings.Join(sizes, ", "))
		}
	}
	return nil
}

// measureRow measures a row in a process of its own.
func measureRow(mode string, items int, folder string) (f figures, err error) {
	cmd := exec.Command(os.Args[0], "-row", fmt.Sprintf("%s,%d,%s", mode, items, folder), "-profile", *profile)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(out, &f)
}

// writeItems writes the CSV file.
func writeItems(folder string, items int) error {
	for _, bucket := range []string{"in", "out"} {
		if err := os.MkdirAll(filepath.Join(folder, bucket), 0o700); err != nil {
			return err
		}
	}
	f, err := os.Create(filepath.Join(folder, "in", "items.csv"))
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,name,price,date,state")
	for i := range items {
		fmt.Fprintf(w, "%d,name of %d,%d.5,2026-11-29T00:00:00Z,open\n", i, i, i)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func printRow() error {
	parts := strings.SplitN(*row, ",", 3)
	if len(parts) != 3 {
		return fmt.Errorf("-row %q", *row)
	}
	items, err := strconv.Atoi(parts[1])
	if err != nil {
		return err
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	f := figures{Items: items}
	files := objects.Dir(parts[2])
	began := time.Now()
	switch mode := parts[0]; mode {
	case "files":
		err = copyItems(files, items)
	case "children":
		f.Snapshots, err = runMap(files, "", items)
	case "batches":
		f.Snapshots, err = runMap(files, `"ItemBatcher":{"MaxItemsPerBatch":100},`, items)
	default:
		err = fmt.Errorf("no mode %q", mode)
	}
	if err != nil {
		return err
	}
	f.Took = time.Since(began)
	f.CPU, f.PeakBytes = usage()
	return json.NewEncoder(os.Stdout).Encode(f)
}

const (
	readerConfig = `{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"}`
	getObject    = "arn:aws:states:::s3:getObject"
	putObject    = "arn:aws:states:::s3:putObject"
)

// runMap runs a Map Run with a child of one Pass state for each item or batch.
func runMap(files objects.Objects, batcher string, items int) ([]snapshot, error) {
	p, err := interpreter.Compile([]byte(`{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"MaxConcurrency":100,`+batcher+`
		"ItemReader":{"Resource":"`+getObject+`","Parameters":{"Bucket":"in","Key":"items.csv"},"ReaderConfig":`+readerConfig+`},
		"ResultWriter":{"Resource":"`+putObject+`","Parameters":{"Bucket":"out"},"WriterConfig":{"Transformation":"NONE","OutputType":"JSONL"}},
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
			"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}}`), interpreter.Options{})
	if err != nil {
		return nil, err
	}
	looks := &lookingReader{Reader: &itemreader.ObjectReader{Objects: files}, at: []int{items / 1000, items / 10, items * 9 / 10}}
	in := interpreter.New(interpreter.Config{Objects: files, ItemReader: looks})
	ctx := context.Background()
	started := make(chan struct{})
	looks.look = func(at int) {
		<-started
		looks.takeSnapshot(at)
	}
	if looks.parent, err = in.Start(ctx, p, nil, interpreter.StartOptions{}); err != nil {
		return nil, err
	}
	close(started)
	if err := looks.parent.Wait(ctx); err != nil {
		return nil, err
	}
	runs, err := looks.parent.MapRuns(ctx)
	if err != nil {
		return nil, err
	}
	if len(runs) != 1 || runs[0].Items.Succeeded != int64(items) {
		return nil, fmt.Errorf("the Map Run has %+v", runs)
	}
	if err := in.Shutdown(ctx); err != nil {
		return nil, err
	}
	looks.wait.Wait()
	return looks.snapshots, looks.err
}

// lookingReader has a snapshot of the parent taken after some numbers of items.
type lookingReader struct {
	itemreader.Reader
	at     []int
	look   func(at int)
	parent *interpreter.Execution

	wait      sync.WaitGroup
	mu        sync.Mutex
	snapshots []snapshot
	err       error
}

func (r *lookingReader) Open(ctx context.Context, q *itemreader.Request) (itemreader.Items, error) {
	items, err := r.Reader.Open(ctx, q)
	return &lookingItems{Items: items, reader: r}, err
}

type lookingItems struct {
	itemreader.Items
	reader *lookingReader
	read   int
}

func (i *lookingItems) Next(maxItems, maxBytes int) (*itemreader.Chunk, error) {
	c, err := i.Items.Next(maxItems, maxBytes)
	if err != nil {
		return nil, err
	}
	i.read += len(c.Items)
	for r := i.reader; len(r.at) > 0 && i.read > r.at[0]; r.at = r.at[1:] {
		at := i.read
		r.wait.Go(func() { r.look(at) })
	}
	return c, nil
}

// takeSnapshot adds the snapshot of the parent. Its StartChild commands have the inputs
// of the children that run.
func (r *lookingReader) takeSnapshot(at int) {
	s := snapshot{Items: at}
	data, err := r.parent.Snapshot()
	if err == nil {
		s.Bytes = len(data)
		err = s.measureInputs(r.parent.Program(), data)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.snapshots, r.err = append(r.snapshots, s), errors.Join(r.err, err)
}

func (s *snapshot) measureInputs(p *interpreter.Program, data []byte) error {
	x, err := p.Restore(data)
	if err != nil {
		return err
	}
	var pending machine.Result
	if err := p.Pending(x, &pending); err != nil {
		return err
	}
	for _, c := range pending.Commands {
		if c.Kind == machine.StartChild {
			s.Running++
			s.Inputs += len(value.String(c.Child.Input))
		}
	}
	return nil
}

// copyItems reads the items and writes their results, without children.
func copyItems(files objects.Objects, items int) error {
	ctx := context.Background()
	reader := &itemreader.ObjectReader{Objects: files}
	in, err := reader.Open(ctx, &itemreader.Request{
		Resource: getObject, Config: itemreader.Config{InputType: "CSV", CSVHeaderLocation: "FIRST_ROW"},
		Arguments: value.ObjectOf(value.Member{Key: "Bucket", Value: "in"}, value.Member{Key: "Key", Value: "items.csv"}),
	})
	if err != nil {
		return err
	}
	const arn = "arn:aws:states:us-east-1:111111111111:"
	writer := &resultwriter.Files{Objects: files}
	out, err := writer.Open(ctx, &resultwriter.Request{
		MapRunArn: arn + "mapRun:m/Each:3f0c6f3a-8e62-3c8e-a0c3-0c2a4be7a9d1", Resource: putObject,
		Parameters: value.ObjectOf(value.Member{Key: "Bucket", Value: "out"}), Format: mapresult.Format{OutputType: mapresult.JSONL},
	})
	if err != nil {
		return err
	}
	now := time.Now()
	for n := int64(0); ; {
		chunk, err := in.Next(100, 1<<20)
		if err != nil {
			return err
		}
		records := make([]mapresult.Record, len(chunk.Items))
		for i, item := range chunk.Items {
			const name = "3f0c6f3a-8e62-3c8e-a0c3-0c2a4be7a9d1"
			records[i] = mapresult.Record{
				Index: n, Status: mapresult.Succeeded, Input: item, Output: item, Name: name,
				ExecutionArn: arn + "execution:m/Each:" + name, StateMachineArn: arn + "stateMachine:m/Each", Start: now, Stop: now,
			}
			n++
		}
		if _, err := out.Put(ctx, records); err != nil {
			return err
		}
		if chunk.End {
			if n != int64(items) {
				return fmt.Errorf("%d items were read", n)
			}
			break
		}
	}
	if _, err := out.Close(ctx, resultwriter.Summary{}); err != nil {
		return err
	}
	return in.Close()
}
