package jsonatadiff

import "strings"

// A diffCase is an expression and the JSON text of its input; no text means
// undefined.
type diffCase struct{ expr, input string }

// shop is the input of most cases: one of everything.
const shop = `{
 "name": "Ärger & Söhne", "tags": ["x", "y", "x"], "one": [1], "empty": [], "none": null, "flag": true,
 "nested": [[1, 2], [3, [4]], []], "when": "2018-03-23T10:33:36.617Z",
 "orders": [
  {"id": "o1", "total": 12.5, "items": [{"sku": "a", "qty": 2, "price": 1.25}, {"sku": "b", "qty": 1, "price": 10}]},
  {"id": "o2", "total": 7, "items": {"sku": "a", "qty": 7, "price": 1}},
  {"id": "o3", "total": -1, "items": []},
  {"id": "o1", "note": "twice"}],
 "by": {"b": "bee", "10": "ten", "a": "ay", "2": "two", "01": "not an index", "-1": "neither"},
 "n": {"i": 42, "f": 0.1, "long": 12345678901234567, "huge": 1e300, "tiny": 1e-7, "neg": -3.5, "zero": 0},
 "s": {"astral": "a😀b", "lone": "x\ud800y", "esc": "q\"\\\n\u0001\u2028", "empty": "", "digits": "0042", "sharp": "ß ẞ İ ı"}
}`

// inputs vary the root.
var inputs = []string{
	``, `null`, `true`, `0`, `-2.5`, `""`, `"text"`, `[]`, `{}`, `[1]`, `[[]]`, `[[1]]`, `[null]`, `[{}]`,
	`[1,2,3]`, `["b","a","b"]`, `[{"a":1},{"a":[2,3]},{"b":4}]`, `{"a":{"b":[{"c":1},{"c":2}]}}`,
	`{"2":1,"1":2,"x":{"b":1,"0":2}}`, `[[1,[2]],[[3]]]`, `{"a":[]}`, `{"a":[[]]}`, `{"a":null}`,
}

// onInputs are tried on each of the inputs.
var onInputs = []string{
	`$`, `$$`, `$[0]`, `$[-1]`, `$[]`, `a`, `a.b`, `a.b.c`, `a[]`, `*`, `**`, `*.*`, `**.c`, `$.a`, `[a]`, `{"k": $}`, `$.*[0]`,
	`$keys()`, `$spread()`, `$string()`, `$string($)`, `$count($)`, `$type($)`, `$exists(a)`, `$boolean()`, `$not()`, `$reverse($)`,
	`$distinct($)`, `$sum($)`, `$map($, function($v, $i, $a) {[$i, $count($a)]})`, `$filter($, function($v) {$v})`, `$append($, $)`,
	`$lookup("a")`, `$lookup($, "a")`, `$merge($)`, `$clone()`, `$clone($)`, `$sort($)`, `$zip($, $)`, `$each(function($v, $k) {$k})`,
	`$sift(function($v, $k) {$v})`, `$number()`, `$length()`, `$uppercase()`, `$abs()`, `$$.a`, `($)[0]`, `a ~> $count()`, `$^($)`, `$^(>a)`,
	`${a: $}`, `a@$v.{"v": $v}`, `$#$i.[$i, $]`, `*#$i[$i = 0]`, `a.%`, `a.b.%.%`, `$ ~> |$|{"z": 1}|`, `$ ~> |a|{"z": 1}, "b"|`, `a[0]`, `a[$ > 1]`,
	`a.$string()`, `$.($)`, `$.[$]`, `$.{"x": $}`, `-$`, `$ & ""`, `$ = $`, `$ in [1, "b", null]`, `$ ? "y" : "n"`, `"text"[0]`, `$single($)`,
}

// operands are crossed by all operators.
var operands = []string{
	`nope`, `null`, `true`, `false`, `0`, `1`, `-2.5`, `1e300`, `""`, `"a"`, `"1"`, `[]`, `[1]`, `[1, 2, "a"]`, `[[1]]`, `{}`, `{"a": 1}`,
	`function($x) {$x}`, `$uppercase`, `/a/`, `(0/0)`,
}

var operators = []string{
	`+`, `-`, `*`, `/`, `%`, `=`, `!=`, `<`, `<=`, `>`, `>=`, `&`, `in`, `and`, `or`, `~>`, `..`, `.`,
}

// around are put around each operand, which stands at the #.
var around = []string{
	`-(#)`, `[#]`, `{"k": #}`, `(#)[0]`, `(#)[-1]`, `(#)[]`, `(#)[true]`, `(#)[1..2]`, `(#).a`, `(#)*.a`, `(#).*`, `(#).**`, `# ? 1 : 2`, `# ? 1`,
	`(#)^($)`, `(#){"k": $}`, `{#: 1}`, `[1..#]`, `[#..1]`, `[1, #]`, `[[#]]`, `[#][0]`, `(#)(1)`, `(#)(?)`, `($v := #; [$v, $v])`,
	`function($a) {$a}(#)`, `function($a)<s:s> {$a}(#)`, `function($a)<n-:n> {$a}(#)`, `function($a)<a<n>:n> {$a}(#)`, `function($a)<(sn):n> {$a}(#)`,
	`function($a)<x?:x> {$a}(#)`, `function($a)<f:x> {$a}(#)`, `function($a)<o:x> {$a}(#)`, `function($a)<b:x> {$a}(#)`, `function($a)<j:x> {$a}(#)`,
	`function($a)<u:x> {$a}(#)`, `function($a)<l:x> {$a}(#)`, `function($a, $b)<n+:x> {[$a, $b]}(1, #)`, `($f := function($x) {$x = 0 ? # : $f($x - 1)}; $f(3))`,
	`(#) ~> |$|{"z": 1}|`, `{"a": 1} ~> |$|#|`, `{"a": 1} ~> |$|{"b": 1}, #|`, `[{"a": 1}, {"a": 2}][a = #]`, `[3, 1, 2]^(#)`, `(#).$string()`, `$.(#)`, `$.[#]`,
	`[1, 2].(#)`, `(1; #)`, `$map([1, 2], function($v, $i) {#})`, `$filter([1, 2], function($v) {#})`, `$sort([2, 1], function($a, $b) {#})`,
	`$sift({"a": 1}, function($v) {#})`, `$each({"a": 1}, function($v) {#})`, `$single([1], function($v) {#})`, `$reduce([1, 2], function($a, $b) {#})`,
}

// unary are the functions that are tried with one argument.
var unary = strings.Fields(`sum count max min average string length trim uppercase lowercase number floor ceil round abs sqrt boolean not
 reverse sort shuffle distinct zip keys spread merge type exists single error eval now millis random assert clone base64encode base64decode
 encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis formatInteger parseInteger formatBase formatNumber
 substring substringBefore substringAfter pad match contains replace split join map filter reduce sift each lookup append power`)

// partials are arguments of which some come later.
var partials = []string{
	`(?)`, `(?)()`, `(?)(1)`, `(?)("ab")`, `(?)([2, 1])`, `(?)({"a": 1})`, `(?)(nope)`, `(?, ?)`, `(?, 1)(2)`, `(?, "a")("ab")`, `(?, $string)([1, 2])`, `(1, ?)(2)`, `("ab", ?)("b")`,
	`([2, 1], ?)($append)`, `(?, ?)("ab", "b")`, `(?, ?)("ab")`, `(?, ?, ?)(1, 2, 3)`, `(?, 1, ?, 2)("a", 2)`, `(?)(?)("a")`,
}

var unaryArguments = append([]string{
	``, `[1, 2]`, `["b", "a"]`, `[1, "a"]`, `[null]`, `[true, true]`, `[nope]`, `[{"b": 1, "a": 2}, {"a": 3, "1": 4}]`, `{"b": 1, "10": 2, "9": 3}`,
	`"a😀b"`, `s.lone`, `s.sharp`, `"  x \n\t y "`, `"%41"`, `"%"`, `"a/b?c=d&é"`, `"aGk="`, `"12"`, `" 12 "`, `"0x1F"`, `"0b11"`, `"1e3"`, `"-0"`, `"Infinity"`, `"twelve"`,
	`1.5`, `2.5`, `-1.5`, `0.1 + 0.2`, `1e21`, `1e-7`, `n.long`, `n.huge`, `n.neg`, `orders`, `orders.items`, `orders.items.price`, `nested`, `tags`, `by`, `empty`, `one`,
	`2018`, `"2018"`, `when`, `1521801216617`, `[1..5]`, `[[1, 2], [3]]`, `[0.1, 0.2, 0.3]`, `[1, 1.0, "1", true]`, `[{"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}]`,
	`$string`, `function($a, $b) {$a > $b}`, `1e400 ~> $string`,
}, operands...)

var binaryArguments = []string{
	`nope`, `null`, `true`, `0`, `2`, `-1`, `1.5`, `""`, `"a"`, `"a😀b"`, `","`, `[]`, `[1, 2, 3]`, `["b", "a", "a"]`, `{}`, `{"b": 1, "a": "x", "2": [1]}`,
	`/[ab]/`, `$string`, `$append`, `function($a, $b, $c) {[$a, $b, $c]}`, `function($a) {$a}`, `function($l, $r) {$l < $r}`,
}

var binary = strings.Fields(`string number round power formatBase formatNumber formatInteger parseInteger substring substringBefore substringAfter
 pad match contains replace split join map filter single reduce sift each lookup append sort zip error assert toMillis fromMillis count keys sum`)

// ternary are arguments of functions with three.
var ternary = []string{`nope`, `0`, `2`, `-1`, `1.5`, `"a"`, `""`, `"-"`, `"$0$1$$"`, `/(b)|a/`, `[1, "b"]`, `{"a": 1}`, `function($m) {"<" & $m.match & ">"}`}

// expressions stand alone, on the shop.
var expressions = []string{
	// Literals and escapes.
	`"\u00e9\ud83d\ude00\n\t\/\\\""`, `"\ud800"`, `'single'`, `"\x"`, `"\u12g4"`, `"open`, `'open`, "`a b", "by.`10`", "`by`.`01`", `1e3`, `1E-3`, `1e400`, `0.`, `.5`, `1.`, `00`, `-0`, `0x10`, `1e`, `1.e3`,
	`9007199254740993`, `123456789012345678901234567890`, `1e-400`, `0.1+0.2`, `1/3`, `2/3*3`, `5%3`, `-5%3`, `5.5%2`, `5%0`, `1/0`, `-1/0`, `0/0`, `1e308*10`, `-(1/0)`, `1 - -1`, `1--1`, `- - 1`, `-"a"`, `-null`,
	`/* c */ 1`, `/* c`, `1 /* c */ + /**/ 2`, `/a/i`, `/a`, `//`, `/[/]/`, `/\//`, `/a/x`, `/a/im`, `/a/gi`,
	`true`, `false`, `null`, `and`, `or`, `in`, `and and and`, `or = or`, `in in in`, `true.x`, `null.x`, `"x".y`, `1.y`, `$.1`, `$."name"`, `"orders".id`, `name.(1)`, `orders.1`, `orders."id"`, `orders.'total'`, `orders.true`, `orders.null`,
	// Paths and predicates.
	`orders.items.sku`, `orders.(items.sku)`, `orders.items[0].sku`, `(orders.items)[0].sku`, `orders[0].items`, `orders[-1].id`, `orders[10]`, `orders[0.9].id`, `orders[-0.5].id`, `orders[total > 5].id`, `orders[items].id`,
	`orders[[0, 2]].id`, `orders[[0..1]].id`, `orders["o1"]`, `orders[id = "o1"].total`, `orders[id = "o1"][0].total`, `orders[id = "o1"][1]`, `orders[$ = {}]`, `orders.total[]`, `orders[0].total[]`, `orders.note[]`, `orders.note`, `orders[].note`, `orders.note[][0]`,
	`orders.items[qty > 1][price > 1].sku`, `orders.items.(qty * price)`, `$sum(orders.items.(qty * price))`, `orders.[id, total]`, `orders.[id]`, `orders.[items.sku]`, `orders.{"i": id}`, `orders.[note]`, `orders.[[id]]`, `[orders.id]`, `[orders.id, 1]`, `[[orders.id]]`, `[orders.id][]`,
	`nested`, `nested[0]`, `nested[0][1]`, `nested.$`, `nested.$[0]`, `nested.*`, `nested[]`, `nested[][]`, `nested[-1]`, `nested[$count($) > 1]`, `nested.($count($))`, `nested.[$]`, `one[0]`, `one[1]`, `one[]`, `empty[]`, `empty[0]`, `empty`, `[empty]`, `[empty, one]`, `none`, `none[]`, `none.x`, `[none]`, `name[0]`, `name[1]`, `n.i[0]`, `n.i[[0]]`, `n.i[true]`, `n.i[false]`,
	`*`, `*.id`, `n.*`, `by.*`, `**.sku`, `**[qty = 7].sku`, `orders.**.qty`, `**.*[0]`, `$count(**)`, `orders.*.*`, `*[$type($) = "string"]`, `(*)[0]`, `s.**`,
	`$keys(by)`, `by.$keys()`, `$keys(orders)`, `$string(by)`, `$each(by, function($v, $k) {$k & "=" & $v})`, `$spread(by)`, `$merge([by, {"1": 1}, {"a": 0}])`, `$sift(by, function($v) {$length($v) = 3})`, `{"b": 1, "1": 2, "0": 3, "a": 4} ~> $string()`, `{"a": 1, "a": 2}`, `{"a": 1, "a": nope}`, `{"a": nope}`, `{nope: 1}`, `{"a" & 1: 1, "b": 2}`, `{1: 2}`, `{null: 2}`, `{["a"]: 1}`, `{"__proto__": 1}`, `$string({"x": [1, {"2": [], "1": {}}]})`, `$string({"a": 1, "b": [1, 2]}, true)`, `$string([], true)`, `$string({}, true)`, `$string([[]], true)`, `$string([1, [nope], null, $sum], true)`, `$string({"f": $sum, "u": nope})`,
	// Grouping, sorting, transforming, variables.
	`orders{id: total}`, `orders{id: $}`, `orders{id: $count($)}`, `orders{id: total[]}`, `orders.items{sku: $sum(qty)}`, `orders.items{sku: qty}`, `orders.items{sku: {"q": qty, "n": $count($)}}`, `orders{total: id}`, `orders{nope: 1}`, `orders{"k": id, "k": total}`, `orders{id: id, "o2": 1}`, `$sum(orders{id: total}.o1)`, `orders{id: total}{"a": 1}`, `orders{id: total}[0]`, `(orders{id: total})[0]`, `orders.id{$: $}`, `tags{$: $count($)}`, `orders.{id: total}`,
	`orders^(total).id`, `orders^(>total).id`, `orders^(<id, >total).id`, `orders^(id, total).total`, `orders^(note).id`, `orders.items^(price).sku`, `orders.items^(>price, sku)[0]`, `orders^($string(total)).id`, `orders^(items).id`, `orders^(flag).id`, `tags^($)`, `tags^(>$)`, `[3, 1, 2]^($)`, `[3, "1", 2]^($)`, `[1, nope, 2]^($)`, `["é", "z", "Z", "a", "😀", "～"]^($)`, `$sort(["é", "z", "Z", "a", "😀", "～"])`, `orders^(total)[0].id`, `orders[0]^(total).id`, `nope^(x)`, `5^($)`, `orders^()`, `orders^(>)`,
	`orders ~> |items|{"cost": qty * price}|`, `orders ~> |items|{}, "qty"|`, `orders ~> |items|{"a": 1}, ["qty", "price"]|`, `$ ~> |orders[0]|{"id": "new"}|`, `$ ~> |orders|{}, nope|`, `$ ~> |orders|nope|`, `$ ~> |nope|{"a": 1}|`, `|orders|{"a": 1}|`, `|orders|{}|($)`, `$ ~> |n|{"i": $.i + 1}|`, `(5) ~> |$|{"a": 1}|`, `$ ~> |orders.items[sku = "a"]|{"x": $sum([1, 2])}| ~> $lookup("orders")`,
	`($a := 1; $b := $a + 1; $a & $b)`, `($a := 1; ($a := 2; $a); $a)`, `($a := 1; ($a := 2); $a)`, `$a := 1`, `$a := $b := 2`, `1 := 2`, `a := 1`, `($x := function($n) {$n <= 1 ? 1 : $n * $x($n - 1)}; $x(10))`, `($x := function() {$y}; $y := 3; $x())`, `($)`, `()`, `( ; )`, `(1;)`, `(1; 2)`, `(;1)`, `$nope`, `$nope.x`, `$nope()`, `nope()`, `uppercase("a")`, `nope(1)`, `$uppercase`, `$f(1)`, `orders.$f()`, `orders.id.$uppercase()`, `orders.$uppercase(id)`, `1(2)`, `"a"(1)`, `{}(1)`,
	`($add := function($a, $b) {$a + $b}; $inc := $add(1, ?); $inc(2))`, `($s := $substring(?, 1); $s("abc"))`, `($s := $substring(?, ?, 1); $s("abc", 1))`, `$substring(?, 1)`, `$nope(?)`, `nope(?)`, `uppercase(?)`, `(1)(?)`, `($f := function($a, $b, $c) {[$a, $b, $c]}; $f(?, 2, ?)(1, 3))`, `($f := function($a, $b, $c) {[$a, $b, $c]}; $f(?, 2, ?)(1))`, `$map([1, 2], $power(?, 2))`, `$map([1, 2], $power(2, ?))`, `?`, `(?)`, `[?]`,
	`"abc" ~> $uppercase`, `"abc" ~> $uppercase()`, `"abc" ~> $substring(1)`, `"abc" ~> $substring(1) ~> $uppercase`, `($f := $uppercase ~> $length; $f("abc"))`, `($f := $uppercase ~> $lowercase ~> function($x) {$x & "!"}; $f("aBc"))`, `"a" ~> 1`, `"a" ~> nope`, `"a" ~> "b"`, `1 ~> function($x) {$x + 1}`, `nope ~> $string`, `nope ~> $string()`, `$uppercase ~> $string`, `function($x) {$x} ~> $type`, `[1, 2, 3] ~> $map(function($x) {$x * 2}) ~> $sum`, `tags ~> $join("-")`, `/a/ ~> $string`,
	`function($x) {$x}`, `function() {1}()`, `function($x) {$x}()`, `function($x) {$x}(1, 2)`, `function($x, $y) {[$x, $y]}(1)`, `function(x) {1}`, `function($x {1}`, `function($x) 1`, `function($x)<n:n> {$x}("a")`, `function($x)<n-n:n> {$x}(1)`, `function($x)<nn:n> {$x}(1)`, `function($x)<s?n:n> {$x}(1)`, `function($x)<z> {$x}(1)`, `function($x)<a<s> {$x}(1)`, `function($x)<(s<n>n)> {$x}(1)`, `function($x)<s<n>> {$x}(1)`, `function($x)<a<n>> {$x}(["a"])`, `function($x)<a<n>> {$x}([1, "a"])`, `function($x)<a<n>> {$x}(1)`, `function($x)<a<s>> {$x}([])`, `function($x)<f<n:n>> {$x(1)}(function($y) {$y})`, `λ($x) {$x}(1)`, `function($x, $x) {$x}(1, 2)`, `orders.function($x) {$x}(id)`, `orders.(function($x)<s-:s> {$x}())`, `name.(function($x)<s-:s> {$x}())`, `n.(function($x)<s-:s> {$x}())`, `n.i.(function($x, $y)<n-n:n> {[$x, $y]}(2))`,
	// Parent, focus, index.
	`orders.items.{"o": %.id, "s": sku}`, `orders.items[%.total > 7].sku`, `orders.items.%.id`, `orders.items.%.%.name`, `orders.items.sku.%.%.id`, `%`, `%.x`, `orders.%.name`, `orders.(%.name)`, `orders.items.(%.%.name)`, `orders[%.flag].id`, `orders.items^(%.total).sku`, `orders.items{%.id: sku}`, `$map(orders, function($o) {%.name})`, `orders.items.[%.id]`, `(orders.items).%.id`, `orders.[items].%`, `orders.%.%.x`,
	`orders@$o.items@$i.{"o": $o.id, "i": $i.sku}`, `orders@$o.items[$o.total > 7].sku`, `orders@$o[$o.total > 7].id`, `orders#$i.{"i": $i, "id": id}`, `orders#$i[$i = 1].id`, `orders[total > 0]#$i.[$i, id]`, `orders.items#$i.[$i, sku]`, `orders#$i.items#$j.[$i, $j, sku]`, `orders@$o#$i.[$i, $o.id]`, `orders#$i@$o.[$i, $o.id]`, `orders^(total)#$i.[$i, id]`, `orders#$i^(>total).[$i, id]`, `orders@$o^($o.total)`, `orders@o`, `orders#i`, `orders[0]@$o`, `orders^(id)@$o`, `orders@$o.tags@$t[$o.id = "o1"].$t`, `(orders@$o.items)@$i.$i.sku`, `@$x`, `#$x`, `orders#$i`, `orders@$o`, `orders#$i[]`, `tags#$i.($i & $)`, `orders{id: $#$i}`, `*#$i[$i < 3]`, `orders#$i.items[%.total > 7].[$i, sku]`,
	// Ranges, arrays, conditions, comparisons.
	`[1..3]`, `[3..1]`, `[1..1]`, `[-1..1]`, `[1..nope]`, `[nope..1]`, `[1.5..3]`, `[1.."a"]`, `["a"..1]`, `[true..1]`, `[1..3, 7, 9..10]`, `1..3`, `(1..3)`, `[0..10000000]`, `$count([1..100])`, `[1..3].($ * 2)`, `[1..3][1]`, `[1..3][-1]`, `[1..3][$ > 1]`, `[[1..3]]`, `["a".."c"]`, `[1..2.5]`, `[null..2]`, `[[]..2]`,
	`[]`, `[[]]`, `[[], []]`, `[nope]`, `[nope, 1]`, `[null]`, `[1, [2, [3]]]`, `[1, [2]].$`, `[[1, 2], [3]].$`, `[[1, 2], [3]][0]`, `[[1, 2], [3]][0][0]`, `([1, 2])[0]`, `[1, 2][nope]`, `[1, 2][null]`, `[1, 2][""]`, `[1, 2]["a"]`, `[1, 2][[]]`, `[1, 2][[0, 0]]`, `[1, 2][[1, 0, 5]]`, `[1, 2][[-1]]`, `[1, 2][[true]]`, `[1, 2][{}]`, `[1, 2][0][0]`, `[{"a": [1, 2]}, {"a": [3]}].a[0]`, `[{"a": [1, 2]}, {"a": [3]}].(a[0])`, `([{"a": [1, 2]}, {"a": [3]}].a)[0]`, `[1, 2].[$]`, `[1].[$]`, `[1].{"a": $}`, `[[1]].[$]`,
	`nope = nope`, `nope != nope`, `nope = 1`, `nope < 1`, `1 < nope`, `null = null`, `null < 1`, `1 < "a"`, `"a" < "b"`, `"a" < "B"`, `"😀" > "～"`, `true < false`, `[1] = [1]`, `[1] = 1`, `{"a": 1, "b": 2} = {"b": 2, "a": 1}`, `{"a": 1} = {"a": 1, "b": nope}`, `[1, [2, {"a": 3}]] = [1, [2, {"a": 3}]]`, `1 = 1.0`, `1 = "1"`, `0 = -0`, `0/0 = 0/0`, `$sum = $sum`, `function($x) {$x} = 1`, `"a" in ["a"]`, `"a" in "a"`, `1 in []`, `nope in [1]`, `1 in nope`, `[1] in [[1]]`, `1 in 1`, `null in [null]`,
	`true and 1`, `0 or ""`, `nope and true`, `nope or true`, `true and (1 + "a")`, `false and (1 + "a")`, `true or (1 + "a")`, `[] ? 1 : 2`, `[0] ? 1 : 2`, `[0, 1] ? 1 : 2`, `[0, 0] ? 1 : 2`, `[[0]] ? 1 : 2`, `[[0], [1]] ? 1 : 2`, `{} ? 1 : 2`, `"0" ? 1 : 2`, `nope ? 1 : 2`, `nope ? 1`, `1 ? 2 : 3 ? 4 : 5`, `0 ? 2 : 0 ? 4 : 5`, `function() {1} ? 1 : 2`, `$sum ? 1 : 2`, `/a/ ? 1 : 2`, `[$sum] ? 1 : 2`, `$boolean([function() {1}])`, `$boolean([$sum])`, `$boolean(/a/)`, `$not($sum)`, `1 & 2`, `nope & "a"`, `null & true`, `[1, 2] & {"a": 1}`, `$sum & "x"`, `1.0 & ""`, `1e21 & ""`, `1e-7 & ""`, `0.1 + 0.2 & ""`, `1 = 1 & "x"`,
	`1 + 2 * 3`, `(1 + 2) * 3`, `2 - 1 - 1`, `8 / 4 / 2`, `1 + 2 & 3 + 4`, `1 < 2 = true`, `1 = 1 = true`, `not(true)`, `1 + nope`, `nope + 1`, `"a" + 1`, `1 + "a"`, `1 + null`, `[1] + 1`, `[1, 2] + 1`, `1 < 2 < 3`, `a.b.c = 1 and d in [1]`, `true = (1 in [1])`, `1 in [1] = true`, `name & " " & flag`, `-n.i`, `n.i * -1`, `n.i-1`, `n . i`, `n.long + 1`, `n.huge * n.huge`, `n.i % 5`, `n.neg % 2`,
	// Higher-order functions.
	`$map(tags, function($v, $i, $a) {$v & $i & $count($a)})`, `$map(orders, function($o) {$o.note})`, `$map([[1, 2], [3]], $sum)`, `$map([[1], [2]], function($x) {$x})`, `$map([{"a": 1}, {"b": 2, "c": 3}], $keys)`, `$map([[1], []], $reverse)`, `$map(1, function($x) {$x})`, `$map([], $string)`, `$map([1, 2], $string)`, `$map(["a", "b"], $uppercase)`, `$map([1, 2], $append)`, `$map(["ab", "cd"], $substring)`, `$map(["ab"], $lookup)`, `$map([1], $round)`, `$map([1, 2], $formatBase)`, `$map([1], $exists)`, `$map([1], $map)`, `$map([1], /a/)`, `$map(["a", "b"], /a/)`, `$map([1, 2], $zip)`, `$map([[1, 2]], $shuffle).$count($)`, `$map([1, 2], function($x)<s:s> {$x})`, `$map(nope, 1)`, `$map([1, 2], $map)`,
	`$filter(tags, function($v) {$v = "x"})`, `$filter(tags, function($v, $i) {$i = 1})`, `$filter(orders, function($o) {$o.total > 5}).id`, `$filter([1], $boolean)`, `$filter([0, "", null, [], {}, 1], $boolean)`, `$filter([1, 2], function($x) {nope})`, `$filter([1, 2], $exists)`, `$filter([[1], [2]], function($x) {$x[0] = 1})`, `$filter(["ab", "c"], /a/)`, `$filter(["ab", "c"], $contains(?, "a"))`,
	`$single(tags, function($v) {$v = "y"})`, `$single(tags, function($v) {$v = "x"})`, `$single(tags, function($v) {$v = "z"})`, `$single([1])`, `$single([])`, `$single([1, 2])`, `$single(nope)`, `$single([[1]])`, `$single(tags, function($v, $i, $a) {$i = $count($a) - 1})`,
	`$reduce([1, 2, 3], function($a, $b) {$a + $b})`, `$reduce([1, 2, 3], function($a, $b) {$a + $b}, 10)`, `$reduce([1], function($a, $b) {$a + $b})`, `$reduce([], function($a, $b) {$a + $b})`, `$reduce([], function($a, $b) {$a + $b}, 5)`, `$reduce([1, 2], function($a) {$a})`, `$reduce([1, 2, 3], function($a, $b, $i) {[$a, $i]})`, `$reduce([1, 2, 3], function($a, $b, $i, $l) {[$a, $i, $count($l)]})`, `$reduce(["a", "b"], $append)`, `$reduce([2, 3], $power)`, `$reduce([1, 2], $sum)`, `$reduce([1, 2, 3], $append, [])`, `$reduce([[1], [2]], $append)`, `$reduce([1, 2], function($a, $b) {nope})`, `$reduce(5, function($a, $b) {$a + $b})`, `$reduce(5, function($a, $b) {$a + $b}, "x")`, `$reduce([1, 2, 3], $substring)`, `$reduce(["abc", 1], $substring)`,
	`$each(n, function($v, $k) {$k})`, `$each(n, function($v, $k, $o) {$count($keys($o))})`, `$each({}, function($v) {$v})`, `$each({"a": 1}, function($v) {$v})`, `$each({"a": nope}, function($v) {$v})`, `$each(by, $uppercase)`, `$each({"a": "b"}, $append)`, `by.$each(function($v, $k) {$k})`, `$each(function($v) {$v})`, `$sift(function($v, $k) {$k = "name"})`, `$sift({"a": 1, "b": 0}, $boolean)`, `$sift({"a": 0}, $boolean)`, `$sift({}, $boolean)`, `orders.$sift(function($v, $k) {$k != "items"})`, `$sift({"a": 1}, function($v, $k, $o) {$o.a = 1})`,
	`$sort([3, 1, 2])`, `$sort(["b", "a"])`, `$sort([3, 1.5, 2, -1e10])`, `$sort([1, "a"])`, `$sort([true])`, `$sort([true, false])`, `$sort([[1], [2]])`, `$sort([1, 1/0])`, `$sort(["a", 1/0])`, `$sort(orders, function($a, $b) {$a.total > $b.total}).id`, `$sort(orders, function($a, $b) {$a.id > $b.id}).total`, `$sort([3, 1, 2], function($a, $b) {$a < $b})`, `$sort([3, 1, 2], function($a, $b) {$a - $b})`, `$sort([3, 1, 2], function($a, $b) {nope})`, `$sort([3, 1, 2], function($a, $b) {""})`, `$sort([3, 1, 2], function($a, $b) {[]})`, `$sort([3, 1, 2], function($a) {$a > 2})`, `$sort([5, 3, 1, 4, 2], function($a, $b) {true})`, `$sort([5, 3, 1, 4, 2, 9, 7], function($a, $b) {$a % 2 = 0})`, `$sort([1, 2], $append)`, `$sort(["b", "a"], $contains)`, `$sort([2, 1], $string)`, `$sort(1)`, `$sort([])`, `$sort([[2, 1]])`, `$sort(orders.total)`, `$sort(orders.id)`, `$sort([10, 9, 1, 100])`,
	`$distinct([1, 1.0, "1", 1])`, `$distinct(orders.id)`, `$distinct(orders.items.sku)`, `$distinct(tags)`, `$distinct(tags[$ = "x"])`, `$distinct([1..3])`, `$distinct([[1], [1]])`, `$distinct([{"a": 1, "b": 2}, {"b": 2, "a": 1}])`, `$distinct([null, null, false, 0, ""])`, `$distinct([0, -0])`, `$distinct(1)`, `$distinct({"a": 1})`, `$distinct([])`, `$distinct([[]])`, `$distinct([$sum, $sum, $max])`, `$distinct([{"a": [1, {"b": [2]}]}, {"a": [1, {"b": [2]}]}, {"a": [1, {"b": [3]}]}])`, `$distinct([0/0, 0/0])`, `$count($distinct([1/0, 1/0, -1/0]))`, `[1, 1].$distinct($)`, `$distinct(orders.id)[0]`, `$distinct(["x", "x"])`, `$distinct(orders[id = "o1"].id)`,
	`$append([1], [2])`, `$append(1, 2)`, `$append([], [])`, `$append(nope, 1)`, `$append(1, nope)`, `$append(nope, nope)`, `$append([1], 2)`, `$append(1, [2, 3])`, `$append(null, null)`, `$append([[1]], [[2]])`, `$append(orders.note, orders.note)`, `$append(orders.note, [])`, `$append(nope, orders.note)`, `$append([], 1)`, `$append([1], nope)`, `$append("a", nope)[0]`, `$append($sum, 1).$type($)`, `$reverse([1, 2, 3])`, `$reverse([1])`, `$reverse(orders.note)`, `$reverse([[1, 2], [3]])`, `$reverse(1)`, `$zip([1, 2, 3], [4, 5])`, `$zip([1, 2], "a")`, `$zip([], [1])`, `$zip([[1]], [[2]])`, `$zip([1], [2], [3])`, `$zip([1, 2])`, `$zip(tags, orders.id)`, `$zip(nope)`, `$zip(1, nope)`, `$zip(null)`,
	`$count(nope)`, `$count(1)`, `$count([])`, `$count(null)`, `$count([[1, 2]])`, `$count(orders)`, `$count(orders.note)`, `$count([nope])`, `$count(1, 2)`, `$shuffle([1])`, `$shuffle(1)`, `$count($shuffle([1..9]))`, `$sort($shuffle([1..9]))`, `$sum($shuffle([1..9]))`, `$shuffle(nope)`, `$shuffle([])`,
	`$keys(orders[0])`, `$keys({})`, `$keys(1)`, `$keys(null)`, `$keys([])`, `$keys([1, {"a": 1}])`, `$keys([[{"b": 1, "1": 1}], {"a": 1, "0": 1}])`, `$keys($sum)`, `$keys({"a": 1})[0]`, `$lookup(by, "10")`, `$lookup(by, "nope")`, `$lookup(orders, "id")`, `$lookup(orders, "items")`, `$lookup([[{"a": 1}], {"a": [2, [3]]}], "a")`, `$lookup([], "a")`, `$lookup(1, "a")`, `$lookup("a", "length")`, `$lookup({"a": nope}, "a")`, `$lookup([{"a": 1}], "a")`, `$lookup(orders, "note")`, `$lookup({"a": [1]}, "a")`, `$lookup(nope, "a")`, `$lookup({"a": 1}, nope)`, `orders.$lookup("id")`, `orders.$lookup($, "id")`,
	`$merge([{"b": 1, "2": 3}, {"1": 1, "b": 2}])`, `$merge({"a": 1})`, `$merge([])`, `$merge([1])`, `$merge([{"a": 1}, 1])`, `$merge(nope)`, `$merge(orders.{id: total})`, `$merge([{}, {}])`, `$merge([[{"a": 1}]])`, `$spread({"a": 1, "b": 2})`, `$spread({"a": 1})`, `$spread([{"a": 1}])`, `$spread([{"a": 1}, 2, null, "x", [[{"b": 3, "c": 4}]]])`, `$spread([])`, `$spread([[]])`, `$spread({})`, `$spread([{}])`, `$spread("a")`, `$spread(null)`, `$spread(nope)`, `$spread([1])`, `$spread(function($x) {$x}) ~> $type`, `orders.$spread()`, `orders.items.$spread($)`, `$spread(orders)[0]`,
	`$type(nope)`, `$type(null)`, `$type(1)`, `$type("")`, `$type([])`, `$type({})`, `$type(true)`, `$type($sum)`, `$type(/a/)`, `$type(function() {1})`, `$type(0/0)`, `$type(1/0)`, `$type(orders)`, `$type(orders.note)`, `orders.$type($)`, `$error("boom")`, `$error(nope)`, `$error("")`, `$error(1)`, `$error()`, `$error("a😀\"b")`, `$assert(true, "x")`, `$assert(false, "x")`, `$assert(false, "")`, `$assert(1)`, `$assert(nope, "x")`, `$assert(null)`, `$assert(1 = 1)`, `[1, 2].$assert($ < 2, "at " & $)`, `$clone(orders[0])`, `$clone({"f": $sum, "n": 1.23456789012345678, "l": nope})`, `$clone([1, "a"])`, `$clone(1)`, `n.$clone()`, `$clone({"b": 1, "1": 2}) ~> $string()`, `$clone({"i": 1/0})`,
	// Strings.
	`$length("a😀b")`, `$length("")`, `$length(s.lone)`, `$length(1)`, `$substring("a😀b", 1, 1)`, `$substring("a😀b", 2)`, `$substring("a😀b", -1)`, `$substring("a😀b", -9, 2)`, `$substring("abc", 1, -1)`, `$substring("abc", 1.9)`, `$substring("abc", 0, 0)`, `$substring("abc", 5)`, `$substring("abc", 0, 1.5)`, `$substring("abc", -2, 1)`, `$substring("abc", -0.5)`, `name.$substring(1, 3)`, `$substring(s.lone, 1, 1)`, `$substringBefore("a😀b", "😀")`, `$substringAfter("a😀b", "😀")`, `$substringBefore("abc", "")`, `$substringAfter("abc", "")`, `$substringBefore("abc", "x")`, `name.$substringBefore(" ")`,
	`$uppercase("straße ǆ ŉ ﬁ")`, `$lowercase("ΑΣ ΌΣΟΣ İ")`, `$uppercase(s.sharp)`, `$lowercase(s.sharp)`, `$trim("  a  b \n c  ")`, `$trim("\u00a0a\u2003b\ufeff")`, `$trim("")`, `$pad("a", 5)`, `$pad("a", -5)`, `$pad("a", 5, "😀b")`, `$pad("a", -5, "#-")`, `$pad("abc", 2)`, `$pad("a", 3, "")`, `$pad("😀", 3, "x")`, `$pad("a", 2.9)`, `$pad("a", 0)`, `$contains("abc", "b")`, `$contains("abc", /B/i)`, `$contains("abc", "")`, `$contains("", "")`, `name.$contains("&")`, `$contains("abc", nope)`,
	`$split("a,b,c", ",")`, `$split("a,b,c", ",", 2)`, `$split("abc", "")`, `$split("a😀b", "")`, `$split("", "")`, `$split("", ",")`, `$split("a, b;c", /[,;]\s*/)`, `$split("a1b2c", /\d/, 2)`, `$split("abc", ",", -1)`, `$split("abc", ",", 0)`, `$split("a,b", ",", 1.5)`, `$split("abc", /x/)`, `$split("abc", /b*/)`, `$split(",a,", ",")`, `$split("a(b)c", /(b)/)`, `$split(nope, ",")`, `$split("a  b", " ")`, `$join(["a", "b"])`, `$join(["a", "b"], "-")`, `$join("a", "-")`, `$join([], "-")`, `$join([1])`, `$join(["a", 1])`, `$join(nope)`, `$join(["a"], nope)`, `$join(["a", "b"], "")`, `$join(["a", nope, "b"], ",")`,
	`$match("ababab", /a(b)/)`, `$match("ababab", /a(b)/, 2)`, `$match("abc", /x/)`, `$match("abc", /(x)?b/)`, `$match("abc", /b/, 0)`, `$match("abc", /b/, -1)`, `$match("a😀b", /😀/)`, `$match("a😀b", /./)`, `$match("", /^$/)`, `$match("abc", /b*/)`, `$match(nope, /a/)`, `$match("aBc", /b/i).match`, `$match("a\nb", /^b/m).index`, `$match("abcabc", /(a)(b)?/).groups`, `$match("abc", "b")`, `$match("abc", function($s) {1})`, `$match("abc", function($s) {nope})`, `$match("abc", function($s) {{"match": "b", "start": 1, "end": 2, "groups": [], "next": function() {nope}}})`, `/b/("abc")`, `/b/("abc").match`, `/b/("abc").next().match`, `/b/("abcb").next().start`, `/x/("abc")`, `(/b/)("abc").groups`, `/(b)(x)?/("abc").groups`, `/b/("abc") ~> $keys`,
	`$replace("abab", "a", "x")`, `$replace("abab", "a", "x", 1)`, `$replace("abab", /a/, "x", 1)`, `$replace("abab", /(a)(b)/, "$2$1")`, `$replace("abab", /(a)(b)/, "$0$0")`, `$replace("abab", /(a)/, "$$1")`, `$replace("abab", /(a)/, "$3")`, `$replace("abab", /(a)/, "$12")`, `$replace("abab", /(a)/, "$")`, `$replace("abab", /(a)/, "$x")`, `$replace("abab", "a", "$0")`, `$replace("abc", "", "x")`, `$replace("abc", /x*/, "-")`, `$replace("abab", /a/, function($m) {$uppercase($m.match)})`, `$replace("abab", /a/, function($m) {1})`, `$replace("abab", /a(b)/, function($m) {$m.groups[0]})`, `$replace("abab", "a", "x", -1)`, `$replace("abab", "a", "x", 0)`, `$replace("a.b", ".", "-")`, `$replace("abab", /a/, "x", 1.5)`, `$replace("a😀a", "😀", "-")`, `$replace("abc", "b", "$$")`, `$replace("aaa", /a/, "b", 2)`, `$replace("265USD", /([0-9]+)USD/, "$$$1")`, `$replace("abcdefghijklmno", /(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)/, "$11-$1-$10-$12")`, `$replace("abc", "b", function($m) {"x"})`,
	`$base64encode("hi")`, `$base64encode("é😀")`, `$base64encode("")`, `$base64decode("aGk=")`, `$base64decode("aGk")`, `$base64decode("")`, `$encodeUrl("https://x.y/a b?c=é&d=[1]#f")`, `$encodeUrlComponent("a b/?&=é😀!'()*~")`, `$encodeUrlComponent(s.lone)`, `$encodeUrl(s.lone)`, `$decodeUrl("https://x.y/%C3%A9%20%3F")`, `$decodeUrlComponent("%C3%A9%20%3F")`, `$decodeUrlComponent("%")`, `$decodeUrl("%E4%A")`, `$decodeUrlComponent("%ff")`, `$decodeUrlComponent("%ED%A0%80")`,
	`$string(1)`, `$string(1.0)`, `$string(0.1 + 0.2)`, `$string(1e20)`, `$string(1e21)`, `$string(123456789.123456789)`, `$string(1e-6)`, `$string(1e-7)`, `$string(-0)`, `$string(1/3)`, `$string(100/3)`, `$string(1/0)`, `$string([1/0])`, `$string(0/0)`, `$string(nope)`, `$string(null)`, `$string(true)`, `$string($sum)`, `$string([$sum])`, `$string(s)`, `$string(s.esc)`, `$string({"a": s.esc})`, `$string([1, 2], true)`, `$string([[1, {"a": [{}]}]], true)`, `$string(n)`, `$string(/a/)`, `$string({"r": /a/})`, `$string("a", true)`, `$string(5, nope)`, `$string(5e-324)`, `$string(999999999999999868928)`, `$string(9223372036854775808)`, `"id-" & -12345678901234567890`, `$string([$power(2, 63), 1e21 + 1])`, `$number("12345678901234567890") & ""`, `$length($pad("a", -300000))`, `[1e19..9e18]`, `$string(1.7976931348623157e308)`, `$string(123456789012345)`, `$string(0.000001234567890123456)`, `$string(4.35)`, `$string(1000000000000.125)`, `$string(0.5e-6)`, `[0.1 + 0.2, 1000000000000.125] & ""`,
	// Numbers.
	`$number("12")`, `$number("-1.5e3")`, `$number("1.")`, `$number(".5")`, `$number("0x1F")`, `$number("0o17")`, `$number("0b11")`, `$number("0xG")`, `$number("")`, `$number(" ")`, `$number("1 ")`, `$number("+1")`, `$number("1e400")`, `$number("-0")`, `$number(true)`, `$number(false)`, `$number(null)`, `$number([1])`, `$number(nope)`, `$number("01")`, `$number("1_0")`, `$number("-0x1")`, `$number("9007199254740993")`, `$number("NaN")`, `$number("1e-400")`,
	`$round(2.5)`, `$round(3.5)`, `$round(-2.5)`, `$round(-0.5)`, `$round(0.5)`, `$round(1.235, 2)`, `$round(1.225, 2)`, `$round(125, -1)`, `$round(135, -1)`, `$round(1.5, 400)`, `$round(12345.6789, -2)`, `$round(1e20, 2)`, `$round(2.4)`, `$round(1.005, 2)`, `$round(11.5, 0)`, `$round(5.015, 2)`, `$round(1e-7, 7)`, `$round(1.5, 0.5)`, `$round(nope)`, `$round("1")`, `$floor(-1.5)`, `$ceil(-1.5)`, `$ceil(-0.5)`, `$floor(1e300)`, `$abs(-0)`, `$abs(-5.5)`, `$sqrt(2)`, `$sqrt(-1)`, `$sqrt(0)`, `$power(2, 10)`, `$power(2, -1)`, `$power(2, 0.5)`, `$power(-8, 1/3)`, `$power(10, 400)`, `$power(0, 0)`, `$power(0, -1)`, `$power(2, 62)`, `$power(2, 63)`, `$power(3, 40)`, `$power(nope, 2)`, `$power(2, nope)`,
	`$sum([1, 2.5])`, `$sum([0.1, 0.2, 0.3])`, `$sum([])`, `$sum(1)`, `$sum(["a"])`, `$sum([1, "a"])`, `$sum(nope)`, `$sum([1e308, 1e308])`, `$max([1, 3, 2])`, `$max([])`, `$max(["a"])`, `$min([1, 3, 2])`, `$min([-0, 0])`, `$average([1, 2])`, `$average([])`, `$average([1, 2, 4])`, `$average("a")`, `$max([null])`, `$sum([[1]])`, `$sum(orders.total)`, `$max(orders.items.price)`, `$average(orders.items.qty)`, `$min(orders.nope)`, `$sum(n.*)`,
	`$formatBase(255, 16)`, `$formatBase(-255, 2)`, `$formatBase(255)`, `$formatBase(255, 1)`, `$formatBase(255, 37)`, `$formatBase(10.5, 2)`, `$formatBase(11.5, 36)`, `$formatBase(255, 16.4)`, `$formatBase(nope, 2)`, `$formatBase(1e21, 36)`, `$formatBase(-0.4, 2)`,
	`$random()`, `$millis()`, `$now()`, `$now("[Y0001]")`, `$now("[H01]:[m01] [z]", "+0200")`, `$now(nope, "+0200")`, `$now() = $now()`, `$shuffle([1..9])`, `$shuffle(orders.id)`, `$map([1..3], $random)`, `$map([1, 2], $now)`, `$map([1, 2], $millis)`,
	// Where errors are said to be.
	`($f := function($x) {$x < null}; $f(1))`, `($f := function($x) {1 + ($x < null)}; [$f(1)])`, `($f := function($x) {$sqrt($x)}; 1 + $f(-1))`, `($f := function($x) {1 + $sqrt($x)}; 1 + $f(-1))`, `($f := function($x) {$g($x)}; $g := function($x) {-$x}; $f("a"))`, `orders.(1 + id)`, `orders[id > 1]`, `orders^(id + 1)`, `orders{id: 1 + "a"}`, `orders{total + "x": 1}`, `[1, 2].(-"a")`, `{"a": -"a"}`, `[-"a"]`, `$sum([1, "a"]) + 1`, `1 + $sum([1, "a"])`, `$nope($sqrt(-1))`, `$string($sqrt(-1))`, `$map([1], function($x) {-"a"})`, `$map([1], function($x) {$sqrt(-$x)})`, `[1].$map($, function($x) {1 + $sqrt(-$x)})`, `$map([-1], $sqrt)`, `-1 ~> $sqrt`, `-1 ~> $sqrt()`, `"a" ~> $sum`, `($c := $sqrt ~> $string; $c(-1))`, `($p := $substring(?, "a"); $p("b"))`, `($p := function($x, $y) {$x + $y}(1, ?); $p("b"))`, `$sort([2, 1], function($a, $b) {$a > "x"})`, `$reduce([2, 1], function($a, $b) {$a > "x"})`, `$filter([2, 1], function($a) {$a > "x"})`, `$each({"a": 1}, function($a) {$a > "x"})`, `$replace("abc", /b/, function($m) {1})`, `$replace("abc", /b/, function($m) {-"a"})`, `$match("abc", function($m) {-"a"})`, `$eval("1 + -\"a\"")`, `$eval("$sqrt(-1)")`,
	`true and -"a"`, `false or -"a"`, `(-"a") and true`, `true and (1 + "a" = 2)`, `true and $sqrt(-1)`, `true and (false or $number("x"))`, `$number("x") and true`, `true and [1, "a"]^($)`, `(true and nope()) or 1`, `1 = -"a"`, `1 & -"a"`, `1 in -"a"`, `[1..-"a"]`, `true ? -"a"`, `-"a" ? 1`, `$x := -"a"`, `(-"a").b`, `$[-"a"]`, `$.(%.x; -"a")`, `1 + (true and (2 * "b"))`,
	// $eval
	`$eval("1 + 2")`, `$eval("name")`, `$eval("$.name")`, `$eval("[1,")`, `$eval("1 + \"a\"")`, `$eval(nope)`, `$eval("a", {"a": 5})`, `$eval("$count($)", [1, 2])`, `$eval("$x")`, `($x := 4; $eval("$x"))`, `$eval(1)`, `$eval("function($x) {$x}")(3)`, `orders.$eval("id")`, `$eval("")`,
	// Syntax.
	``, ` `, `(`, `)`, `[`, `]`, `{`, `}`, `{"a"}`, `{"a":}`, `{"a": 1,}`, `{,}`, `[1,]`, `[,]`, `[1 2]`, `(1 2)`, `1 2`, `a b`, `a.`, `.a`, `a..b`, `a...b`, `a[`, `a[0`, `a[]]`, `a{`, `a{b}`, `a^`, `a^(`, `a^b`, `a ? `, `a ? b :`, `a ?: b`, `a ?? b`, `a : b`, `a ~> `, `~> a`, `a ~ b`, `a ! b`, `!a`, `a != `, `a | b`, `| a | b`, `|a|`, `|a|b`, `|a|b|c|d|`, `a && b`, `a || b`, `a == b`, `a === b`, `a ; b`, `a , b`, `$`, `$$`, `$$$`, `$.$`, `$a.$b`, `$a$b`, `$1`, `$_`, `$é`, `é`, `😀`, `a.😀`, `a-b`, `a_b`, `"a" "b"`, `1a`, `1.2.3`, `1..2`, `function`, `function()`, `function(){}`, `function($a,){1}`, `function($a){1`, `function($a)<n>`, `λ`, `@`, `#`, `%`, `^`, `&`, `*`, `**`, `***`, `* *`, `a * * b`, `a ** b`, `a.*.b`, `a.**.b`, `%%`, `%.%`, `a % b`, `<`, `>`, `<a>`, `:=`, `$a :=`, `$a := `, `a@`, `a@$`, `a@b`, `a#$`, `a#1`, `a@$b@$c`, `a#$b#$c`, `a[0]@$b`, `a{b: c}.d`, `a{b: c}[0]`, `a.{b: c}{d: e}`, `(a{b: c}).d`, `a.b{c: d}^(e)`, `a^(b){c: d}`, `a[b]{c: d}`, `a{c: d}@$x`, `$ { a : b }`, `é = "é" +`, `"é" + )`, `"😀" ]`, `nope.é.😀(1)`, `"😀" + 1`, `/é/ + 1`, "`é` & (1 + \"😀\")", `("😀"; $nope(1))`, `("😀"; 1 + "a")`, `["😀", $sqrt(-1)]`, `{"😀": $number("x")}`, `$map(["😀"], function($x) {$number($x)})`, "a\u00a0+\u00a01", "a\r\n+\t1", "a\v+1", "\ufeff1", "1 \u20282",
}

// numberPictures are pictures of $formatNumber. Those with an exponent are
// tried on positive numbers only: jsonata-js does not come back from others.
var numberPictures = []string{
	`0`, `#`, `#.#`, `0.00`, `#,##0.00`, `#,##0.##`, `000`, `#0`, `0.0#`, `.00`, `#.00`, `0.#`, `#,#`, `##,##,##0`, `0,0.0,0`, `0%`, `0.0%`, `0‰`, `%0`, `$0.00`, `0.00 EUR`, `0;(0)`, `0.0;-0.0`, `0;neg 0`, `(0)`, `a0b`, `00.000`, `###`, `0.000,000`, `#,##0.000,0`,
	``, `a`, `0.0.0`, `0%%`, `0‰‰`, `0%‰`, `0a0`, `0,.0`, `0.,0`, `0,`, `0,,0`, `0#`, `0.#0`, `0;0;0`, `#a#`, `.`, `,`, `;`, `0.0;`, `;0`, `0 0`, `①`, `٠`,
}

var numbersToFormat = []string{`1234.5678`, `-1234.5678`, `0`, `0.5`, `1.5`, `2.5`, `0.005`, `-0.4`, `12345678`, `1e21`, `1e-9`, `0.125`, `99.995`}

var exponentPictures = []string{`0e0`, `0.0e0`, `00.00e00`, `#.#e0`, `0e`, `e0`, `0.0e0e0`, `0e0%`, `0.0e#`, `#,##0.0e0`, `0.###e000`, `#e0`, `.00e0`}

var integerPictures = []string{
	`0`, `1`, `01`, `#0`, `#,##0`, `000`, `#`, `w`, `W`, `Ww`, `w;o`, `W;o`, `Ww;o`, `i`, `I`, `a`, `A`, `1;o`, `0;c`, `#,##0;o`, `##,##`, `0,0`, `#.##0`, `٠`, `０`, `٠٠١`, `α`, `①`, `一`, `0٠`, `1;x`, ``, `;`, `X`, `ww`, `*`, `#`, `0#`, `[`, `i;o`, `a;o`,
}

var integersToFormat = []string{`0`, `1`, `12`, `21`, `99`, `100`, `113`, `1001`, `3999`, `4000`, `12345`, `1234567`, `1e6`, `1e9`, `1e12`, `1e15`, `1.5`, `2.5`, `-7`, `-1.5`, `26`, `27`, `702`, `703`, `nope`}

var integersToParse = []string{`"0"`, `"12"`, `"007"`, `"1,234"`, `"1,234,567"`, `"twelve"`, `"TWELVE"`, `"Twenty-One"`, `"one hundred and five"`, `"two thousand and six"`, `"one million, two hundred thousand"`, `"first"`, `"twenty-first"`, `"21st"`, `"XIV"`, `"xiv"`, `"IIII"`, `"a"`, `"z"`, `"AA"`, `"-5"`, `"abc"`, `""`, `"١٢"`, `"three trillion"`, `"1.5"`, `nope`}

var datePictures = []string{
	`[Y0001]-[M01]-[D01]`, `[Y]-[M]-[D]`, `[D1o] [MNn] [Y]`, `[D] [MN,*-3] [Y,*-2]`, `[FNn], [D1] [Mn]`, `[F0]`, `[FNn,3-3]`, `[H01]:[m01]:[s01].[f001]`, `[h]:[m][P]`, `[h#1]:[m01] [PN]`, `[h] [Pn]`, `[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]`, `[Z]`, `[z]`, `[Z0]`, `[Z0000]`, `[Z00:00]`, `[Z01:01]`, `[Z1:01]`, `[Zt]`, `[Z00000]`,
	`[W]`, `[w]`, `[d]`, `[d001]`, `[X0001]-W[W01]-[F1]`, `[x]`, `[xNn]`, `[x01]-[w1]`, `[YI]`, `[Yi]`, `[YW]`, `[Yw]`, `[YWw]`, `[Dw;o]`, `[DWwo]`, `[Y9,999,*]`, `[Y,2-2]`, `[Y,2]`, `[YA]`, `[C]`, `[CNn]`, `[E]`, `[ENn]`, `[f]`, `[f1]`, `[f01]`, `[f0001]`, `[f000001]`, `[[literal]]`, `[Y]]`, `[[`, `]]`, `[Y`, `Y]`, `[]`, `[Q]`, `[YN]`, `[HNn]`, `[D1;o]`, `[M1o]`, `[ Y 0001 ]`, `plain`, ``, `[m]`, `[s]`, `[H]`, `[h01]`, `[D٠١]`, `[MNn,2-4]`, `[FN,2]`, `[Y0001][M01][D01]`, `[Da]`, `[DA]`,
}

var millis = []string{`0`, `1521801216617`, `-1`, `-62135596800001`, `951782400000`, `1483228800000`, `1735603200000`, `253402300800000`, `1e13 + 0.5`}

var zones = []string{``, `, "+0100"`, `, "-0530"`, `, "+0000"`, `, "0530"`, `, "Z"`, `, ""`, `, "+1"`, `, nope`}

var dates = []string{
	`"2018-03-23T10:33:36.617Z"`, `"2018-03-23"`, `"2018-03-23T10:33"`, `"2018-03-23T10:33:36"`, `"2018-03-23T10:33:36+01:00"`, `"2018-03-23T10:33:36+0100"`, `"2018-03-23T10:33:36.6-05:30"`, `"2018"`, `"2018-03"`, `"2018-02-30"`, `"2018-13-01"`, `"2018-03-23T25:00:00Z"`, `"2018-03-23T24:00:00Z"`, `"0001-01-01"`, `"-000001-01-01T00:00:00Z"`, `"+012345-01-01T00:00:00Z"`, `"2018-3-23"`, `"20180323"`, `"2018-03-23 10:33"`, `"2018-03-23T10:33:36.6171234Z"`, `"2018-03-23T10"`, `"T10:33"`, `""`, `"foo"`, `" 2018"`, `"2018-03-23T10:33:36,617Z"`, `"2018-03-23T10:33Z"`, `"2018-03-23T1033"`, `nope`, `2018`,
}

// parsedDates are strings and pictures of $toMillis.
var parsedDates = [][2]string{
	{`2018-03-23`, `[Y0001]-[M01]-[D01]`}, {`23rd March 2018`, `[D1o] [MNn] [Y]`}, {`Friday, 23 Mar 18`, `[FNn], [D] [MNn,*-3] [Y,2-2]`}, {`10:33 PM`, `[h]:[m] [PN]`}, {`2018-03-23 10:33 pm`, `[Y]-[M]-[D] [h]:[m] [P]`}, {`2018-03-23 12:33 am`, `[Y]-[M]-[D] [h]:[m] [P]`}, {`2018-03-23T10:33:36.617+01:00`, `[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01]`}, {`2018-082`, `[Y0001]-[d001]`}, {`2018-W12-5`, `[X0001]-W[W01]-[F1]`}, {`2018-03`, `[Y]-[M]`}, {`2018`, `[Y]`}, {`MMXVIII-iii`, `[YI]-[Mi]`}, {`two thousand and eighteen`, `[Yw]`}, {`Twenty-Third of march, Two Thousand and Eighteen`, `[DWwo] of [Mn], [YWw]`}, {`abc`, `[Y]`}, {`2018-13-01`, `[Y]-[M]-[D]`}, {`23 Foo 2018`, `[D] [MNn] [Y]`}, {`2018 23`, `[Y] [D]`}, {`10`, `[m]`}, {`10:33`, `[H]:[m]`}, {`March 2018 w2`, `[MNn] [Y] w[w]`}, {`2018x03`, `[Y]-[M]`}, {`20180323`, `[Y0001][M01][D01]`}, {`[2018]`, `[[[Y]]]`}, {`13.9.`, `[D].[M].`}, {`2018-03-23 GMT+1`, `[Y]-[M]-[D] [z]`}, {`2018-03-23 +5`, `[Y]-[M]-[D] [Z]`}, {`2018-03-23 -0530`, `[Y]-[M]-[D] [Z0000]`}, {`MARCH`, `[MN]`}, {`mar`, `[Mn,3-3]`}, {`1,234`, `[Y9,999]`}, {`2018-03-23.5`, `[Y]-[M]-[D].[f]`}, {`c`, `[Da]`}, {``, `[Y]`}, {``, ``}, {`x`, `x`}, {`2018`, `[Y`}, {`2018`, `[QY]`}, {`2018`, `[YN]`},
}

// tables returns the cases that were written down, crossed where they are to
// be.
func tables() []diffCase {
	var cases []diffCase
	add := func(input string, parts ...string) {
		cases = append(cases, diffCase{strings.Join(parts, ""), input})
	}
	for _, e := range expressions {
		add(shop, e)
	}
	for _, input := range inputs {
		for _, e := range onInputs {
			add(input, e)
		}
	}
	for _, a := range operands {
		for _, op := range operators {
			for _, b := range operands {
				switch {
				case op == ".." && a == "1e300" && b == a:
					// jsonata-js counts up from there for ever.
				case op == "..":
					add(`{}`, `[`, a, ` .. `, b, `]`)
				default:
					add(`{}`, a, ` `, op, ` `, b)
				}
			}
		}
		for _, form := range around {
			add(`{"a": {"b": 1}}`, strings.ReplaceAll(form, `#`, a))
		}
	}
	for _, f := range unary {
		for _, a := range unaryArguments {
			add(shop, `$`, f, `(`, a, `)`)
		}
		for _, p := range partials {
			add(shop, `$`, f, p)
		}
	}
	for _, f := range binary {
		for _, a := range binaryArguments {
			for _, b := range binaryArguments {
				add(shop, `$`, f, `(`, a, `, `, b, `)`)
			}
		}
	}
	for _, f := range []string{`substring`, `pad`, `match`, `replace`, `split`, `reduce`, `string`, `zip`, `map`} {
		for _, a := range []string{`nope`, `"aba"`, `["a", "b"]`, `1`} {
			for _, b := range ternary {
				for _, c := range ternary {
					add(shop, `$`, f, `(`, a, `, `, b, `, `, c, `)`)
				}
			}
		}
	}
	return append(cases, pictures()...)
}

func pictures() []diffCase {
	var cases []diffCase
	add := func(parts ...string) {
		cases = append(cases, diffCase{strings.Join(parts, ""), `{}`})
	}
	for _, p := range numberPictures {
		for _, n := range numbersToFormat {
			add(`$formatNumber(`, n, `, "`, p, `")`)
		}
	}
	for _, p := range exponentPictures {
		for _, n := range []string{`1234.5678`, `0.00012`, `1`, `1e21`, `9.996`} {
			add(`$formatNumber(`, n, `, "`, p, `")`)
		}
	}
	for _, o := range []string{
		`{"decimal-separator": ",", "grouping-separator": "."}`, `{"zero-digit": "٠"}`, `{"digit": "@", "pattern-separator": "|"}`, `{"minus-sign": "~"}`,
		`{"percent": "pc", "per-mille": "pm"}`, `{"exponent-separator": "E"}`, `{"infinity": "inf", "NaN": "none"}`, `{}`, `{"nope": 1}`, `nope`, `1`,
	} {
		for _, p := range []string{`0.00`, `#.##0,00`, `٠٠.٠٠`, `@0.0|(0)`, `0.0E0`, `0pc`, `0%`, `#,##0.0`} {
			add(`$formatNumber(1234.5, "`, p, `", `, o, `)`)
			if !strings.Contains(o, "exponent") {
				add(`$formatNumber(-1234.5, "`, p, `", `, o, `)`)
			}
		}
	}
	for _, p := range integerPictures {
		for _, n := range integersToFormat {
			add(`$formatInteger(`, n, `, "`, p, `")`)
		}
		for _, s := range integersToParse {
			add(`$parseInteger(`, s, `, "`, p, `")`)
		}
	}
	for _, p := range datePictures {
		for _, m := range millis {
			add(`$fromMillis(`, m, `, "`, p, `")`)
		}
		add(`$toMillis("2018-03-23", "`, p, `")`)
		add(`$toMillis($fromMillis(1521801216617, "`, p, `"), "`, p, `")`)
	}
	for _, m := range millis {
		add(`$fromMillis(`, m, `)`)
		for _, z := range zones {
			add(`$fromMillis(`, m, `, "[Y0001]-[M01]-[D01] [H01]:[m01] [Z] [z]"`, z, `)`)
		}
	}
	for _, d := range dates {
		add(`$toMillis(`, d, `)`)
		add(`$fromMillis($toMillis(`, d, `))`)
	}
	for _, p := range parsedDates {
		add(`$toMillis("`, p[0], `", "`, p[1], `")`)
	}
	return cases
}
