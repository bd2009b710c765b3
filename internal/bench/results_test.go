package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

const resultCount, resultBatch = 100_000, 100

func init() {
	none := mapresult.Format{OutputType: mapresult.JSONL}
	compact := mapresult.Format{Transformation: mapresult.Compact, OutputType: mapresult.JSONL}
	inOrder := func(i int) int { return i }
	firstLast := func(i int) int { return (i + 1) % resultCount }
	pairs = append(pairs,
		pair{"results, records", "record", resultCount, results(none, inOrder, false), encodeRecords},
		pair{"results, records, a width of 100", "record", resultCount, results(none, func(i int) int { return i/100*100 + i*37%100 }, false), encodeRecords},
		pair{"results, records, the first comes last", "record", resultCount, results(none, firstLast, false), encodeRecords},
		pair{"results, outputs", "record", resultCount, results(compact, inOrder, false), encodeOutputs},
		pair{"results, records, kept in a folder", "record", resultCount, results(none, inOrder, true), syncRecords},
	)
}

// discardStore is an object store that keeps nothing.
type discardStore struct{ objects.Objects }

func (discardStore) Put(context.Context, string, string) (objects.Writer, error) {
	return discardWriter{}, nil
}

type discardWriter struct{}

func (discardWriter) Write(p []byte) (int, error) { return len(p), nil }
func (discardWriter) Close() error                { return nil }
func (discardWriter) Abort() error                { return nil }

const (
	childArn   = "arn:aws:states:us-east-1:111111111111:execution:m/Life:3f0c6f3a-8e62-3c8e-a0c3-0c2a4be7a9d1"
	machineArn = "arn:aws:states:us-east-1:111111111111:stateMachine:m/Life"
	childName  = "3f0c6f3a-8e62-3c8e-a0c3-0c2a4be7a9d1"
	resultItem = `{"id":"1234","name":"Ada Lovelace","city":"London","amount":"12.50","date":"2026-01-02"}`
)

// results writes the results of children in batches, in the order of index.
func results(format mapresult.Format, index func(i int) int, kept bool) func(*testing.B) func() {
	return func(b *testing.B) func() {
		item, err := value.Parse([]byte(resultItem))
		if err != nil {
			b.Fatal(err)
		}
		w := &resultwriter.Files{Objects: discardStore{}, TempDir: b.TempDir()}
		if kept {
			w.Folder = b.TempDir()
		}
		records := make([]mapresult.Record, resultBatch)
		start := time.Unix(1e9, 0)
		return func() {
			r, err := w.Open(context.Background(), &resultwriter.Request{
				MapRunArn: "arn:aws:states:us-east-1:111111111111:mapRun:m/Life:1", Resource: "arn:aws:states:::s3:putObject",
				Parameters: value.ObjectOf(value.Member{Key: "Bucket", Value: "b"}), Format: format,
			})
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; i < resultCount; i += resultBatch {
				for j := range records {
					records[j] = mapresult.Record{
						Index: int64(index(i + j)), Status: mapresult.Succeeded, Input: item, Output: item, Name: childName,
						ExecutionArn: childArn, StateMachineArn: machineArn, Start: start, Stop: start,
					}
				}
				if _, err := r.Put(context.Background(), records); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := r.Close(context.Background(), resultwriter.Summary{Records: resultCount}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// recordByHand is a record as a Go program would declare it.
type recordByHand struct {
	ExecutionArn        string
	Input               string
	InputDetails        struct{ Included bool }
	Name                string
	Output              string
	OutputDetails       struct{ Included bool }
	RedriveCount        int
	RedriveStatus       string
	RedriveStatusReason string
	StartDate           time.Time
	StateMachineArn     string
	Status              string
	StopDate            time.Time
}

type itemByHand struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	City   string `json:"city"`
	Amount string `json:"amount"`
	Date   string `json:"date"`
}

func encodeByHand(b *testing.B, w io.Writer, item *itemByHand) {
	start := time.Unix(1e9, 0)
	text, err := json.Marshal(item)
	if err != nil {
		b.Fatal(err)
	}
	r := recordByHand{
		ExecutionArn: childArn, Input: string(text), Name: childName, Output: string(text), RedriveStatus: "NOT_REDRIVABLE",
		RedriveStatusReason: "Execution is SUCCEEDED and cannot be redriven", StartDate: start, StateMachineArn: machineArn,
		Status: "SUCCEEDED", StopDate: start,
	}
	r.InputDetails.Included, r.OutputDetails.Included = true, true
	if text, err = json.Marshal(&r); err != nil {
		b.Fatal(err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		b.Fatal(err)
	}
}

func newItemByHand(b *testing.B) *itemByHand {
	item := new(itemByHand)
	if err := json.Unmarshal([]byte(resultItem), item); err != nil {
		b.Fatal(err)
	}
	return item
}

func encodeRecords(b *testing.B) func() {
	item := newItemByHand(b)
	return func() {
		w := bufio.NewWriterSize(io.Discard, 64<<10)
		for range resultCount {
			encodeByHand(b, w, item)
		}
		_ = w.Flush()
	}
}

func encodeOutputs(b *testing.B) func() {
	item := newItemByHand(b)
	return func() {
		w := bufio.NewWriterSize(io.Discard, 64<<10)
		for range resultCount {
			text, err := json.Marshal(item)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = w.Write(append(text, '\n'))
		}
		_ = w.Flush()
	}
}

// syncRecords writes a file and syncs it after each batch.
func syncRecords(b *testing.B) func() {
	item := newItemByHand(b)
	path := filepath.Join(b.TempDir(), "records")
	return func() {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		w := bufio.NewWriterSize(f, 64<<10)
		for i := range resultCount {
			encodeByHand(b, w, item)
			if i%resultBatch == resultBatch-1 {
				if w.Flush() != nil || f.Sync() != nil {
					b.Fatal("not written")
				}
			}
		}
		_ = f.Close()
	}
}
