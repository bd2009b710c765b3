package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

const itemsRead = 10_000

// itemLines returns a line of five columns for each item, as CSV or JSON.
func itemLines(csv bool) []string {
	lines := make([]string, itemsRead)
	for i := range lines {
		if csv {
			lines[i] = fmt.Sprintf("%d,name of %d,%d.5,2026-11-29T00:00:00Z,open", i, i, i)
		} else {
			lines[i] = fmt.Sprintf(`{"id":%d,"name":"name of %d","price":%d.5,"date":"2026-11-29T00:00:00Z","state":"open"}`, i, i, i)
		}
	}
	return lines
}

// itemFile returns a file of items of an InputType.
func itemFile(inputType string) string {
	switch inputType {
	case "CSV":
		return "id,name,price,date,state\n" + strings.Join(itemLines(true), "\n") + "\n"
	case "JSON":
		return "[" + strings.Join(itemLines(false), ",\n") + "]"
	}
	return strings.Join(itemLines(false), "\n") + "\n"
}

// readItems reads a file in chunks of 1,000 items.
func readItems(inputType string) func(*testing.B) func() {
	return func(b *testing.B) func() {
		store := objects.Memory()
		store.Set("b", "k", []byte(itemFile(inputType)))
		reader := &itemreader.ObjectReader{Objects: store}
		request := &itemreader.Request{
			Resource:  "arn:aws:states:::s3:getObject",
			Arguments: value.ObjectOf(value.Member{Key: "Bucket", Value: "b"}, value.Member{Key: "Key", Value: "k"}),
			Config:    itemreader.Config{InputType: inputType},
		}
		return func() {
			items, err := reader.Open(context.Background(), request)
			if err != nil {
				b.Fatal(err)
			}
			defer items.Close()
			for n := 0; ; {
				chunk, err := items.Next(1000, 1<<20)
				if err != nil {
					b.Fatal(err)
				}
				if n += len(chunk.Items); chunk.End {
					if n != itemsRead {
						b.Fatal(n)
					}
					return
				}
			}
		}
	}
}

// csvMaps reads CSV with encoding/csv, into a map a row.
func csvMaps(b *testing.B) func() {
	file := []byte(itemFile("CSV"))
	return func() {
		rows := csv.NewReader(bytes.NewReader(file))
		rows.ReuseRecord = true
		record, err := rows.Read()
		if err != nil {
			b.Fatal(err)
		}
		header := append([]string{}, record...)
		for {
			record, err := rows.Read()
			if err == io.EOF {
				return
			}
			if err != nil {
				b.Fatal(err)
			}
			row := make(map[string]any, len(header))
			for i, name := range header {
				row[name] = record[i]
			}
			kept = row
		}
	}
}

// kept keeps the compiler from leaving work out.
var kept any

// lineMaps reads JSON Lines with encoding/json.
func lineMaps(b *testing.B) func() {
	file := []byte(itemFile("JSONL"))
	return func() {
		lines := bufio.NewScanner(bytes.NewReader(file))
		for lines.Scan() {
			var row map[string]any
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				b.Fatal(err)
			}
			kept = row
		}
	}
}

// arrayMaps reads a JSON array with a decoder of encoding/json.
func arrayMaps(b *testing.B) func() {
	file := []byte(itemFile("JSON"))
	return func() {
		d := json.NewDecoder(bytes.NewReader(file))
		if _, err := d.Token(); err != nil {
			b.Fatal(err)
		}
		for d.More() {
			var row map[string]any
			if err := d.Decode(&row); err != nil {
				b.Fatal(err)
			}
			kept = row
		}
	}
}
