package value

import "log/slog"

// String returns the object as [Append] writes it, so that fmt prints the JSON.
// An object that is deeper than [MaxDepth] or larger than [MaxSize], such as one
// that contains itself, is cut.
func (o *Object) String() string {
	if size, depth := Measure(o); size <= MaxSize && depth <= MaxDepth {
		return string(Append(nil, o))
	}
	const limit = 1 << 10
	text := AppendUpTo(nil, o, limit)
	if len(text) >= limit {
		text = append(text[:limit], "..."...)
	}
	return string(text)
}

// LogValue makes log/slog write the object as JSON: a JSON handler nests it, a
// text handler writes it as a string.
func (o *Object) LogValue() slog.Value { return slog.AnyValue(logged{o}) }

// logged is an object without LogValue, which log/slog would call again.
type logged struct{ o *Object }

func (l logged) String() string { return l.o.String() }

func (l logged) MarshalJSON() ([]byte, error) { return l.o.MarshalJSON() }
