package teststate

import (
	"strings"

	"github.com/gostates/gostates/asl"
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

// readerItems returns the items that an ItemReader finds in its data: a JSON array,
// which may be at ItemsPointer, or JSON lines. Other formats are not supported and
// return nil.
func (t *test) readerItems(config *asl.ReaderConfig) []any {
	data := t.request.StateConfiguration
	if data == nil {
		return nil
	}
	if v, err := value.ParseString(data.MapItemReaderData); err == nil {
		pointed := config != nil && config.ItemsPointer.IsSet()
		if pointed {
			v, _ = value.Pointed(v, config.ItemsPointer.Value)
		}
		if items, ok := v.([]any); ok {
			if pointed {
				t.probe.Data.Set("afterItemsPointer", items)
			}
			return items
		}
	}
	var items []any
	for line := range strings.Lines(data.MapItemReaderData) {
		v, err := value.ParseString(line)
		if err != nil {
			return nil
		}
		items = append(items, v)
	}
	return items
}
