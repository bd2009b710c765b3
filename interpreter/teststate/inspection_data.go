package teststate

import (
	"slices"
	"time"

	"github.com/gostates/gostates/value"
)

// Level says how much inspection data a [Response] has.
type Level string

// The levels of inspection.
const (
	Info  Level = "INFO"  // none; the default
	Debug Level = "DEBUG" // the result of each field of the state
	Trace Level = "TRACE" // the same as Debug
)

// formatInspection formats the results of the state's fields as AWS does: most as
// strings of JSON.
func formatInspection(made *value.Object) *value.Object {
	o := value.NewObject(made.Len())
	for key, v := range made.All() {
		if n, isInt := v.(int64); isInt && key == "toleratedFailurePercentage" {
			v = float64(n)
		}
		items, isList := v.([]any)
		switch {
		case isList && itemLists[key]:
			v = javaList(items)
		case !notJSON[key]:
			v = value.String(v)
		}
		o.Set(key, v)
	}
	return o
}

// notJSON lists the inspection data that is numbers, not strings of JSON.
var notJSON = map[string]bool{
	"maxConcurrency":             true,
	"toleratedFailureCount":      true,
	"toleratedFailurePercentage": true,
}

// itemLists lists the inspection data that javaList formats.
var itemLists = map[string]bool{"afterItemsPath": true, "afterItemSelector": true, "afterItemBatcher": true}

// javaList formats a list as AWS does, like a Java List of JSON values: with a
// space after each comma between items, but not inside of an item.
func javaList(items []any) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = value.String(item)
	}
	return "[" + joinComma(texts) + "]"
}

// errorDetails says which Retrier or Catcher handled a failure, counted from 0.
func (t *test) errorDetails() *value.Object {
	p, o := &t.probe, value.NewObject(3)
	if p.Catcher > 0 {
		o.Set("catchIndex", int64(p.Catcher-1))
	}
	if p.Retrier > 0 {
		o.Set("retryIndex", int64(p.Retrier-1))
	}
	if p.Retried {
		o.Set("retryBackoffIntervalSeconds", int64(p.Delay/time.Second))
	}
	return o
}

// sortedByName returns the object with its members sorted by key.
func sortedByName(o *value.Object) *value.Object {
	names := o.Keys()
	slices.Sort(names)
	sorted := value.NewObject(len(names))
	for _, name := range names {
		v, _ := o.Get(name)
		sorted.Set(name, v)
	}
	return sorted
}
