package adversary

import (
	"fmt"
	"slices"
	"strings"
)

// hostile is a definition, and an input for it, that are meant to take memory or
// time. Neither is larger than maxText. The definition is written when it is
// needed: all of them take more than what is measured.
type hostile struct {
	name       string
	definition func() string
	input      string
}

func written(definition string) func() string { return func() string { return definition } }

const maxText = 256 << 10

// fill repeats a part, with a comma between, until it has n bytes. %d in it is the
// number of the part.
func fill(n int, part string) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(part, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// again repeats a part until it has n bytes, without a comma.
func again(n int, part string) string { return strings.Repeat(part, n/len(part)) }

func quoted(s string) string {
	s = strings.ReplaceAll(s, `\`, `\\`)
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}

// inputs are of 250 KB, each large in another way.
var inputs = map[string]string{
	"numbers": `{"one": [1], "b": [` + fill(240_000, "1") + `], "o": {` + fill(4000, `"o%d":1`) + `}, "p": {` + fill(4000, `"p%d":1`) + `}, "s": "x"}`,
	"lists":   `{"one": [1], "b": [` + fill(240_000, "[]") + `], "o": {` + fill(4000, `"o%d":1`) + `}, "p": {` + fill(4000, `"p%d":1`) + `}, "s": "x"}`,
	"objects": `{"one": [1], "b": [` + fill(240_000, `{}`) + `], "o": {` + fill(4000, `"o%d":1`) + `}, "p": {` + fill(4000, `"p%d":1`) + `}, "s": "x"}`,
	"members": `{"one": [1], "b": [1], "o": {` + fill(120_000, `"o%d":1`) + `}, "p": {` + fill(120_000, `"p%d":1`) + `}, "s": "x"}`,
	"text":    `{"one": [1], "b": [1], "o": {}, "p": {}, "s": "` + again(240_000, "ab,") + `"}`,
	"texts":   `{"one": [1], "b": [` + fill(240_000, `"`+strings.Repeat("y", 2000)+`"`) + `], "o": {}, "p": {}, "s": "x"}`,
	"nested":  `{"one": [1], "b": ` + strings.Repeat("[", 400) + "[]" + strings.Repeat(",1]", 400) + `, "o": {}, "p": {}, "s": "x"}`,
	"trees":   `{"one": [1], "b": [` + fill(200_000, `{"a":[{"b":[1,{"c":{}}]}]}`) + `], "o": {}, "p": {}, "s": "x"}`,
}

// templates are fields of a payload template, each with the input that suits it.
var templates = []struct{ name, input, fields string }{
	{"lists", "numbers", fill(60_000, `"a%d.$": "IN.b[*]"`)},
	{"lists of lists", "lists", fill(60_000, `"a%d.$": "IN.b[*]"`)},
	{"lists in an array", "objects", `"a.$": "States.Array(` + fill(9000, "IN.b[*]") + `)"`},
	{"lengths of lists", "numbers", `"a.$": "States.ArrayLength(States.Array(` + fill(9000, "IN.b[*]") + `))"`},
	{"descents", "nested", `"a.$": "IN.b..[*]..[*]..[*]"`},
	{"descents of trees", "trees", `"a.$": "IN..*..*..*"`},
	{"slices", "nested", fill(1000, `"a%d.$": "IN.b..[-9:]..[0:]..[:99]"`)},
	{"slices before the start", "numbers", fill(60_000, `"a%d.$": "IN.b[-60000:9]"`)},
	{"indexes", "numbers", `"a.$": "IN.b[` + fill(200_000, "0") + `]"`},
	{"filters", "numbers", fill(60_000, `"a%d.$": "IN.b[?(@ != 2)]"`)},
	{"filters of the document", "texts", fill(60_000, `"a%d.$": "$.b[?(@ == $.b[0])]"`)},
	{"a filter of many", "numbers", `"a.$": "IN.b[?(@ == 2` + again(100_000, " || @ == 2") + `)]"`},
	{"patterns", "texts", fill(60_000, `"a%d.$": "IN.b[?(@ =~ /(y|yy)*z/)]"`)},
	{"large patterns", "text", fill(150_000, `"a%d.$": "$.one[?($.s =~ /[ab,]{0,1000}z/)]"`)},
	{"classes", "texts", fill(100_000, `"a%d.$": "IN.b[?(@ =~ /\\pL\\pN*/i)]"`)},
	{"merges", "members", fill(100_000, `"a%d.$": "States.JsonMerge(IN.o, IN.p, false)"`)},
	{"merges of merges", "members", fill(60_000, `"a%d.$": "States.JsonMerge(States.JsonMerge(IN.o, IN.p, false), States.JsonMerge(IN.p, IN.o, false), false)"`)},
	{"partitions", "numbers", fill(60_000, `"a%d.$": "States.ArrayPartition(IN.b, 1)"`)},
	{"unique", "lists", fill(60_000, `"a%d.$": "States.ArrayUnique(IN.b)"`)},
	{"unique texts", "texts", fill(60_000, `"a%d.$": "States.ArrayUnique(IN.b)"`)},
	{"contains", "trees", fill(60_000, `"a%d.$": "States.ArrayContains(IN.b, IN.one)"`)},
	{"items", "texts", fill(60_000, `"a%d.$": "States.ArrayGetItem(IN.b, 1)"`)},
	{"ranges", "numbers", fill(150_000, `"a%d.$": "States.ArrayRange(1, 1000, 1)"`)},
	{"texts of values", "trees", fill(60_000, `"a%d.$": "States.JsonToString(IN)"`)},
	{"values of texts", "lists", fill(60_000, `"a%d.$": "States.StringToJson(States.JsonToString(IN.b))"`)},
	{"one long text", "text", `"a.$": "States.Format('` + strings.Repeat("{}", 990) + `'` + strings.Repeat(", IN.s", 990) + `)"`},
	{"many long texts", "text", fill(60_000, `"a%d.$": "States.Format('{}{}', IN.s, IN.s)"`)},
	{"texts of objects", "trees", fill(60_000, `"a%d.$": "States.Format('{}', IN)"`)},
	{"splits", "text", fill(60_000, `"a%d.$": "States.StringSplit(IN.s, ',a')"`)},
	{"splits at many", "text", fill(60_000, `"a%d.$": "States.StringSplit(IN.s, 'qwertyuiopasdfghjkl,zxcvbnm')"`)},
	{"calls in calls", "numbers", `"a.$": "` + strings.Repeat("States.Array(IN.b[*], IN.b[*], ", 9) + "1" + strings.Repeat(")", 9) + `"`},
	{"hashes", "numbers", fill(150_000, `"a%d.$": "States.Hash(IN.b[0], 'SHA-512')"`)},
	{"identifiers", "numbers", fill(150_000, `"a%d.$": "States.UUID()"`)},
	{"random numbers", "numbers", fill(150_000, `"a%d.$": "States.MathRandom(-2147483648, 2147483647, %d)"`)},
	{"the input again and again", "texts", fill(150_000, `"a%d.$": "$$"`)},
	{"arrays of arrays", "numbers", fill(60_000, `"a%d.$": "States.Array(States.Array(IN.b, IN.b), States.Array(IN.b, IN.b))"`)},
	{"arrays of arrays of lists", "lists", `"a.$": "` + strings.Repeat("States.Array(IN.b, ", 9) + "IN.b" + strings.Repeat(")", 9) + `"`},
	{"splits of formats", "text", fill(60_000, `"a%d.$": "States.StringSplit(States.Format('{},{}', IN.s, IN.s), ',')"`)},
	{"partitions of partitions", "lists", fill(60_000, `"a%d.$": "States.ArrayPartition(States.ArrayPartition(States.ArrayPartition(IN.b, 1), 1), 1)"`)},
	{"ranges of ranges", "numbers", `"a.$": "States.Array(` + strings.TrimSuffix(strings.Repeat("States.ArrayRange(1, 1000, 1), ", 900), ", ") + `)"`},
	{"unique partitions", "numbers", fill(60_000, `"a%d.$": "States.ArrayUnique(States.ArrayPartition(IN.b, 2))"`)},
	{"long paths", "nested", fill(100_000, `"a%d.$": "IN.b`+strings.Repeat("[0]", 300)+`"`)},
	{"paths of filters of paths", "trees", fill(30_000, `"a%d.$": "IN.b[?(@.a[?(@.b[?(@.c)])])]"`)},
	{"literals", "numbers", `"a.$": "$.one", "l": [` + fill(150_000, `{"a":[]}`) + `]`},
}

// templatePlaces are states of JSONPath with a template, # in them.
var templatePlaces = []struct{ name, states string }{
	{"Parameters", `"S": {"Type": "Task", "Resource": "echo", "Parameters": {#}, "End": true}`},
	{"Assign", `"S": {"Type": "Pass", "Assign": {"x": {#}}, "End": true}`},
	{"ItemSelector", `"S": {"Type": "Map", "ItemsPath": "$.b", "ItemSelector": {#}, "ItemProcessor": ` + machineOf(`{"Type": "Pass", "End": true}`, "I") + `, "ResultPath": null, "End": true}`},
}

// machineOf is a machine of one state.
func machineOf(state, name string) string {
	return fmt.Sprintf(`{"StartAt": %[1]q, "States": {%[1]q: %[2]s}}`, name, state)
}

// expressions are in JSONata, each with the input that suits it.
var expressions = []struct{ name, input, text string }{
	{"pad", "numbers", `$pad('', 250000)`},
	{"pad to the limit", "numbers", `$pad('', 6990000)`},
	{"pad beyond", "numbers", `$pad('', 100000000)`},
	{"pad with a pattern", "text", `$pad('', -240000, $states.input.s)`},
	{"range", "numbers", `[1..870000]`},
	{"ranges", "numbers", `[1..10000].[1..10000]`},
	{"numbers", "numbers", `$range(1, 360000, 1)`},
	{"join", "numbers", `$join($states.input.b.$string(), ', ')`},
	{"join of splits", "text", `$join($split($states.input.s, ''), $pad('', 1000))`},
	{"concatenation", "text", `$reduce([1..40], function($a, $i) { $a & $a }, $states.input.s)`},
	{"replace", "text", `$replace($states.input.s, 'a', $pad('', 1000))`},
	{"replace by a pattern", "text", `$replace($states.input.s, /[ab]/, $pad('', 1000))`},
	{"replace by a function", "text", `$replace($states.input.s, /./, function($m) { $m.match & $states.input.s })`},
	{"match", "text", `$match($states.input.s, /a/)`},
	{"match with groups", "text", `$match($states.input.s, /(((((a)))))(b)?/)`},
	{"split by a pattern", "text", `$split($states.input.s, /,/)`},
	{"stars of stars", "text", `$contains($states.input.s, /^((a|b|,)*)*z/)`},
	{"alternatives", "text", `$contains($states.input.s, /^(a|ab|ab,|b,|b|,)*z/)`},
	{"references", "text", `$contains($states.input.s, /^(.*)*\\1z/)`},
	{"lookaheads", "text", `$contains($states.input.s, /^(?=((a|b)+,)+z)/)`},
	{"repeats", "text", `$contains($states.input.s, /(((a|b|,){1,1000}){1,1000}){1,1000}z/)`},
	{"map", "numbers", `$map($states.input.b, function($v, $i) { {'k' & $i: [$v, $v, {}]} })`},
	{"filter", "numbers", `$filter($states.input.b, function($v, $i, $a) { $count($a) > $i })`},
	{"objects", "numbers", `$states.input.b.{'a': $, 'b': [$, $]}`},
	{"merge", "numbers", `$merge([1..60000].{'k' & $: $})`},
	{"group", "numbers", `$states.input.b{$string($random()): $}`},
	{"each", "members", `$each($states.input.o, function($v, $k) { $merge([$states.input.o, {$k: $v}]) })`},
	{"sift", "members", `$map([1..10000], function() { $sift($states.input.o, function() { true }) })`},
	{"spread", "members", `$spread([$states.input.o, $states.input.p, $states.input.o])`},
	{"keys", "members", `$map([1..10000], function() { $keys($states.input.o) })`},
	{"transform", "trees", `$states.input ~> |**|{'z': [1..100]}|`},
	{"transform of a copy", "trees", `$map([1..1000], function() { $states.input ~> |b|{'z': 1}| })`},
	{"shared objects", "numbers", `$reduce([1..60], function($a, $i) { {'a': $a, 'b': $a} }, 1)`},
	{"shared lists", "numbers", `$reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1)`},
	{"text of shared parts", "numbers", `$string($reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1))`},
	{"shared parts that are equal", "numbers", `($f := function() { $reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1) }; $f() = $f())`},
	{"message of shared parts", "numbers", `-$reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1)`},
	{"descendants", "trees", `$states.input.**.**.**`},
	{"wildcards", "trees", `$states.input.*.*.*.*`},
	{"products", "numbers", `($b := [1..3000]; $b@$x.$b@$y.{'x': $x, 'y': $y})`},
	{"sort", "numbers", `$sort([1..200000], function($a, $b) { $a < $b })`},
	{"order", "trees", `$states.input.b^(a.b)`},
	{"distinct", "trees", `$distinct($states.input.b)`},
	{"zip", "numbers", `$zip($states.input.b, $states.input.b, $states.input.b)`},
	{"reverse", "numbers", `$reduce([1..1000], function($a, $i) { $reverse($a) }, $states.input.b)`},
	{"shuffle", "numbers", `$map([1..1000], function() { $shuffle($states.input.b) })`},
	{"append", "numbers", `$reduce([1..1000], function($a, $i) { $append($a, $states.input.b) }, [])`},
	{"partition", "numbers", `$map([1..1000], function() { $partition($states.input.b, 1) })`},
	{"recursion", "numbers", `($f := function($n) { 1 + $f($n + 1) }; $f(0))`},
	{"tail recursion", "numbers", `($f := function($n) { $f($n + 1) }; $f(0))`},
	{"recursion of two", "numbers", `($f := function($n) { $n > 90 ? 1 : $f($n + 1) + $f($n + 1) }; $f(0))`},
	{"closures", "numbers", `$map([1..200000], function($i) { function() { $i } })`},
	{"powers", "numbers", `$map([1..100000], function($i) { $power(2, $i % 1000) })`},
	{"bases", "numbers", `$map([1..100000], function($i) { $formatBase($power(2, 52) + $i, 2) })`},
	{"number pictures", "numbers", `$map([1..10000], function($i) { $formatNumber($i, $pad('', 300, '0')) })`},
	{"a long number picture", "numbers", `$formatNumber(1, $pad('', 200000, '0'))`},
	{"time pictures", "numbers", `$map([1..10000], function($i) { $fromMillis($i, $pad('', 3000, '[Y0001]')) })`},
	{"a wide time picture", "numbers", `$fromMillis(0, '[Y0001,1000000000-1000000000]')`},
	{"times", "numbers", `$map([1..10000], function($i) { $toMillis($pad('', 3000, '2024-'), $pad('', 3000, '[Y0001]-')) })`},
	{"words", "numbers", `$map([1..100000], function($i) { $formatInteger($i * 999999999, 'w') })`},
	{"hashes", "text", `$map([1..100000], function($i) { $hash($states.input.s, 'SHA-512') })`},
	{"base64", "text", `$reduce([1..40], function($a, $i) { $base64encode($a) }, $states.input.s)`},
	{"urls", "text", `$reduce([1..40], function($a, $i) { $encodeUrlComponent($a) }, $states.input.s)`},
	{"parse", "text", `$map([1..100000], function($i) { $parse('[' & $pad('', 199998, '[],') & '1]') })`},
	{"identifiers", "numbers", `$map([1..100000], function() { $uuid() })`},
	{"eval", "numbers", `$eval('[1..1000000]')`},
	{"error", "text", `$error($states.input.s & $states.input.s)`},
	{"the context", "texts", `$map([1..100000], function() { $states.context })`},
	{"case", "text", `$map([1..10000], function() { $uppercase($states.input.s) })`},
	{"substrings", "text", `$map([1..100000], function($i) { $substring($states.input.s, -$i, 9) })`},
	{"sums", "numbers", `$map([1..100000], function($i) { $sum($states.input.b) })`},
	{"splits in a map", "text", `$map($split($states.input.s, ''), function($c) { $split($states.input.s, '') })`},
	{"splits by a pattern in a map", "text", `$map([1..100000], function() { $split($states.input.s, /,/) })`},
	{"code units", "text", `$map([1..100000], function() { ($states.input.s ~> $split('')).($ & 'x') })`},
	{"wildcards of lists", "numbers", `$map($states.input.b, function($p, $c, $x) { $x.* })`},
	{"a function of many nodes", "numbers", `$map([1..1000000], function($x) { $x` + again(100_000, ` + $x * $x - $x`) + ` })`},
	{"a predicate of many nodes", "numbers", `$states.input.b[$ > 2` + again(100_000, ` or $ > 2`) + `]`},
	{"a step of many nodes", "numbers", `$states.input.b.($` + again(100_000, ` + 1`) + `)`},
	{"an order of many nodes", "numbers", `$states.input.b^($` + again(100_000, ` + 1`) + `)`},
	{"groups of many nodes", "numbers", `$states.input.b{$string($` + again(100_000, ` + 1`) + `): $}`},
	{"sums of many nodes", "objects", `$sum($states.input.b.(1` + again(100_000, ` + 1`) + `))`},
	{"a reduction of many nodes", "numbers", `$reduce($states.input.b, function($a, $x) { $a + $x` + again(100_000, ` + $x`) + ` }, 0)`},
	{"a condition of many nodes", "numbers", `($f := function($x) { $x >= 0 ? $f($x` + again(100_000, ` + 1`) + `) : 1 }; $f(0))`},
	{"evals", "numbers", `$map([1..1000000], function() { $eval('[1,2,3]') })`},
	{"evals of long sources", "numbers", `($s := '[' & $pad('', 200000, '1,') & '1]'; $map([1..1000000], function() { $eval($s) }))`},
	{"evals in evals", "numbers", `($s := '$eval($s)'; $eval($s))`},
	{"appends that double", "numbers", `$reduce([1..60], function($a, $i) { $append($a, $a) }, [1])`},
	{"spreads that double", "members", `$reduce([1..60], function($a, $i) { $spread($append($a, $a)) }, $states.input.o)`},
	{"merges that double", "members", `$reduce([1..60], function($a, $i) { {'a': $merge([$a, {'b': $a}])} }, $states.input.o)`},
	{"zips that double", "numbers", `$reduce([1..60], function($a, $i) { $zip($a, $a) }, [1, 2])`},
	{"eaches in eaches", "members", `$each($states.input.o, function($v) { $each($states.input.o, function($w) { $w }) })`},
	{"replaces that double", "text", `$reduce([1..60], function($a, $i) { $replace($a, 'a', 'aa') }, $states.input.s)`},
	{"joins that double", "text", `$reduce([1..60], function($a, $i) { $join([$a, $a]) }, $states.input.s)`},
	{"partial functions of partial functions", "numbers", `($f := function($x, $y) { $x }; $g := $reduce([1..100000], function($h, $i) { $h(?, $i) }, $f); 1)`},
	{"chains of chains", "numbers", `($f := function($x) { $x }; $g := $reduce([1..100000], function($h, $i) { $h ~> $f }, $f); $g(1))`},
	{"tuples of many variables", "numbers", `($b := [1..300]; $b@$a.$b@$c.$b@$d.($a + $c + $d))`},
	{"backtracking", "text", `$contains($states.input.s, /^(([ab,])+)+(([ab,])+)+z/)`},
	{"backtracking again and again", "text", `$map([1..100000], function() { $contains($states.input.s, /(a|b|,)+?z/) })`},
}

// expressionPlaces are states of JSONata with a field, # in them.
var expressionPlaces = []struct {
	name, states string
	times        int // that the field has the expression
}{
	{"Output", `"S": {"Type": "Pass", "Output": #, "End": true}`, 1},
	{"Arguments of many fields", `"S": {"Type": "Task", "Resource": "echo", "Arguments": #, "End": true}`, 300},
	{"Items", `"S": {"Type": "Map", "Items": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "ItemSelector": #, "ItemProcessor": ` + machineOf(`{"Type": "Pass", "End": true}`, "I") + `, "Output": 1, "End": true}`, 1},
}

func pathCases() (all []hostile) {
	for i, template := range templates {
		for j, place := range templatePlaces {
			if j > 0 && (i+j)%2 == 0 {
				continue // in Parameters all of them, elsewhere half of them each
			}
			all = append(all, hostile{"JSONPath " + place.name + ": " + template.name, func() string {
				fields := strings.ReplaceAll(template.fields, "IN", "$$.Execution.Input")
				return definitionOf("JSONPath", strings.ReplaceAll(place.states, "#", fields))
			}, inputs[template.input]})
		}
	}
	return all
}

func expressionCases() (all []hostile) {
	for i, e := range expressions {
		text := quoted("{% " + strings.ReplaceAll(e.text, `\\`, `\`) + " %}")
		for j, place := range expressionPlaces {
			if j > 0 && (i+j)%4 > 0 {
				continue // in Output all of them, elsewhere a quarter of them each
			}
			all = append(all, hostile{"JSONata " + place.name + ": " + e.name, func() string {
				field := text
				if place.times > 1 {
					field = "[" + strings.TrimSuffix(strings.Repeat(text+",", min(place.times, maxText/2/len(text))), ",") + "]"
				}
				return definitionOf("JSONata", strings.ReplaceAll(place.states, "#", field))
			}, inputs[e.input]})
		}
	}
	return all
}

func definitionOf(language, states string) string {
	return fmt.Sprintf(`{"QueryLanguage": %q, "StartAt": "S", "States": {%s}}`, language, states)
}

// wrapped nests a state in so many others.
func wrapped(depth int, open, state, closing string) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.ReplaceAll(open, "%d", fmt.Sprint(i)))
	}
	b.WriteString(state)
	b.WriteString(strings.Repeat(closing, depth))
	return b.String()
}

// machineCases are hostile by the states that they have.
func machineCases() []hostile {
	const large = `{% $pad('', 250000, $string($random())) %}`
	pass := `{"Type": "Pass", "End": true}`
	numbers, texts := inputs["numbers"], inputs["texts"]
	chain := func(state string) string {
		var b strings.Builder
		i := 0
		for ; b.Len() < 200_000; i++ {
			fmt.Fprintf(&b, `"%s%d": %s,`, strings.Repeat("S", min(i, 1)), i, strings.NewReplacer("%d", fmt.Sprint(i), "NEXT", fmt.Sprintf("S%d", i+1)).Replace(state))
		}
		return strings.Replace(b.String(), `"0":`, `"S":`, 1) + fmt.Sprintf(`"S%d": %s`, i, pass)
	}
	return []hostile{
		{"results of a Map", written(definitionOf("JSONata", `"S": {"Type": "Map", "Items": "{% [1..10000] %}", "ItemProcessor": `+machineOf(`{"Type": "Pass", "Output": "`+large+`", "End": true}`, "I")+`, "Output": 1, "End": true}`)), numbers},
		{"results of a Map, one at a time", written(definitionOf("JSONata", `"S": {"Type": "Map", "Items": "{% [1..10000] %}", "MaxConcurrency": 1, "ItemProcessor": `+machineOf(`{"Type": "Pass", "Output": "`+large+`", "End": true}`, "I")+`, "Output": 1, "End": true}`)), numbers},
		{"lists as results of a Map", written(definitionOf("JSONata", `"S": {"Type": "Map", "Items": "{% [1..10000] %}", "ItemProcessor": `+machineOf(`{"Type": "Pass", "Output": "{% [1..70000].[] %}", "End": true}`, "I")+`, "Output": 1, "End": true}`)), numbers},
		{"small parts as results", written(definitionOf("JSONata", `"S": {"Type": "Map", "Items": "{% [1..10000] %}", "ItemProcessor": `+machineOf(`{"Type": "Pass", "Output": "{% $substring($pad('', 1000000), 0, 9) %}", "End": true}`, "I")+`, "Output": 1, "End": true}`)), numbers},
		{"copies by ResultPath", written(definitionOf("JSONPath", `"S": {"Type": "Map", "ItemsPath": "$.b", "ItemSelector": {"x.$": "$"}, "ItemProcessor": `+machineOf(`{"Type": "Pass", "Result": 1, "ResultPath": "$.x.o.new", "End": true}`, "I")+`, "ResultPath": null, "End": true}`)), `{"b": [` + fill(100_000, "1") + `], "o": {` + fill(100_000, `"o%d":1`) + `}}`},
		{"the input in every iteration", written(definitionOf("JSONPath", `"S": {"Type": "Map", "ItemsPath": "$.b", "ItemSelector": {"x.$": "$"}, "ItemProcessor": `+machineOf(pass, "I")+`, "End": true}`)), numbers},
		{"Maps of Maps", written(definitionOf("JSONata", `"S": `+wrapped(20, `{"Type": "Map", "Items": [1, 2, 3], "End": true, "Output": 1, "ItemProcessor": {"StartAt": "I%d", "States": {"I%d": `, `{"Type": "Pass", "Output": "`+large+`", "End": true}`, `}}}`))), numbers},
		{"outputs of a Parallel", written(definitionOf("JSONata", `"S": {"Type": "Parallel", "Branches": [`+fill(200_000, machineOf(`{"Type": "Pass", "Output": "`+large+`", "End": true}`, "B%d"))+`], "Output": 1, "End": true}`)), numbers},
		{"a Parallel that waits", written(definitionOf("JSONata", `"S": {"Type": "Parallel", "Branches": [`+fill(200_000, `{"StartAt": "B%d", "States": {"B%d": {"Type": "Pass", "Output": "`+large+`", "Next": "C%d"}, "C%d": {"Type": "Wait", "Seconds": 9, "Output": 1, "End": true}}}`)+`], "Output": 1, "End": true}`)), numbers},
		{"arguments of many tasks", written(definitionOf("JSONata", `"S": {"Type": "Parallel", "Branches": [`+fill(200_000, machineOf(`{"Type": "Task", "Resource": "late", "Arguments": "`+large+`", "Output": 1, "End": true}`, "B%d"))+`], "Output": 1, "End": true}`)), numbers},
		{"results of many tasks", written(definitionOf("JSONPath", `"S": {"Type": "Parallel", "Branches": [`+fill(200_000, machineOf(`{"Type": "Task", "Resource": "large", "End": true}`, "B%d"))+`], "ResultPath": null, "End": true}`)), numbers},
		{"a wide Parallel", written(definitionOf("JSONPath", `"S": {"Type": "Parallel", "Branches": [`+fill(200_000, machineOf(pass, "B%d"))+`], "End": true}`)), texts},
		{"a deep Parallel", written(definitionOf("JSONata", `"S": `+wrapped(90, `{"Type": "Parallel", "End": true, "Output": {"a": "`+large+`", "r": "{% $count($states.result) %}"}, "Branches": [{"StartAt": "B%d", "States": {"B%d": `, pass, `}}]}`))), numbers},
		{"variables", written(definitionOf("JSONata", chain(`{"Type": "Pass", "Assign": {"v%d": "`+large+`"}, "Next": "NEXT"}`))), numbers},
		{"variables of small parts", written(definitionOf("JSONata", chain(`{"Type": "Pass", "Assign": {"v%d": "{% $substring($pad('', 3000000), 0, 9) %}"}, "Next": "NEXT"}`))), numbers},
		{"variables of lists", written(definitionOf("JSONPath", chain(`{"Type": "Pass", "Assign": {"v%d.$": "States.StringToJson(States.JsonToString($.b))"}, "Next": "NEXT"}`))), inputs["lists"]},
		{"variables in branches", written(definitionOf("JSONata", `"S": {"Type": "Parallel", "Branches": [`+fill(100_000, machineOf(`{"Type": "Pass", "Assign": {"v": "`+large+`"}, "Output": 1, "End": true}`, "B%d"))+`], "End": true}`)), numbers},
		{"an endless loop", written(definitionOf("JSONPath", `"S": {"Type": "Pass", "Next": "S"}`)), numbers},
		{"an endless loop that makes", written(definitionOf("JSONata", `"S": {"Type": "Pass", "Output": "`+large+`", "Next": "S"}`)), numbers},
		{"an endless loop that works", written(definitionOf("JSONata", `"S": {"Type": "Pass", "Output": "{% $sum([1..300000]) %}", "Next": "S"}`)), numbers},
		{"an endless loop that catches", written(definitionOf("JSONata", `"S": {"Type": "Task", "Resource": "fails", "Arguments": "`+large+`", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S", "Output": "`+large+`"}], "End": true}`)), numbers},
		{"endless retries", written(definitionOf("JSONata", `"S": {"Type": "Task", "Resource": "fails", "Arguments": "`+large+`", "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 99999999, "BackoffRate": 1}], "End": true}`)), numbers},
		{"many Retriers", written(definitionOf("JSONPath", `"S": {"Type": "Task", "Resource": "fails", "Retry": [`+fill(200_000, `{"ErrorEquals": ["E%d"]}`)+`, {"ErrorEquals": ["Boom"], "MaxAttempts": 50, "IntervalSeconds": 1, "BackoffRate": 1}], "End": true}`)), numbers},
		{"an endless loop of waits", written(definitionOf("JSONPath", `"S": {"Type": "Wait", "Seconds": 0, "Next": "S"}`)), numbers},
		{"rules of long paths", written(definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [`+fill(200_000, `{"Variable": "$.b`+strings.Repeat("[0]", 300)+`", "IsPresent": true, "Next": "Z"}`)+`], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), inputs["nested"]},
		{"rules of descents", written(definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [`+fill(200_000, `{"Variable": "$..c", "IsNull": true, "Next": "Z"}`)+`], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), inputs["trees"]},
		{"an endless loop that assigns", written(definitionOf("JSONata", `"S": {"Type": "Pass", "Assign": {"a": "{% [$a, $split($states.input.s, ',')] %}"}, "Output": "{% $states.input %}", "Next": "T"}, "T": {"Type": "Pass", "Assign": {"a": 1}, "Next": "S"}`)), inputs["text"]},
		{"an endless loop of long conditions", written(definitionOf("JSONata", `"S": {"Type": "Choice", "Choices": [{"Condition": "{% 1`+again(200_000, " + 1")+` < 0 %}", "Next": "Z"}], "Default": "S"}, "Z": {"Type": "Succeed"}`)), numbers},
		{"deep Not", written(definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [{"Next": "Z", `+wrapped(400, `"Not": {`, `"Variable": "$.s", "IsNull": true`, `}`)+`}], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), numbers},
		{"wide And", written(definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [{"Next": "Z", "And": [`+fill(230_000, `{"Variable": "$.s", "StringMatches": "*a*b*"}`)+`]}], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), inputs["text"]},
		{"wide Or of lists", written(definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [{"Next": "Z", "Or": [`+fill(230_000, `{"Variable": "$.b[*]", "IsNull": true}`)+`]}], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), numbers},
		{"patterns of many stars", written(definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [{"Variable": "$.s", "StringMatches": "`+again(100_000, "*a")+`z", "Next": "Z"}], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), inputs["text"]},
		{"comparisons of long texts", written(definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [{"Next": "Z", "Or": [`+fill(230_000, `{"Variable": "$.s", "StringLessThanPath": "$.s"}`)+`]}], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), inputs["text"]},
		{"wide conditions", written(definitionOf("JSONata", `"S": {"Type": "Choice", "Choices": [`+fill(230_000, `{"Condition": "{% $contains($states.input.s, 'z') %}", "Next": "Z"}`)+`], "Default": "Z"}, "Z": {"Type": "Succeed"}`)), inputs["text"]},
		{"long causes", written(definitionOf("JSONata", `"S": {"Type": "Parallel", "Branches": [`+machineOf(`{"Type": "Fail", "Error": "E", "Cause": "`+large+`"}`, "F")+`], "Catch": [{"ErrorEquals": ["States.ALL"], "Output": ["{% $states.errorOutput %}", "{% $states.errorOutput %}"], "Next": "S"}], "End": true}`)), numbers},
		{"messages about the input", written(definitionOf("JSONPath", `"S": {"Type": "Parallel", "Branches": [`+fill(100_000, machineOf(`{"Type": "Task", "Resource": "echo", "TimeoutSecondsPath": "$.b", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D%d"}], "End": true}, "D%d": `+pass, "B%d"))+`], "End": true}`)), numbers},
		{"ten times the timeout", written(definitionOf("JSONata", `"S": {"Type": "Task", "Resource": "echo", "TimeoutSeconds": "{% $count([1..800000]) %}", "HeartbeatSeconds": "{% $count([1..700000]) %}", "Arguments": ["`+large+`"], "End": true}`)), numbers},
	}
}

// textCases are hostile to whoever reads the definition. Many are not valid.
func textCases() []hostile {
	path := func(p string) string {
		return definitionOf("JSONPath", `"S": {"Type": "Pass", "Parameters": {"a.$": `+quoted(p)+`}, "End": true}`)
	}
	query := func(e string) string {
		return definitionOf("JSONata", `"S": {"Type": "Pass", "Output": `+quoted("{% "+e+" %}")+`, "End": true}`)
	}
	var all []hostile
	for name, definition := range map[string]string{
		"nested lists":                   definitionOf("JSONPath", `"S": {"Type": "Pass", "Result": `+again(100_000, "[")+`}`),
		"many lists":                     definitionOf("JSONPath", `"S": {"Type": "Pass", "Result": [`+fill(250_000, "[]")+`], "End": true}`),
		"many objects":                   definitionOf("JSONPath", `"S": {"Type": "Pass", "Result": [`+fill(250_000, "{}")+`], "End": true}`),
		"many numbers":                   definitionOf("JSONPath", `"S": {"Type": "Pass", "Parameters": [`+fill(250_000, "1")+`], "End": true}`),
		"many states":                    definitionOf("JSONPath", `"S": {"Type": "Pass", "End": true},`+fill(250_000, `"s%d": {"Type": "Pass", "Next": "S"}`)),
		"many targets":                   definitionOf("JSONPath", `"S": {"Type": "Pass", "End": true},`+fill(250_000, `"state%d": {"Type": "Pass", "Next": "satte%d"}`)),
		"many fields":                    definitionOf("JSONPath", `"S": {"Type": "Pass", "End": true,`+fill(250_000, `"Parametres%d": 1`)+`}`),
		"many rules":                     definitionOf("JSONPath", `"S": {"Type": "Choice", "Choices": [`+fill(250_000, `{"Variable": "$.a%d", "IsNull": true, "Next": "S"}`)+`]}`),
		"many paths":                     definitionOf("JSONPath", `"S": {"Type": "Pass", "Parameters": {`+fill(250_000, `"a%d.$": "$.a[*].b"`)+`}, "End": true}`),
		"many calls":                     definitionOf("JSONPath", `"S": {"Type": "Pass", "Parameters": {`+fill(250_000, `"a%d.$": "States.Array($.a, $.b)"`)+`}, "End": true}`),
		"many patterns":                  definitionOf("JSONPath", `"S": {"Type": "Pass", "Parameters": {`+fill(250_000, `"a%d.$": "$[?(@ =~ /x{1000}/)]"`)+`}, "End": true}`),
		"many classes":                   definitionOf("JSONPath", `"S": {"Type": "Pass", "Parameters": {`+fill(100_000, `"a%d.$": "$[?(@ =~ /\\pL\\pL/i)]"`)+`}, "End": true}`),
		"many variables":                 definitionOf("JSONPath", `"S": {"Type": "Pass", "Assign": {`+fill(250_000, `"v%d.$": "$v%d"`)+`}, "End": true}`),
		"many expressions":               definitionOf("JSONata", `"S": {"Type": "Pass", "Output": {`+fill(250_000, `"a%d": "{%$x.a%}"`)+`}, "End": true}`),
		"long name":                      definitionOf("JSONPath", `"S": {"Type": "Pass", "Next": "`+again(250_000, "S")+`"}`),
		"a path of brackets":             path("$" + again(100_000, "[")),
		"a path of dots":                 path("$" + again(250_000, "..")),
		"a path of names":                path("$[" + again(240_000, "'a',") + "'b']"),
		"a path of filters":              path("$" + again(240_000, "[?(@.a[?(@.b)])]")),
		"a filter of parentheses":        path("$[?(" + again(120_000, "(") + again(120_000, ")") + ")]"),
		"a pattern of groups":            path("$[?(@ =~ /" + again(120_000, "(") + "/)]"),
		"a pattern of classes":           path("$[?(@ =~ /" + again(150_000, `\pL`) + "/i)]"),
		"a pattern of repeats":           path("$[?(@ =~ /" + again(8000, `x{999}`) + "/)]"),
		"a call of many":                 path("States.Array(" + again(240_000, "1,") + "1)"),
		"calls in calls":                 path(again(240_000, "States.Array(")),
		"a template of braces":           path("States.Format('" + again(200_000, "{}") + "')"),
		"binds":                          query("(" + strings.ReplaceAll(fill(230_000, "$a%d := 1;"), ",", "") + " 1)"),
		"functions":                      query("(" + strings.ReplaceAll(fill(230_000, "$f%d := function($x) { $x };"), ",", "") + " 1)"),
		"names":                          query("$x.[" + again(240_000, "a,") + "1]"),
		"numbers in a list":              query("[" + again(240_000, "1,") + "1]"),
		"lists in a list":                query("[" + again(120_000, "[],") + "1]"),
		"parentheses":                    query(again(120_000, "(") + "1" + again(120_000, ")")),
		"a chain of dots":                query("$x" + again(240_000, ".a")),
		"a chain of predicates":          query("$x" + again(240_000, "[0]")),
		"a chain of sums":                query("1" + again(240_000, "+1")),
		"a chain of conditions":          query(again(240_000, "$x?1:") + "1"),
		"parents":                        query("$x" + again(240_000, ".a.%")),
		"calls":                          query("$x" + again(240_000, "()")),
		"transforms":                     query("$x" + again(240_000, " ~> |a|{}|")),
		"signatures":                     query("[" + again(240_000, "function($a)<s:s>{1},") + "1]"),
		"reads in nested blocks":         query(strings.Repeat("($a := 1; ", 300) + "[" + again(200_000, "$a,") + "1]" + strings.Repeat(")", 300)),
		"reads in nested lambdas":        query(strings.Repeat("function($a) { ", 300) + "[" + strings.ReplaceAll(fill(200_000, "$b%d"), " ", "") + "]" + strings.Repeat("}", 300)),
		"regular expressions":            query("[1" + again(120_000, ", /a|b/") + "]"),
		"a regular expression":           query("/" + again(240_000, "(a|b)*") + "/"),
		"a regular expression of groups": query("/" + again(100_000, "(") + "a" + again(100_000, ")") + "/"),
		"comments":                       query(again(240_000, "/**/") + "1"),
		"an open string":                 query("'" + again(240_000, "a")),
	} {
		all = append(all, hostile{"text: " + name, written(definition), `{}`})
	}
	slices.SortFunc(all, func(a, b hostile) int { return strings.Compare(a.name, b.name) })
	return all
}

func hostileCases() []hostile {
	all := append(pathCases(), expressionCases()...)
	all = append(all, machineCases()...)
	return append(all, textCases()...)
}
