package teststate

import (
	"strings"

	"github.com/gostates/gostates/value"
)

// Status is how the state ended.
type Status string

// The ways in which a state ends.
const (
	Succeeded   Status = "SUCCEEDED"
	Failed      Status = "FAILED"
	Retriable   Status = "RETRIABLE"    // a Retrier would try it again
	CaughtError Status = "CAUGHT_ERROR" // a Catcher goes on at NextState
)

// Response is what TestState answers.
type Response struct {
	Status       Status
	Output       string  // a JSON text; empty unless Succeeded or CaughtError
	Error, Cause *string // nil where there is none
	NextState    string  // empty: none
	// InspectionData has AWS's members, such as afterInputPath: JSON texts and
	// numbers. It is nil at level Info.
	InspectionData *value.Object
}

// MarshalJSON returns the response in the JSON of AWS's API.
func (r *Response) MarshalJSON() ([]byte, error) {
	o := value.NewObject(6)
	text := func(key string, s *string) {
		if s != nil {
			o.Set(key, *s)
		}
	}
	given := func(key, s string) {
		if s != "" {
			o.Set(key, s)
		}
	}
	given("output", r.Output)
	text("error", r.Error)
	text("cause", r.Cause)
	if r.InspectionData != nil {
		o.Set("inspectionData", r.InspectionData)
	}
	given("nextState", r.NextState)
	o.Set("status", string(r.Status))
	return value.Append(nil, o), nil
}

// plain are the members of inspection data that are no JSON texts.
var plain = map[string]bool{
	"maxConcurrency":             true,
	"toleratedFailureCount":      true,
	"toleratedFailurePercentage": true,
}

// inspectionData makes JSON texts of what the state's fields made.
func inspectionData(made *value.Object) *value.Object {
	o := value.NewObject(made.Len())
	for key, v := range made.All() {
		if n, isInt := v.(int64); isInt && key == "toleratedFailurePercentage" {
			v = float64(n)
		}
		items, isList := v.([]any)
		switch {
		case isList && ofItems[key]:
			v = itemsText(items)
		case !plain[key]:
			v = value.String(v)
		}
		o.Set(key, v)
	}
	return o
}

// ofItems are the inspection data that are lists of items.
var ofItems = map[string]bool{"afterItemsPath": true, "afterItemSelector": true, "afterItemBatcher": true}

// itemsText writes a list as AWS writes a Java list of JSON values: with a blank
// behind each comma between items, and none within an item.
func itemsText(items []any) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = value.String(item)
	}
	return "[" + joined(texts) + "]"
}

func joined(list []string) string { return strings.Join(list, ", ") }
