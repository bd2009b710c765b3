package teststate

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strconv"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// StateConfiguration describes what happened before, in earlier attempts or
// iterations. It needs a Mock.
type StateConfiguration struct {
	RetrierRetryCount        int32  // retries by the Retrier that matches the mocked error
	ErrorCausedByState       string // name of the inner state of a Map or Parallel that caused the mocked error
	MapIterationFailureCount *int32 // number of failed iterations; nil: 0
	MapItemReaderData        string // contents of the file that the ItemReader of a Map reads
}

func (t *test) retryCount() int32 {
	if c := t.request.StateConfiguration; c != nil {
		return c.RetrierRetryCount
	}
	return 0
}

// failureCount returns the number of failed iterations of a Map.
func (r *Request) failureCount() int {
	if c := r.StateConfiguration; c != nil && c.MapIterationFailureCount != nil {
		return int(*c.MapIterationFailureCount)
	}
	return 0
}

var errTooManyFailures = validationError("Map iteration failure count must be less than or equal to the number of Map iterations")

var errIterations = validationError("Input array does not equal the mocked result array's size")

// readItems sets the items that an ItemReader finds in its data. The formats are those
// of package itemreader. If InputType is missing, the data is JSON or JSON lines; so it
// is for manifests, whose data files a test does not have.
func (t *test) readItems(m *asl.MapState) {
	r := m.ItemReader
	t.probe.Read = true
	data := t.request.StateConfiguration
	if data == nil {
		return
	}
	config := itemreader.Config{InputType: "JSON"}
	if c := r.ReaderConfig; c != nil {
		config.CSVDelimiter, config.CSVHeaderLocation, config.CSVHeaders = c.CSVDelimiter.Value, c.CSVHeaderLocation.Value, c.CSVHeaders
		config.ItemsPointer, config.InputType = c.ItemsPointer.Value, c.InputType.Value
		if config.MaxItems, t.unread = t.evaluateMaxItems(m, c); t.unread != nil {
			return
		}
	}
	switch config.InputType {
	case "CSV", "JSON", "JSONL":
	default:
		config.InputType = "JSON"
		if _, err := value.ParseString(data.MapItemReaderData); err != nil {
			config.InputType = "JSONL"
		}
	}
	if t.probe.Items, t.unread = readAll([]byte(data.MapItemReaderData), config); t.unread != nil {
		return
	}
	if config.ItemsPointer != "" {
		t.probe.Data.Set("afterItemsPointer", t.probe.Items)
	}
}

// evaluateMaxItems returns the MaxItems of an ItemReader; 0 if it has none.
func (t *test) evaluateMaxItems(m *asl.MapState, c *asl.ReaderConfig) (int64, error) {
	const name = "MaxItems"
	f := newMapFields()
	f.addNumber(name, c.MaxItems, c.MaxItemsPath)
	if f.source.Len() == 0 {
		return 0, nil
	}
	fields, failed := t.evaluateFields(m, f, "ItemReader/ReaderConfig/")
	if failed != nil {
		e := &itemreader.Error{Name: asl.StatesRuntime}
		if failed.Error != nil {
			e.Name = *failed.Error
		}
		if failed.Cause != nil {
			e.Cause = *failed.Cause
		}
		return 0, e
	}
	v, _ := fields.Get(name)
	text, isText := v.(string)
	if isText {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil // docs/evidence.md#numeric-string
		}
	} else {
		text = value.String(v)
	}
	if n, ok := v.(int64); ok {
		return n, nil
	}
	if path := c.MaxItemsPath; path.IsSet() {
		return 0, &itemreader.Error{Name: asl.StatesRuntime,
			Cause: "The MaxItemsPath field refers to value \"" + text + "\" which is not a valid integer: " + path.Value.Text}
	}
	return 0, &itemreader.Error{Name: asl.StatesQueryEvaluationError,
		Cause: "The ItemReader/ReaderConfig/MaxItems field cannot be parsed as an integer: " + text}
}

// readAll reads all items of a file.
func readAll(data []byte, config itemreader.Config) ([]any, error) {
	const bucket, key = "bucket", "key"
	store := objects.Memory()
	store.Set(bucket, key, data)
	r := itemreader.ObjectReader{Objects: store}
	items, err := r.Open(context.Background(), &itemreader.Request{
		Resource:  "arn:aws:states:::s3:getObject",
		Arguments: value.ObjectOf(value.Member{Key: "Bucket", Value: bucket}, value.Member{Key: "Key", Value: key}),
		Config:    config,
	})
	if err != nil {
		return nil, err
	}
	defer items.Close()
	all := []any{}
	for {
		chunk, err := items.Next(math.MaxInt, math.MaxInt)
		if err != nil {
			return nil, err
		}
		all = append(all, chunk.Items...)
		if chunk.End {
			return all[:limitItems(len(all), config.MaxItems)], nil
		}
	}
}

// limitItems returns the number of items that MaxItems leaves; 0 leaves all.
func limitItems(n int, most int64) int {
	if most > 0 && most < int64(n) {
		return int(most)
	}
	return n
}

// unreadAnswer returns the failure of an ItemReader.
func unreadAnswer(err error) probe.Answer {
	name, cause := asl.StatesItemReaderFailed, err.Error()
	var e *itemreader.Error
	if errors.As(err, &e) {
		name, cause = cmp.Or(e.Name, name), e.Cause
	}
	return probe.Answer{Failed: true, Error: &name, Cause: &cause}
}
