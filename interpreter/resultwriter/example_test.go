package resultwriter_test

import (
	"context"
	"fmt"
	"io"

	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

// Children end in any order, and the file has the order of the items.
func ExampleFiles() {
	ctx := context.Background()
	store := objects.Memory("bucket")
	w := &resultwriter.Files{Objects: store}
	results, err := w.Open(ctx, &resultwriter.Request{
		MapRunArn:  "arn:aws:states:us-east-1:111111111111:mapRun:m/Sums:7c1c8c9e-6a3c-4a55-8f0a-6d9cfb6c9b1e",
		Resource:   "arn:aws:states:::s3:putObject",
		Parameters: value.ObjectOf(value.Member{Key: "Bucket", Value: "bucket"}, value.Member{Key: "Prefix", Value: "sums"}),
		Format:     mapresult.Format{Transformation: mapresult.Flatten, OutputType: mapresult.JSONL},
	})
	if err != nil {
		panic(err)
	}
	defer results.Abandon(ctx)
	for _, index := range []int64{2, 0, 1} {
		_, err := results.Put(ctx, []mapresult.Record{{
			Index: index, Status: mapresult.Succeeded, Output: []any{index, index * index},
		}})
		if err != nil {
			panic(err)
		}
	}
	output, err := results.Close(ctx, resultwriter.Summary{Records: 3})
	if err != nil {
		panic(err)
	}
	fmt.Println(output)
	file, err := store.Get(ctx, "bucket", "sums/7c1c8c9e-6a3c-4a55-8f0a-6d9cfb6c9b1e/SUCCEEDED_0.jsonl", objects.GetOptions{})
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(file.Body)
	fmt.Printf("%q\n", text)
	// Output:
	// {"MapRunArn":"arn:aws:states:us-east-1:111111111111:mapRun:m/Sums:7c1c8c9e-6a3c-4a55-8f0a-6d9cfb6c9b1e","ResultWriterDetails":{"Bucket":"bucket","Key":"sums/7c1c8c9e-6a3c-4a55-8f0a-6d9cfb6c9b1e/manifest.json"}}
	// "0\n0\n1\n1\n2\n4\n"
}
