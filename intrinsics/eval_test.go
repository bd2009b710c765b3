package intrinsics_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
)

// Results that AWS gave, in histories recorded there.
func TestRecorded(t *testing.T) {
	for _, x := range []example{
		{"array keeps strings", `States.Array($.a, $.b)`, `{"a":"","b":" "}`, `[""," "]`},
		{"array keeps null", `States.Array($.a, $.a)`, `{"a":null}`, `[null,null]`},
		{"array keeps fractions", `States.Array($.a)`, `{"a":1.1}`, `[1.1]`},
		{"array keeps objects", `States.Array($.a)`, `{"a":{"Arg1":1,"Arg2":[]}}`, `[{"Arg1":1,"Arg2":[]}]`},
		{"contains: [] not in []", `States.ArrayContains($.a, $.b)`, `{"a":[],"b":[]}`, `false`},
		{"contains: nothing in []", `States.ArrayContains($.a, 1)`, `{"a":[]}`, `false`},
		{"contains: null not among others", `States.ArrayContains($.a, null)`, `{"a":[[1,2,3],2]}`, `false`},
		{"contains: an array", `States.ArrayContains($.a, $.b)`, `{"a":[[1,2,3],2],"b":[1,2,3]}`, `true`},
		{"contains: [] not in an object", `States.ArrayContains($.a, $.b)`, `{"a":[{"1":2,"2":[]}],"b":[]}`, `false`},
		{"contains: an object", `States.ArrayContains($.a, $.b)`, `{"a":[{"1":2,"2":[]}],"b":{"1":2,"2":[]}}`, `true`},
		{"contains: a boolean", `States.ArrayContains($.a, true)`, `{"a":[true,false]}`, `true`},
		{"get item", `States.ArrayGetItem($.a, $.i)`, `{"a":[1,2,3,4,5,6,7,8,9],"i":5}`, `6`},
		{"partition of []", `States.ArrayPartition($.a, 3)`, `{"a":[]}`, `[]`},
		{"partition: the last part is short", `States.ArrayPartition($.a, 3)`, `{"a":[0,1,2,3]}`, `[[0,1,2],[3]]`},
		{"partition: even parts", `States.ArrayPartition($.a, 2)`, `{"a":[0,1,2,3]}`, `[[0,1],[2,3]]`},
		{"partition: one part", `States.ArrayPartition($.a, 5)`, `{"a":[0,1,2,3]}`, `[[0,1,2,3]]`},
		{"range: the last is in it", `States.ArrayRange($.a, $.b, $.c)`, `{"a":0,"b":9,"c":3}`, `[0,3,6,9]`},
		{"range: of one", `States.ArrayRange(1, 9, 9)`, ``, `[1]`},
		{"range: from a literal", `States.ArrayRange(0, 3, 1)`, ``, `[0,1,2,3]`},
		{"length", `States.ArrayLength($)`, `[null,null,true,[],{"a":1}]`, `5`},
		{"decode", `States.Base64Decode($.s)`, `{"s":"RGF0YSB0byBlbmNvZGU="}`, `"Data to encode"`},
		{"encode", `States.Base64Encode($.s)`, `{"s":"Data to encode"}`, `"RGF0YSB0byBlbmNvZGU="`},
		{"encode nothing", `States.Base64Encode('')`, ``, `""`},
		{"format a blank", `States.Format('Formatting argument {}.', $)`, `" "`, `"Formatting argument  ."`},
		{"format an integer", `States.Format('Formatting argument {}.', $)`, `1`, `"Formatting argument 1."`},
		{"format a fraction", `States.Format('Formatting argument {}.', $)`, `1.1`, `"Formatting argument 1.1."`},
		{"format null", `States.Format('x {}', null)`, ``, `"x null"`},
		{"format an object", `States.Format('{}', $)`, `{"Arg1":1,"Arg2":[]}`, `"{Arg1=1, Arg2=[]}"`},
		{"format two", `States.Format('fst={} and snd={}.', $.a, $.b)`, `{"a":"Hello","b":"World"}`, `"fst=Hello and snd=World."`},
		{"format from a path", `States.Format($.t, $.v)`, `{"t":"It's {}!","v":"Pikachu"}`, `"It's Pikachu!"`},
		{"format a variable", `States.Format('Hello {}', $name)`, ``, `"Hello Ada"`},
		{"hash MD5", `States.Hash('input data', 'MD5')`, ``, `"812f45842bc6d66ee14572ce20db8e86"`},
		{"hash SHA-1", `States.Hash('input data', 'SHA-1')`, ``, `"aaff4a450a104cd177d28d18d74485e8cae074b7"`},
		{"hash SHA-384", `States.Hash($.a, $.b)`, `{"a":"input data","b":"SHA-384"}`,
			`"d28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1fb9e9374a15562"`},
		{"hash SHA-512", `States.Hash('input data', 'SHA-512')`, ``,
			`"6ce4adb348546d4f449c4d25aad9a7c9cb711d9e91982d3f0b29ca2f3f47d4ce2deba23bf2954f0f1d593fc50283731a533d30d425402d4f91316d871303aac4"`},
		{"merge: order of a HashMap", `States.JsonMerge(States.StringToJson('{"constant_in_literal": "false"}'), $.a, false)`,
			`{"a":{"constant_input_field":"constant_value"}}`, `{"constant_input_field":"constant_value","constant_in_literal":"false"}`},
		{"to string: null", `States.JsonToString($)`, `null`, `"null"`},
		{"to string: text", `States.JsonToString($)`, `"HelloWorld"`, `"\"HelloWorld\""`},
		{"to string: array", `States.JsonToString($)`, `[1, 2, "HelloWorld"]`, `"[1,2,\"HelloWorld\"]"`},
		{"to string: object", `States.JsonToString($)`, `{"Arg1": 1, "Arg2": []}`, `"{\"Arg1\":1,\"Arg2\":[]}"`},
		{"to JSON: nothing", `States.StringToJson('')`, ``, `null`},
		{"to JSON: a blank", `States.StringToJson(' ')`, ``, `null`},
		{"to JSON: null", `States.StringToJson('null')`, ``, `null`},
		{"to JSON: -0", `States.StringToJson('-0')`, ``, `0`},
		{"to JSON: text", `States.StringToJson($)`, `"\"HelloWorld\""`, `"HelloWorld"`},
		{"add", `States.MathAdd(-9, 3)`, ``, `-6`},
		{"add: 1.49 is 1", `States.MathAdd(1.49, 0)`, ``, `1`},
		{"add: 1.5 is 2, before the sum", `States.MathAdd(1.49, 1.5)`, ``, `3`},
		{"add: both round up", `States.MathAdd(1.5, 1.51)`, ``, `4`},
		{"add: -1.49 is -1", `States.MathAdd(1.49, -1.49)`, ``, `0`},
		{"add: -0.5 is 0", `States.MathAdd(-0.5, 0)`, ``, `0`},
		{"add: -1.5 is -1", `States.MathAdd(-1.5, 0)`, ``, `-1`},
		{"add: -2.5 is -2", `States.MathAdd(-2.5, 0)`, ``, `-2`},
		{"add: -3.5 is -3", `States.MathAdd($.a, $.b)`, `{"a":-3.5,"b":0}`, `-3`},
		{"add variables", `States.MathAdd(States.MathAdd(States.MathAdd(9, 44), 6), $x.y[0])`, ``, `63`},
		{"split at blanks around", `States.StringSplit($, ',')`, `" , "`, `[" "," "]`},
		{"split drops empty parts", `States.StringSplit($, ',')`, `",,,,"`, `[]`},
		{"split at each character", `States.StringSplit($, '.+,=')`, `"This.is+a,test=string"`, `["This","is","a","test","string"]`},
		{"split at T and new line", `States.StringSplit($.a, $.b)`, `{"a":"split on T and \nnew line","b":"T\n"}`, `["split on "," and ","new line"]`},
		{"split: a new line in a literal", "States.StringSplit('Hello\nWorld', '\n')", ``, `["Hello","World"]`},
		{"nested: last part", `States.ArrayGetItem(States.StringSplit($$.StateMachine.Name, '-'), States.MathAdd(States.ArrayLength(States.StringSplit($$.StateMachine.Name, '-')), -1))`, ``, `"c"`},
	} {
		x.check(t)
	}
}

// Results that other projects measured on AWS.
func TestMeasured(t *testing.T) {
	for _, x := range []example{
		{"contains: a text that says the number", `States.ArrayContains($, 9007199254740991)`, `["-1","9007199254740991"]`, `true`},
		{"contains: a text that says true", `States.ArrayContains($, true)`, `["maybe","true"]`, `true`},
		{"contains: 0 is not false", `States.ArrayContains($, false)`, `[0,1,-1.5]`, `false`},
		{"contains: null", `States.ArrayContains($, null)`, `[1,null]`, `true`},
		{"contains: another order of keys", `States.ArrayContains($.a, $.b)`, `{"a":[{"a":1,"b":2}],"b":{"b":2,"a":1}}`, `false`},
		{"contains: an object with more keys", `States.ArrayContains($.a, $.b)`, `{"a":[{"a":1}],"b":{"a":1,"c":null}}`, `false`},
		{"get item: the fraction is cut off", `States.ArrayGetItem($, 1.2)`, `[10,20,30]`, `20`},
		{"get item: null of []", `States.ArrayGetItem($, 999)`, `[]`, `null`},
		{"get item: past the end", `States.ArrayGetItem($, 3)`, `[10,20,30]`, `the index 3 is past the end of an array of 3`},
		{"get item: negative", `States.ArrayGetItem($, -1)`, `[10,20,30]`, `the index -1 is negative`},
		{"partition: the fraction is cut off", `States.ArrayPartition($, 2.6)`, `[1,2,3,4,5]`, `[[1,2],[3,4],[5]]`},
		{"partition: 0.6 is 0", `States.ArrayPartition($, 0.6)`, `[1]`, `the size of a part is 0, which is less than 1`},
		{"partition: any size", `States.ArrayPartition($, 2147483647)`, `[1,2,3]`, `[[1,2,3]]`},
		{"partition: a text", `States.ArrayPartition($, '2')`, `[1]`, `argument 2 is a string, not a number`},
		{"range: fractions are cut off", `States.ArrayRange(1.6, 1.4, 1)`, ``, `[1]`},
		{"range: down, fractions are cut off", `States.ArrayRange(5.4, -0.6, -2.4)`, ``, `[5,3,1]`},
		{"range: away from the end", `States.ArrayRange(1, 5, -1)`, ``, `[]`},
		{"range: of one, down", `States.ArrayRange(3, 3, -1)`, ``, `[3]`},
		{"range: no step", `States.ArrayRange(1, 10, 0.49)`, ``, `the step is 0`},
		{"range: too many", `States.ArrayRange(1, 1001, 1)`, ``, `the range has 1001 elements, more than the limit of 1000`},
		{"range: too many, down", `States.ArrayRange(1001, 1, -1)`, ``, `the range has 1001 elements, more than the limit of 1000`},
		{"unique: a HashSet's order of booleans", `States.ArrayUnique($)`, `[true,false,true,false]`, `[false,true]`},
		{"unique: a HashSet's order of arrays", `States.ArrayUnique($)`, `[[1,2],[1,2],[2,1]]`, `[[2,1],[1,2]]`},
		{"unique: null", `States.ArrayUnique($)`, `[null,null,1,null]`, `[null,1]`},
		{"unique: texts are no numbers", `States.ArrayUnique($)`, `[1,"1",1,"01"]`, `[1,"1","01"]`},
		{"unique: any order of keys", `States.ArrayUnique($)`, `[{"a":1,"b":2},{"b":2,"a":1}]`, `[{"a":1,"b":2}]`},
		{"unique: texts", `States.ArrayUnique($)`, `["a","b","a","c","b"]`, `["a","b","c"]`},
		{"unique: numbers", `States.ArrayUnique($)`, `[1,2,3,3,3,4]`, `[1,2,3,4]`},
		{"decode without padding", `States.Base64Decode('YWI')`, ``, `"ab"`},
		{"decode stops at the padding", `States.Base64Decode('YQ==cd')`, ``, `"a"`},
		{"decode skips spaces", `States.Base64Decode(' YWJjZA== ')`, ``, `"abcd"`},
		{"decode skips what is no Base64", `States.Base64Decode('!Y!W!I!')`, ``, `"ab"`},
		{"decode UTF-8", `States.Base64Decode('44GT44KT44Gr44Gh44Gv')`, ``, `"こんにちは"`},
		{"encode UTF-8", `States.Base64Encode('🚀')`, ``, `"8J+agA=="`},
		{"encode a number", `States.Base64Encode(123)`, ``, `argument 1 is a number, not a string`},
		{"hash an algorithm of another spelling", `States.Hash('data', 'sha-256')`, ``, `unknown algorithm "sha-256": it must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512`},
		{"hash a number", `States.Hash(123, 'MD5')`, ``, `"202cb962ac59075b964b07152d234b70"`},
		{"hash nothing", `States.Hash('', 'SHA-256')`, ``, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{"merge: order of a HashMap that is a copy", `States.JsonMerge($.a, $.b, false)`, `{"a":{"name":1,"city":2},"b":{"city":3}}`, `{"name":1,"city":3}`},
		{"merge: order of a HashMap that grew", `States.JsonMerge($.a, $.b, false)`, `{"a":{"city":1},"b":{"name":2}}`, `{"name":2,"city":1}`},
		{"merge: order of a HashMap of the second", `States.JsonMerge($.a, $.b, false)`, `{"a":{},"b":{"city":1,"name":2}}`, `{"name":2,"city":1}`},
		{"merge: the second wins", `States.JsonMerge($.a, $.b, false)`, `{"a":{"x":1,"y":2},"b":{"y":3,"z":4}}`, `{"x":1,"y":3,"z":4}`},
		{"merge: not deep", `States.JsonMerge($.a, $.b, false)`, `{"a":{"n":{"x":1}},"b":{"n":{"y":2}}}`, `{"n":{"y":2}}`},
		{"merge: a text for false", `States.JsonMerge($.a, $.b, 'false')`, `{"a":{},"b":{}}`, `{}`},
		{"merge: deep", `States.JsonMerge($.a, $.b, true)`, `{"a":{},"b":{}}`, `argument 3 is true, but only the shallow mode is supported: it must be false`},
		{"merge: null", `States.JsonMerge($.a, $.b, false)`, `{"a":null,"b":{}}`, `argument 1 is null, not an object`},
		{"merge: an array", `States.JsonMerge($.a, $.b, false)`, `{"a":{},"b":[]}`, `argument 2 is an array, not an object`},
		{"add: largest", `States.MathAdd(2147483646, 1)`, ``, `2147483647`},
		{"add: smallest", `States.MathAdd(-2147483647, -1)`, ``, `-2147483648`},
		{"add: too large", `States.MathAdd(2147483647, 1)`, ``, `the sum 2147483648 is outside of the range of 32 bits`},
		{"add: argument too large", `States.MathAdd(3000000000, 1)`, ``, `argument 1 is 3000000000, which is outside of the range of 32 bits`},
		{"add: a numeric text", `States.MathAdd(1, '2')`, ``, `argument 2 is a string, not a number`},
		{"add: a boolean", `States.MathAdd(true, 1)`, ``, `argument 1 is a boolean, not a number`},
		{"random: the seed 42", `States.MathRandom(-5, 5, 42)`, ``, `-5`},
		{"random: the start is cut off", `States.MathRandom(1.6, 2.4, 0)`, ``, `1`},
		{"random: cut to nothing", `States.MathRandom(1.4, 1.6)`, ``, `the start 1 is not less than the end 1`},
		{"random: reversed", `States.MathRandom(10, 5)`, ``, `the start 10 is not less than the end 5`},
		{"random: null for a seed", `States.MathRandom(1, 10, null)`, ``, `argument 3 is null, not a number`},
		{"split: empty text", `States.StringSplit('', ',')`, ``, `[]`},
		{"split: a number", `States.StringSplit($, ',')`, `123`, `argument 1 is a number, not a string`},
		{"split: splitter is an array", `States.StringSplit('a', $)`, `[","]`, `argument 2 is an array, not a string`},
		{"to JSON: not JSON", `States.StringToJson($)`, `"1 2"`, `value: offset 2: unexpected '2' where the end of the JSON should be`},
		{"to JSON: a number", `States.StringToJson($)`, `123`, `argument 1 is a number, not a string`},
		{"to JSON: spaces around", `States.StringToJson($)`, `" {\"a\":1} "`, `{"a":1}`},
		{"format: quotes", `States.Format('Name: \'{}\', "{}"', 'Ada', 'L')`, ``, `"Name: 'Ada', \"L\""`},
		{"format: a brace alone", `States.Format('Hello {', $)`, `1`, `Invalid template in States.Format: matching '}' not found for '{'.`},
		{"format: double braces", `States.Format('Hello {{}}', $)`, `1`, `Invalid template in States.Format: matching '}' not found for '{'.`},
		{"format: a closing brace alone", `States.Format('}')`, ``, `Invalid template in States.Format: matching '{' not found for '}'.`},
		{"format: large numbers", `States.Format('{}|{}', false, 9007199254740991)`, ``, `"false|9007199254740991"`},
	} {
		x.check(t)
	}
}

func TestFunctionsRules(t *testing.T) {
	for _, x := range []example{
		{"no arguments", `States.Array()`, ``, `[]`},
		{"literals", `States.Array(1, -2.50, 1e3, 123456789012345678901, null, true, false, 'x')`, ``, `[1,-2.5,1000.0,123456789012345678901,null,true,false,"x"]`},
		{"white space", "States.Array( 1 ,\t$.a , States.Array( ) ) ", `{"a":2}`, `[1,2,[]]`},
		{"escapes in a text", `States.Array('\'\{\}\\')`, ``, `["'{}\\"]`},
		{"braces in a text need no escape", `States.StringToJson('{"a":{}}')`, ``, `{"a":{}}`},
		{"brackets and commas in a text", `States.Array('a, b) [', 1)`, ``, `["a, b) [",1]`},
		{"format: escaped braces", `States.Format('\{\} {} \\{}\'', 1, 2)`, ``, `"{} 1 \\2'"`},
		{"format: escaped braces from a path", `States.Format($, 1)`, `"\\{{}\\} \\n"`, `"{1} \\n"`},
		{"format: nested values", `States.Format('{}', $)`, `{"a":[1,"x",null,{"b":true}]}`, `"{a=[1, x, null, {b=true}]}"`},
		{"format: no arguments", `States.Format('x')`, ``, `"x"`},
		{"format: too few", `States.Format('{} {}', 1)`, ``, `Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.`},
		{"format: too many", `States.Format('x', 1)`, ``, `Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.`},
		{"format: no text", `States.Format($, 1)`, `7`, `Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.`},
		{"format: floats as Java does", `States.Format('{} {}', 1e20, 0.0)`, ``, `"1.0E20 0.0"`},
		{"unique: 1 is not 1.0", `States.ArrayUnique($)`, `[1,1.0,1]`, `[1.0,1]`},
		{"unique: nested 1 is not 1.0", `States.ArrayUnique($)`, `[[1],[1.0],[1]]`, `[[1],[1.0]]`},
		{"unique: a text is no array", `States.ArrayUnique($)`, `[["a"],"[\"a\",]"]`, `[["a"],"[\"a\",]"]`},
		{"unique: big integers", `States.ArrayUnique($)`, `[12345678901234567890,12345678901234567890]`, `[12345678901234567890]`},
		{"unique: as a HashSet iterates", `States.ArrayUnique($)`,
			`[null,true,false,7,-7,3000000000,-3000000000,1.5,-0.25,"hello","🚀",[1,2],{"a":1,"b":null,"zz":[1.5,"x",true]},12345678901234567890,-98765432109876543210987]`,
			`[null,{"a":1,"b":null,"zz":[1.5,"x",true]},[1,2],-7,7,true,-3000000000,3000000000,-0.25,false,1.5,"🚀",-98765432109876543210987,12345678901234567890,"hello"]`},
		{"unique: not an array", `States.ArrayUnique('a')`, ``, `argument 1 is a string, not an array`},
		{"contains: 1 is 1.0", `States.ArrayContains($, 1)`, `[1.0]`, `true`},
		{"contains: null is not a text", `States.ArrayContains($, null)`, `["null"]`, `false`},
		{"contains: a text is no object", `States.ArrayContains($, '{}')`, `[{}]`, `false`},
		{"contains: an array in an array of numbers", `States.ArrayContains($.a, $.a)`, `{"a":[1]}`, `false`},
		{"add: just below a half", `States.MathAdd(0.49999999999999994, 0)`, ``, `0`},
		{"add: a huge float", `States.MathAdd(1e300, 0)`, ``, `argument 1 is 1.0E300, which is outside of the range of 64 bits`},
		{"add: a huge integer", `States.MathAdd(123456789012345678901, 0)`, ``, `argument 1 is 123456789012345678901, which is outside of the range of 64 bits`},
		{"random: Java's sequence", `States.Array(States.MathRandom(0, 999, 3), States.MathRandom(0, 7, 1), States.MathRandom(0, 8, 1), States.MathRandom(-2147483648, 2147483647, 1))`, ``, `[239,4,5,-1155869325]`},
		{"random: one number", `States.MathRandom(5, 6)`, ``, `5`},
		{"random: a huge seed", `States.MathRandom(0, 10, 1e19)`, ``, `argument 3 is 1.0E19, which is outside of the range of 64 bits`},
		{"split: no splitter", `States.StringSplit('abc', '')`, ``, `["abc"]`},
		{"split: many splitters", `States.StringSplit('a1b2c', '0123456789')`, ``, `["a","b","c"]`},
		{"split: characters, not bytes", `States.StringSplit('aéb', 'é')`, ``, `["a","b"]`},
		{"decode for URLs", `States.Base64Decode('8J-agA')`, ``, `"🚀"`},
		{"decode to no UTF-8", `States.Base64Decode('abc')`, ``, `"i�"`},
		{"hash an object", `States.Hash($, 'MD5')`, `{"a": 1}`, `"bb6cb5c68df4652941caf652a366f2d8"`},
		{"hash: no algorithm", `States.Hash('a', 1)`, ``, `argument 2 is a number, not a string`},
		{"a filter with a comma and parentheses", `States.ArrayLength($.a[?(@.b == 'x,y)')])`, `{"a":[{"b":"x,y)"},{"b":"x"}]}`, `1`},
		{"a name with a comma", `States.Array($['a,b'], $["c"])`, `{"a,b":1}`, ``},
		{"several indexes", `States.Array($.a[0,2], 1)`, `{"a":[5,6,7]}`, `[[5,7],1]`},
		{"a length", `States.Array($.a[(@.length-1)])`, `{"a":[5,6,7]}`, `[7]`},
		{"a name with parentheses", `States.Array($.length())`, `{"length()":3}`, `[3]`},
	} {
		if x.want == "" {
			_, err := intrinsics.Parse(x.expression) // a path that does not parse
			require.Error(t, err, x.rule)
			continue
		}
		x.check(t)
	}
}

func TestArgumentsOfTheWrongKind(t *testing.T) {
	for _, x := range []example{
		{"contains", `States.ArrayContains($, 1)`, `{}`, `argument 1 is an object, not an array`},
		{"get item", `States.ArrayGetItem($, 0)`, `"a"`, `argument 1 is a string, not an array`},
		{"get item: index", `States.ArrayGetItem($, $)`, `[1]`, `argument 2 is an array, not a number`},
		{"length", `States.ArrayLength($)`, `null`, `argument 1 is null, not an array`},
		{"partition", `States.ArrayPartition($, 1)`, `1`, `argument 1 is a number, not an array`},
		{"range", `States.ArrayRange(1, 'b', 1)`, ``, `argument 2 is a string, not a number`},
		{"range: 33 bits", `States.ArrayRange(0, 4294967296, 4294967296)`, ``, `argument 2 is 4294967296, which is outside of the range of 32 bits`},
		{"random: start", `States.MathRandom('a', 10)`, ``, `argument 1 is a string, not a number`},
		{"random: end", `States.MathRandom(1, null)`, ``, `argument 2 is null, not a number`},
		{"split: splitter", `States.StringSplit('a', false)`, ``, `argument 2 is a boolean, not a string`},
		{"decode", `States.Base64Decode(null)`, ``, `argument 1 is null, not a string`},
	} {
		x.check(t)
	}
}

func TestDataIsLimitedTo10000Characters(t *testing.T) {
	for name, call := range map[string]string{
		"encode": `States.Base64Encode($)`,
		"decode": `States.Base64Decode($)`,
		"hash":   `States.Hash($, 'MD5')`,
	} {
		for _, c := range []struct {
			text string
			ok   bool
		}{
			{strings.Repeat("A", 10000), true},
			{strings.Repeat("A", 10001), false},
			{strings.Repeat("é", 10000), true},
			{strings.Repeat("🚀", 5000), true}, // two characters of UTF-16 each
			{strings.Repeat("🚀", 5001), false},
		} {
			_, err := eval(t, call, `"`+c.text+`"`)
			if c.ok {
				require.NoError(t, err, name)
				continue
			}
			require.ErrorContains(t, err, "characters, more than the limit of 10000", name)
		}
	}
}

func TestTextsAreBounded(t *testing.T) {
	input := `"` + strings.Repeat("x", 1<<20) + `"`
	args := strings.Repeat(", $", 20)
	_, err := eval(t, `States.Format('`+strings.Repeat("{}", 20)+`'`+args+`)`, input)
	require.ErrorContains(t, err, "longer than 16777216 bytes")
	_, err = eval(t, `States.Format('{}', States.Array($`+args+`))`, input)
	require.ErrorContains(t, err, "longer than 16777216 bytes")
	_, err = eval(t, `States.JsonToString(States.Array($`+args+`))`, input)
	require.ErrorContains(t, err, "longer than 16777216 bytes")
	_, err = eval(t, `States.Hash(States.Array($`+args+`), 'MD5')`, input)
	require.ErrorContains(t, err, "longer than 16777216 bytes")
}

func TestMissingArgument(t *testing.T) {
	_, err := eval(t, `States.Array(1, States.Format('{}', $.nope))`, `{"other":1}`)
	var missing *intrinsics.ArgumentError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "$.nope", missing.Path.String())
	require.Equal(t, "States.Format('{}', $.nope)", missing.Call.String())
	var miss *jsonpath.Error
	require.ErrorAs(t, err, &miss)
	require.EqualError(t, err, "intrinsics: argument $.nope of States.Format: No results for path: $['nope']")
}

func TestMissingArgumentComesBeforeAWrongOne(t *testing.T) {
	for _, call := range []string{
		`States.MathAdd('a', $.nope)`, `States.Format('{', $.nope)`, `States.Format('', $.nope)`, `States.Format($, $.nope)`,
	} {
		_, err := eval(t, call, `{}`)
		var missing *intrinsics.ArgumentError
		require.ErrorAs(t, err, &missing, call)
	}
}

// Recorded: a call with a wrong number of arguments fails when it runs.
func TestWrongNumberOfArguments(t *testing.T) {
	for call, want := range map[string]string{
		`States.Format()`:                       `States.Format takes at least 1 argument, not 0`,
		`States.ArrayLength($, 2)`:              `States.ArrayLength takes 1 argument, not 2`,
		`States.Array(1, States.MathRandom(1))`: `States.MathRandom takes 2 or 3 arguments, not 1`,
		`States.MathAdd(1, 2, 3, 4)`:            `States.MathAdd takes 2 arguments, not 4`,
	} {
		c, err := intrinsics.Parse(call)
		require.NoError(t, err)
		require.Equal(t, []string{want}, slices.Collect(c.Misfits()))
		_, err = c.Eval(newEnv(t, `[]`))
		var failed *intrinsics.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "Invalid arguments in "+failed.Function, failed.Msg)
		require.Equal(t, want, failed.Function+strings.TrimPrefix(failed.Detail, "it"))
	}
	_, err := eval(t, `States.JsonToString(1, 2)`, `{}`)
	require.EqualError(t, err, "Invalid arguments in States.JsonToString: only a single argument is allowed.")
	_, err = eval(t, `States.MathAdd($.gone)`, `{}`)
	var missing *intrinsics.ArgumentError
	require.ErrorAs(t, err, &missing)
}

func TestErrorNamesFunctionAsAWSDoes(t *testing.T) {
	_, err := eval(t, `States.MathAdd('a', 1)`, `{}`)
	require.EqualError(t, err, "Invalid arguments in States.MathAdd: argument 1 is a string, not a number")
}

func TestRandomComesFromTheEnv(t *testing.T) {
	call, err := intrinsics.Parse(`States.Array(States.UUID(), States.UUID(), States.MathRandom(-99999, -9999), States.MathRandom(12.5, 44.51))`)
	require.NoError(t, err)
	v, err := call.Eval(newEnv(t, `{}`))
	require.NoError(t, err)
	again, err := call.Eval(newEnv(t, `{}`))
	require.NoError(t, err)
	require.Equal(t, v, again)

	items := v.([]any)
	uuid := `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`
	require.Regexp(t, uuid, items[0])
	require.Regexp(t, uuid, items[1])
	require.NotEqual(t, items[0], items[1])
	require.GreaterOrEqual(t, items[2], int64(-99999))
	require.Less(t, items[2], int64(-9999))
	require.GreaterOrEqual(t, items[3], int64(12))
	require.Less(t, items[3], int64(44))
}

func TestUUIDIgnoresItsArguments(t *testing.T) {
	want, err := eval(t, `States.UUID()`, `{}`)
	require.NoError(t, err)
	got, err := eval(t, `States.UUID(1, 'x', null, $.x)`, `{"x": 2}`)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestRandomReachesItsWholeRange(t *testing.T) {
	call, err := intrinsics.Parse(`States.MathRandom(-1, 2)`)
	require.NoError(t, err)
	e := newEnv(t, `{}`)
	seen := map[any]int{}
	for range 300 {
		v, err := call.Eval(e)
		require.NoError(t, err)
		seen[v]++
	}
	require.Len(t, seen, 3)
	for n := int64(-1); n < 2; n++ {
		require.Greater(t, seen[n], 50, "%d", n)
	}
}

func TestArgumentsAreNotChanged(t *testing.T) {
	e := newEnv(t, `{"a":{"x":1},"b":{"x":2,"y":3},"list":[3,1,2,3]}`)
	before := parse(t, `{"a":{"x":1},"b":{"x":2,"y":3},"list":[3,1,2,3]}`)
	for _, expression := range []string{
		`States.JsonMerge($.a, $.b, false)`,
		`States.ArrayUnique($.list)`,
		`States.ArrayPartition($.list, 2)`,
	} {
		c, err := intrinsics.Parse(expression)
		require.NoError(t, err)
		_, err = c.Eval(e)
		require.NoError(t, err)
		require.Equal(t, before, e.input, expression)
	}
}
