package page

import (
	"bytes"
	"encoding/json"
	"html/template"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

var functions = template.FuncMap{
	"time":  writeTime,
	"count": func(n int64) string { return strconv.FormatInt(n, 10) },
}

func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000Z")
}

// writeDuration writes a duration as a person reads it.
func writeDuration(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return writeSeconds(d) + " s"
	}
	return d.Truncate(time.Second).String()
}

// writeSeconds writes the time since the start in seconds.
func writeSeconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
}

// text is data as a page shows it.
type text struct {
	JSON string
	More int // bytes that are left out
}

// indent returns a value as indented JSON, up to a limit.
func indent(v any, limit int) text {
	compact := value.Append(nil, v)
	var b bytes.Buffer
	if len(compact) > limit || json.Indent(&b, compact, "", "  ") != nil || b.Len() > 2*limit {
		return clip(compact, limit)
	}
	return text{JSON: b.String()}
}

func clip(s []byte, limit int) text {
	if len(s) <= limit {
		return text{JSON: string(s)}
	}
	n := limit
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return text{string(s[:n]), len(s) - n}
}
