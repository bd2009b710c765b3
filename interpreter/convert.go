package interpreter

import (
	"encoding/json"
	"fmt"

	"github.com/gostates/gostates/value"
)

// emptyInput is {}. Values are immutable, so that it can be shared.
var emptyInput = value.NewObject(0)

// parseInput converts the input of an execution. Like StartExecution it takes an
// absent input as {}.
func parseInput(input any) (any, error) {
	if text, ok := input.([]byte); input == nil || ok && text == nil {
		return emptyInput, nil
	}
	v, err := externalValue(input)
	if err != nil {
		return nil, fmt.Errorf("interpreter: invalid execution input: %w", err)
	}
	return v, nil
}

// externalValue converts a value that does not come from a handler. Here a []byte
// is JSON, whose formatting is kept until something is computed from it.
func externalValue(v any) (any, error) {
	switch v := v.(type) {
	case []byte:
		return value.ParseVerbatim(v)
	case json.RawMessage:
		return value.ParseVerbatim(v)
	}
	return convertValue(v)
}

// convertValue is value.From. A panic in a method of v is an error.
func convertValue(v any) (out any, err error) {
	err = callRecovered("encoding", func() (err error) {
		out, err = value.From(v)
		return err
	})
	return out, err
}
