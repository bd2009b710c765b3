package intrinsics_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

// costs are calls whose work is mostly that of one function. They see 30,000
// numbers as n, 30,000 empty lists as l, 10,000 objects in lists as o, 10,000
// strings as t, objects of 10,000 members as p and q, 240,000 characters as s and
// 9,000 as r.
var costs = []struct{ name, call string }{
	{"Array", `States.ArrayLength(States.Array($.n, $.n, $.n))`},
	{"Array of scalars", `States.Array(1, 'a', $.r)`},
	{"ArrayPartition", `States.ArrayPartition($.n, 1)`},
	{"ArrayPartition of many", `States.ArrayPartition($.l, 100)`},
	{"ArrayContains", `States.ArrayContains($.n, -1)`},
	{"ArrayContains a list", `States.ArrayContains($.l, $.one)`},
	{"ArrayContains a string", `States.ArrayContains($.t, 'x')`},
	{"ArrayContains spelled", `States.ArrayContains($.n, 'x')`},
	{"ArrayContains an object", `States.ArrayContains($.o, $.p)`},
	{"ArrayGetItem", `States.ArrayGetItem($.n, 1)`},
	{"ArrayLength", `States.ArrayLength($.n)`},
	{"ArrayRange", `States.ArrayRange(1, 1000, 1)`},
	{"ArrayUnique", `States.ArrayUnique($.n)`},
	{"ArrayUnique of lists", `States.ArrayUnique($.l)`},
	{"ArrayUnique of objects", `States.ArrayUnique($.o)`},
	{"ArrayUnique of strings", `States.ArrayUnique($.t)`},
	{"ArrayUnique of partitions", `States.ArrayUnique(States.ArrayPartition($.n, 2))`},
	{"Base64Encode", `States.Base64Encode($.r)`},
	{"Base64Decode", `States.Base64Decode($.r)`},
	{"Format", `States.Format('{}{}', $.s, $.s)`},
	{"Format of objects", `States.Format('{}', $.o)`},
	{"Format of numbers", `States.Format('{}', $.n)`},
	{"Format of little", `States.Format('{}', $.one)`},
	{"Hash", `States.Hash($.r, 'SHA-512')`},
	{"Hash of little", `States.Hash('a', 'SHA-1')`},
	{"Hash of a list", `States.Hash($.short, 'MD5')`},
	{"JsonMerge", `States.JsonMerge($.p, $.q, false)`},
	{"JsonMerge of little", `States.JsonMerge($.e, $.e, false)`},
	{"JsonToString", `States.JsonToString($.o)`},
	{"JsonToString of numbers", `States.JsonToString($.n)`},
	{"JsonToString of strings", `States.JsonToString($.t)`},
	{"MathAdd", `States.MathAdd(1, 2)`},
	{"MathRandom", `States.MathRandom(1, 2)`},
	{"MathRandom with a seed", `States.MathRandom(-2147483648, 2147483647, 7)`},
	{"StringSplit", `States.StringSplit($.s, ',')`},
	{"StringSplit at two", `States.StringSplit($.s, ',a')`},
	{"StringSplit at many", `States.StringSplit($.s, 'qwertyuiopasdfghjkl,zxcvbnm')`},
	{"StringSplit at all", `States.StringSplit($.r, $.s)`},
	{"StringSplit at 8", `States.StringSplit($.s, 'zxyw123!')`},
	{"StringSplit at wide characters", `States.StringSplit($.s, '漢字漢字')`},
	{"StringToJson", `States.StringToJson($.j)`},
	{"StringToJson of lists", `States.StringToJson($.k)`},
	{"UUID", `States.UUID()`},
}

// BenchmarkStep measures what a step of each kind of work takes: the limits count
// steps, and stand for time.
func BenchmarkStep(b *testing.B) {
	var n, l, o, t, p, q strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&n, "%d,", i*7919%30_011)
		l.WriteString("[],")
	}
	for i := range 10_000 {
		o.WriteString(`{"a":[{"b":[1,{"c":{}}]}]},`)
		fmt.Fprintf(&t, `"ty%d",`, i)
		fmt.Fprintf(&p, `"o%d":1,`, i)
		fmt.Fprintf(&q, `"p%d":1,`, i)
	}
	objects := o.String() + `{"a":[{"b":[1]}]}`
	e := newEnv(b, `{"one":[1],"e":{"a":1},"short":[`+n.String()[:5000]+`0],"n":[`+n.String()+`0],"l":[`+l.String()+`[]],"o":[`+objects+`],"t":[`+t.String()+`""],
		"p":{`+p.String()+`"z":1},"q":{`+q.String()+`"z":1},"s":"`+strings.Repeat("ab,", 80_000)+`","r":"`+strings.Repeat("ab,", 3000)+`",
		"j":`+value.String("["+objects+"]")+`,"k":`+value.String("["+l.String()+"[]]")+`}`)
	for _, c := range costs {
		call, err := intrinsics.Parse(c.call)
		require.NoError(b, err)
		b.Run(c.name, func(b *testing.B) {
			steps := 0
			for b.Loop() {
				e.meter = &value.Meter{Bytes: 10 << 20, Steps: 5_000_000}
				if _, err := call.Eval(e); err != nil && !errors.Is(err, value.ErrTooMuchWork) {
					b.Fatal(err)
				}
				steps += 5_000_000 - e.meter.Steps - e.meter.Undone
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(steps, 1)), "ns/step")
			b.ReportMetric(float64(steps)/float64(b.N), "steps")
		})
	}
}
