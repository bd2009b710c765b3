package jsonpath

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gostates/gostates/value"
)

// costs are paths whose work is mostly of one kind. They see 30,000 numbers as n,
// 30,000 empty lists as l, 10,000 objects in lists as o, 10,000 strings as t, and
// 240,000 characters as s.
var costs = []struct{ name, path string }{
	{"lists", `$.n[*]`},
	{"lists of lists", `$.l[*]`},
	{"members", `$.m.*`},
	{"names of elements", `$.o[*].a`},
	{"long names", `$.o[*].a[0].b[0]`},
	{"names of no elements", `$.o[*].z`},
	{"two names", `$.o[*]['a','z']`},
	{"slices", `$.n[0:20000]`},
	{"slices before the start", `$.n[-30000:10000]`},
	{"indexes", `$.n[` + strings.Repeat("0,", 999) + `0]`},
	{"descents", `$.o..b`},
	{"descents of descents", `$.o..a..b`},
	{"all descendants", `$.o..*`},
	{"descents to nothing", `$..zz`},
	{"filters", `$.n[?(@ == -1)]`},
	{"filters of a name", `$.o[?(@.z == 1)]`},
	{"filters that find", `$.n[?(@ >= 0)]`},
	{"existence", `$.o[?(@.a[0].b)]`},
	{"filters of many", `$.n[?(@ == 2` + strings.Repeat(" || @ == -2", 99) + `)]`},
	{"filters of strings", `$.t[?(@ == 'x')]`},
	{"filters of fractions", `$.n[?(@ > 1000000.5)]`},
	{"filters of a long string", `$.n[?($.s == 'x')]`},
	{"filters of equal strings", `$.n[?($.s == $['s'])]`},
	{"filters of the document", `$.n[?(@ == $.one[0])]`},
	{"filters of the document's lists", `$.n[?($.n == $.l)]`},
	{"patterns", `$.t[?(@ =~ /(y|yy)*z/)]`},
	{"patterns of long strings", `$.one[?($.s =~ /(a|b|,|ab)*z/)]`},
	{"patterns of classes", `$.t[?(@ =~ /\pL\pN*/i)]`},
	{"patterns of repeats", `$.t[?(@ =~ /[ty]{0,200}z/)]`},
	{"patterns of numbers", `$.n[?(@ =~ /\d*z/)]`},
	{"patterns of objects", `$.o[?(@ =~ /.*z/)]`},
}

// BenchmarkStep measures what a step of each kind of work takes: the limits count
// steps, and stand for time.
func BenchmarkStep(b *testing.B) {
	var n, l, o, t strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&n, "%d,", i*7919%30_011)
		l.WriteString("[],")
	}
	for i := range 10_000 {
		o.WriteString(`{"a":[{"b":[1,{"c":{}}]}]},`)
		fmt.Fprintf(&t, `"ty%d",`, i)
	}
	input := parseValue(b, `{"one":[1],"n":[`+n.String()+`0],"l":[`+l.String()+`[]],"o":[`+o.String()+`{"a":[{"b":[1]}]}],"t":[`+t.String()+`""],
		"m":{"a":1,"z":1},"s":"`+strings.Repeat("ab,", 80_000)+`"}`)
	for _, c := range costs {
		p := mustParse(b, c.path)
		b.Run(c.name, func(b *testing.B) {
			steps := 0
			for b.Loop() {
				m := value.Meter{Bytes: 10 << 20, Steps: 5_000_000}
				if _, err := p.GetWithin(input, 0, &m); err != nil && !errors.Is(err, value.ErrTooMuchWork) {
					b.Fatal(err)
				}
				steps += 5_000_000 - m.Steps - m.Undone
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(steps, 1)), "ns/step")
			b.ReportMetric(float64(steps)/float64(b.N), "steps")
		})
	}
}
