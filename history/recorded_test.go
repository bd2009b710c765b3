package history

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// TestRecordedEventsComeBack reads every event that was recorded from AWS and
// writes it again. The recorder parsed the texts that hold JSON objects, put
// "timestamp" for the times and sorted the members; so members are compared
// without regard to order, and data as values.
func TestRecordedEventsComeBack(t *testing.T) {
	folder := os.Getenv("ASL_CORPUS")
	if folder == "" {
		folder = "../../shared/conformance"
	}
	files, err := filepath.Glob(filepath.Join(folder, "history", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no recorded histories in " + folder)
	}
	n := 0
	for _, file := range files {
		for _, recorded := range recordedEvents(t, file) {
			normalise(recorded)
			var e Event
			require.NoError(t, e.readObject(recorded), file)
			written, err := value.Parse(e.AppendJSON(nil))
			require.NoError(t, err)
			require.True(t, equalParsed(recorded, written), "%s\n%s\n%s", file, value.String(recorded), value.String(written))
			n++
		}
	}
	t.Logf("%d recorded events", n)
}

func recordedEvents(t *testing.T, file string) []*value.Object {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	v, err := value.Parse(text)
	require.NoError(t, err, file)
	expected, _ := v.(*value.Object).Get("expected")
	list, _ := expected.(*value.Object).Get("events")
	var events []*value.Object
	for _, e := range list.([]any) {
		events = append(events, e.(*value.Object))
	}
	return events
}

// normalise undoes what the recorder did to texts that are no data, and gives
// sorted events, which lost theirs, an id.
func normalise(event *value.Object) {
	event.Set("timestamp", int64(0))
	if id, _ := event.Get("id"); value.Kind(id) == "array" {
		event.Set("id", int64(1))
	}
	for _, details := range event.All() {
		o, _ := details.(*value.Object)
		if cause, ok := o.Get("cause"); ok {
			if _, ok := cause.(string); !ok {
				o.Set("cause", value.String(cause))
			}
		}
	}
}

// equalParsed compares what was recorded and what was written, and takes a JSON
// text for its value.
func equalParsed(recorded, written any) bool {
	switch a := recorded.(type) {
	case *value.Object:
		b, ok := parsed(written).(*value.Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for key, v := range a.All() {
			w, ok := b.Get(key)
			if !ok || !equalParsed(v, w) {
				return false
			}
		}
		return true
	case string:
		return value.Equal(a, written) || value.Equal(parsed(a), parsed(written))
	}
	return value.Equal(recorded, written) || value.Equal(recorded, parsed(written))
}

func parsed(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	p, err := value.ParseString(text)
	if err != nil {
		return text
	}
	return p
}
