// Command report sums the sales of a folder of CSV files by month. A Map in DISTRIBUTED
// mode reads the rows of all files and runs one child execution a batch of five rows;
// the sums of the batches are merged at the end. The flag -data takes another folder.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/objects"
)

//go:embed report.asl.json
var definition []byte

//go:embed data
var embedded embed.FS

// Sale is what the ItemSelector makes of a row.
type Sale struct {
	Month  string  `json:"month"`
	Amount float64 `json:"amount"`
}

// Sums are amounts by month.
type Sums map[string]float64

// sum is the task of a child: it sums a batch, whose rows may be of several months.
func sum(sales []Sale) (Sums, error) {
	sums := Sums{}
	for _, s := range sales {
		sums[s.Month] += s.Amount
	}
	return sums, nil
}

// merge adds the sums of all batches, which have the order of the rows.
func merge(batches []Sums) (Sums, error) {
	total := Sums{}
	for _, b := range batches {
		for month, amount := range b {
			total[month] += amount
		}
	}
	return total, nil
}

// folder is a bucket and the beginning of the keys of the files in it.
type folder struct {
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix"`
}

// report prints the sums of the CSV files in a folder of files.
func report(ctx context.Context, out io.Writer, files objects.Objects, in folder) error {
	program, err := interpreter.Compile(definition, interpreter.Options{StateMachineName: "report"})
	if err != nil {
		return err
	}
	i := interpreter.New(interpreter.Config{
		Objects:  files,
		Resolver: interpreter.Mux{"sum": interpreter.Plain(sum), "merge": interpreter.Plain(merge)},
	})
	defer i.Close()
	e, err := i.Start(ctx, program, in, interpreter.StartOptions{})
	if err != nil {
		return err
	}
	if err := e.Wait(ctx); err != nil {
		return err
	}
	var sums Sums
	if err := e.Decode(&sums); err != nil {
		return err
	}
	var total float64
	for _, month := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(out, "%s %10.2f\n", month, sums[month])
		total += sums[month]
	}
	fmt.Fprintf(out, "total   %10.2f\n", total)
	runs, err := e.MapRuns(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d rows in %d batches\n", runs[0].Items.Total, runs[0].Executions.Succeeded)
	return nil
}

func run(ctx context.Context, out io.Writer, data string) error {
	if data != "" {
		return report(ctx, out, objects.Dir(data), folder{Bucket: "sales"})
	}
	files, err := fs.Sub(embedded, "data")
	if err != nil {
		return err
	}
	return report(ctx, out, objects.FS(files), folder{Bucket: "sales"})
}

func main() {
	data := flag.String("data", "", "a folder with a folder sales of CSV files with the columns day and amount; default: those of the example")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *data); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
