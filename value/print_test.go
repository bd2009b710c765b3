package value_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestObjectsPrintAsJSON(t *testing.T) {
	const text = `{"z":1,"a":[1.0,"é\n\uD800",12345678901234567890],"o":{"n":null}}`
	o := parse(t, text).(*value.Object)
	require.Equal(t, text, o.String())
	for _, verb := range []string{"%v", "%+v", "%s"} {
		require.Equal(t, text, fmt.Sprintf(verb, o))
		require.Equal(t, "["+text+"]", fmt.Sprintf(verb, []any{o}))
	}
	require.Equal(t, "["+text+" <nil>]\n", fmt.Sprintln([]any{o, nil}))
	require.Equal(t, "map[k:"+text+"]", fmt.Sprint(map[string]any{"k": o}))
	require.Equal(t, "{1 "+text+"}", fmt.Sprint(struct {
		N int
		V any
	}{1, o}))
	require.Equal(t, "{} {}", fmt.Sprint((*value.Object)(nil), new(value.Object)))
}

func TestLoggedObjectsAreJSON(t *testing.T) {
	const text = `{"z":1,"a":[1.0,"<é>"],"o":{}}`
	o := parse(t, text).(*value.Object)
	for name, c := range map[string]struct {
		handler func(*bytes.Buffer, *slog.HandlerOptions) slog.Handler
		v       any
		want    string
	}{
		"JSON":        {jsonHandler, o, `{"msg":"m","v":` + text + "}\n"},
		"JSON, array": {jsonHandler, []any{o, true}, `{"msg":"m","v":[` + text + ",true]}\n"},
		"JSON, empty": {jsonHandler, value.NewObject(0), "{\"msg\":\"m\",\"v\":{}}\n"},
		"JSON, nil":   {jsonHandler, (*value.Object)(nil), "{\"msg\":\"m\",\"v\":{}}\n"},
		"JSON, no model": {jsonHandler, value.ObjectOf(value.Member{Key: "n", Value: 1}),
			`{"msg":"m","v":"!ERROR:json: error calling MarshalJSON for type value.logged: value: n: int is not a value of package value; convert it with value.From"}` + "\n"},
		"text":        {textHandler, o, `msg=m v="{\"z\":1,\"a\":[1.0,\"<é>\"],\"o\":{}}"` + "\n"},
		"text, array": {textHandler, []any{o, true}, `msg=m v="[{\"z\":1,\"a\":[1.0,\"<é>\"],\"o\":{}} true]"` + "\n"},
		"text, empty": {textHandler, value.NewObject(0), "msg=m v={}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			slog.New(c.handler(&b, &slog.HandlerOptions{ReplaceAttr: onlyMessage})).Info("m", "v", c.v)
			require.Equal(t, c.want, b.String())
		})
	}
	require.Equal(t, text, fmt.Sprint(slog.AnyValue(o).Resolve()))
}

func jsonHandler(b *bytes.Buffer, o *slog.HandlerOptions) slog.Handler {
	return slog.NewJSONHandler(b, o)
}

func textHandler(b *bytes.Buffer, o *slog.HandlerOptions) slog.Handler {
	return slog.NewTextHandler(b, o)
}

func onlyMessage(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
		return slog.Attr{}
	}
	return a
}

func TestObjectsWithoutEndPrintInPart(t *testing.T) {
	cycle := value.NewObject(1)
	cycle.Set("self", []any{cycle})
	require.Regexp(t, `^\{"self":\[\{"self":.*\.\.\.$`, cycle.String())
	require.Less(t, len(cycle.String()), 2000)

	wide := value.NewObject(1)
	for range 40 { // as JSON: 2^40 parts
		wide = value.ObjectOf(value.Member{Key: "a", Value: wide}, value.Member{Key: "b", Value: wide})
	}
	require.Less(t, len(fmt.Sprint(wide)), 2000)

	deep := value.NewObject(0)
	for range value.MaxDepth {
		deep = value.ObjectOf(value.Member{Key: "a", Value: deep})
	}
	require.Less(t, len(deep.String()), 2000)
	require.Equal(t, `{"n":null}`, value.ObjectOf(value.Member{Key: "n", Value: 1}).String())
}
