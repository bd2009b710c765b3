package soundness

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// grammar is how definitions are made: <name> stands for one of the
// alternatives of a name, those of name.path and name.ata where a state is in
// JSONPath or JSONata; <name?30> is there in 30 cases of a hundred, and
// <name+30> is repeated as often. There are few names, so that
// what is read is sometimes there, and a field that is read in vain fails its
// state, but for conditions and for InputPath.
var grammar = map[string][]string{
	"timeout": {`"TimeoutSeconds": 5, `},
	"state": {"<Pass>", "<Pass>", "<Pass>", "<Pass>", "<Choice>", "<Choice>", "<Choice>", "<Task>", "<Task>", "<Wait>", "<Succeed>", "<Fail>",
		"<Parallel>", "<Map>"},
	"Pass":         {`"Type": "Pass"<made><flow>, <end>`},
	"Choice":       {`"Type": "Choice", "Choices": [<choice+50>]<flow><default?80>`},
	"Task":         {`"Type": "Task", "Resource": "f"<limit?10><input?40><work><flow>, <end>`},
	"Wait":         {`"Type": "Wait", <seconds><flow>, <end>`},
	"Succeed":      {`"Type": "Succeed"<output>`},
	"Fail":         {`"Type": "Fail"<failure>`},
	"Parallel":     {`"Type": "Parallel"<input?40><work><flow>, "Branches": [<scope+30>], <end>`},
	"Map":          {`"Type": "Map"<items?60><selector?40><work><flow>, "ItemProcessor": <scope>, <end>`},
	"flow":         {"<output><assign?30>"},
	"output.path":  {"<inputPath?15><outputPath?15>"},
	"output.ata":   {"", "<out>"},
	"out":          {`, "Output": <template>`},
	"assign":       {`, "Assign": {<assigned>}`},
	"inputPath":    {`, "InputPath": "<path>"`, `, "InputPath": "<path>"`, `, "InputPath": "$"`, `, "InputPath": null`, `, "InputPath": "$.a[*]"`, `, "InputPath": "$..b"`},
	"outputPath":   {`, "OutputPath": "<path>"`, `, "OutputPath": "$"`, `, "OutputPath": null`},
	"resultPath":   {`, "ResultPath": null`, `, "ResultPath": "$"`, `, "ResultPath": "$.a"`, `, "ResultPath": "$.b.c"`, `, "ResultPath": "$.c"`, `, "ResultPath": "$['a']"`},
	"made.path":    {"", `, "Parameters": <template><resultPath?30>`, `, "Result": <constant><resultPath?30>`, `, "Result": <constant><resultPath?30>`},
	"made.ata":     {""},
	"limit.path":   {`, "TimeoutSecondsPath": "<path>"`},
	"limit.ata":    {""},
	"input.path":   {`, "Parameters": <template>`},
	"input.ata":    {`, "Arguments": <template>`},
	"selector":     {`, "ItemSelector": <template>`},
	"work.path":    {"<select?20><resultPath?40><caught>"},
	"work.ata":     {"<caught>"},
	"select":       {`, "ResultSelector": <template>`},
	"caught":       {"<retry?60><catch?60>"},
	"retry":        {`, "Retry": [<retrier+45>]`, `, "Retry": [<retrier+45>, {<all><tries>}]`, `, "Retry": [{<all><tries>}]`},
	"retrier":      {`{"ErrorEquals": [<error+40>]<tries>}`},
	"tries":        {"<max?50><rate?30><interval?30><longest?20><jitter?20>"},
	"max":          {`, "MaxAttempts": 0`, `, "MaxAttempts": 1`, `, "MaxAttempts": 2`},
	"rate":         {`, "BackoffRate": 1`, `, "BackoffRate": 3`},
	"interval":     {`, "IntervalSeconds": 2`, `, "IntervalSeconds": 3`},
	"longest":      {`, "MaxDelaySeconds": 4`},
	"jitter":       {`, "JitterStrategy": "FULL"`},
	"catch":        {`, "Catch": [<catcher+45>]`, `, "Catch": [<catcher+45>, {<all><then>}]`, `, "Catch": [{<all><then>}]`},
	"catcher":      {`{"ErrorEquals": [<error+40>]<then>}`},
	"all":          {`"ErrorEquals": ["States.ALL"]`},
	"then.path":    {`<resultPath?40><assign?30>, "Next": "<target>"`},
	"then.ata":     {`<out?30><assign?30>, "Next": "<target>"`},
	"seconds":      {`"Seconds": 0`, `"Seconds": 0`, "<wait>"},
	"wait.path":    {`"SecondsPath": "<path>"`},
	"wait.ata":     {`"Seconds": "{% <expression> %}"`},
	"failure.path": {`, "Error": "E1"`, `, "ErrorPath": "<path>"`, `, "CausePath": "<path>"`},
	"failure.ata":  {`, "Error": "E1", "Cause": "{% <expression> %}"`},
	"items.path":   {`, "ItemsPath": "$.a"`, `, "ItemsPath": "$$.Execution.Input.a"`, `, "ItemsPath": "<path>"`},
	"items.ata":    {`, "Items": [{"a": {"b": 1}}]`, `, "Items": "{% $states.input.a %}"`, `, "Items": []`},

	"choice.path": {`{<rule><assign?40>, "Next": "<target>"}`},
	"choice.ata":  {`{<rule><assign?40><out?30>, "Next": "<target>"}`},
	"default":     {`, "Default": "<target>"`},
	"rule":        {"<test>", "<test>", "<test>", "<again>"},
	"test.path":   {"<compare>", "<compare>", "<compare>", "<compare>", `"And": [<part+60>]`, `"Or": [<part+60>]`, `"Not": <part>`},
	"part":        {"{<compare>}", "{<compare>}", "{<test>}", "{<again>}", `{"Not": {<again>}}`},
	"compare":     {`"Variable": "<variable>", <operator>`, `"Variable": "$.a", <operator>`, `"Variable": "$", "IsPresent": <bool>`},
	"variable":    {"<path>", "<path>", "<path>", "$.a[*]", "$..c"},
	"operator":    {`"<is>": <bool>`, `"NumericEquals": 1`, `"NumericLessThan": 2`, `"StringEquals": "s"`, `"NumericEqualsPath": "<path>"`},
	"is":          {"IsPresent", "IsPresent", "IsNull", "IsNumeric", "IsString"},
	"bool":        {"true", "false"},
	"test.ata":    {`"Condition": <bool>`, `"Condition": "{% <ask> %}"`, `"Condition": "{% <ask> %}"`, `"Condition": "{% <ask> %}"`},
	"ask":         {"true", "(false)", "$exists(<read>)", "<read> = 1", "$not($exists(<read>))", "($exists(<read>)) or (<read> = 2)", "$random() < 0.5", "$shuffle([1, 2])[0] = 1"},
	"read":        {"$states.input.<names>", "$states.input.<names>", "<outer>"},

	"names":         {"a", "b", "c", "a.b", "b.c", "c.a", "b.c.a", "Error", "Cause"},
	"outer":         {"$<readable>", "$<readable>", "$<readable>.a"},
	"context":       {"Execution.Id", "Execution.Input.a", "Execution.Nmae", "State.RetryCount", "Map.Item.Value", "Map.Item.Index", "Map.Item.Value.a"},
	"path":          {"$.<names>", "$.<names>", "$.<names>", "$.<names>", "$.<names>", "$$.<context>", "<outer>", "<outer>", "$.<names>[0]", "$.<names>['a']", "$.<names>[0].b"},
	"expression":    {"$states.input.<names>", "$states.input.<names>", "$states.input.<names>", "<outer>", "<outer>", "$states.context.<context>", "<local>", "<walk>"},
	"assigned.path": {`"<own>": <constant>`, `"<own>.$": "<path>"`},
	"assigned.ata":  {`"<own>": <constant>`, `"<own>": "{% <expression> %}"`},
	"template":      {"<object>"},
	"template.ata":  {"<object>", `"{% <expression> %}"`},
	"object":        {`{"a<member>}`, `{"b<member>}`, `{"a<member>, "b<member>}`, `{"b<member>, "c<member>}`, `{"a<member>, "b<member>, "c<member>}`, "{}"},
	"member.path":   {`": <constant>`, `.$": "<path>"`, `.$": "<path>"`, `.$": "States.Array(<path>, 1)"`},
	"member.ata":    {`": <constant>`, `": "{% <expression> %}"`},

	// Each binds a variable, or a function, which may be visible where it is read
	// again, or not.
	"local": {"($<own> := 1; $<own>)", "($f := function($u){ $u }; $f(1))", "($states := {'input': {'zz': 1}}; $states.input.zz)",
		"function($states){ $states.input.zz }({'input': {'zz': 1}})", "$map([1], function($x){ $x + 1 })", "[1]#$u.{'k': $string($u)}",
		"[{'k': 1}]@$x.$string($x.k)", "($w := $states.input; $w.<names>)", "(($x := 1); $x)", "(true ? $u := 1 : 0; $u)", "($string($x := 1); $x)",
		"([$x := 1]; $x)", "({'k': $u := 1}; $u)", "($w := $x := 1; $x)", "([1][$x := 1]; $x)", "([1].($u := 1); $u)", "([1].$string($x := 1); $x)",
		"($x; $x := 1)", "$<own>()", "$nothing(1)", "($x := function(){ 1 }; $x())", "($string($u := function(){ 1 }); $u())",
		"function($u){ $u(1) }(function($k){ $k })", "($x := $substring(?, 0, 1); $x('abc'))", "([1] ~> $map(function($x){ $x }))",
		"($f := function(){ $x }; $x := 1; $f())", "($f := function(){ $x := 1 }; $f(); $x)", "($x := $x; 1; $x)", "(false or ($x := true); $x)"},
	"walk": {"$states.input.(<names>)", "$states.input.<names>.%.b", "$states.input@$k.$k.<names>", "$states.input.b[c].<names>", "$states.**.<names>",
		"$states.*.<names>", "$lookup($states.input, 'a')", "$states.input.<names> ~> $string", "($states.input ~> |$|{'zz': 1}|).zz", "$states.input.<names>^(a)",
		"$states.(input.<names>)", "$states['input'].<names>", "$states.input.'b'.<names>", "$states.input.`b`.<names>", "$states.input[0].<names>",
		"$states.input.$.<names>", "($states).input.<names>", "$merge([$states.input, {'b': {'c': 1}}])",
		"$exists($states.input.a) ? $states.input.a : 1", "$exists($states.input.b.c) ? $states.input.b.c : 1"},
}

// variables are those of a depth: what an outer scope assigns an inner one may
// not.
var variables = []string{"xy", "uv", "pq"}

// tweaks change a condition a little, or not.
var tweaks = []*strings.Replacer{strings.NewReplacer(), strings.NewReplacer("true", "false", "false", "true"),
	strings.NewReplacer("1", "2", "2", "1"), strings.NewReplacer("And", "Or", "Or", "And")}

// errors are the names that tasks fail with, and that Retry and Catch look for.
var errors = []string{"E1", "E2", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout", "States.Permissions",
	"States.Runtime", "States.DataLimitExceeded", "States.QueryEvaluationError", "States.BranchFailed"}

// generator writes a definition at random.
type generator struct {
	*rand.Rand
	richer map[string][]string // rules instead of the grammar's
	allATA bool                // the whole machine is in JSONata
	count  int                 // of the states
	depth  int
	place
}

// place is where in the machine it is.
type place struct {
	ata   bool
	names []string // of the states, in this scope
	most  int      // as many as there may be
	last  bool     // none follow
	asked []string // conditions of this state
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// is reports true in that many of a hundred cases.
func (g *generator) is(percent int) bool { return g.IntN(100) < percent }

// Definition returns a random definition. The rules in richer replace those of the
// grammar, in which <name> stands for one of the alternatives of a name.
func Definition(r *rand.Rand, richer map[string][]string) string {
	return (&generator{Rand: r, richer: richer}).machine()
}

// Constant returns random JSON that nests at most so deep.
func Constant(r *rand.Rand, depth int) string { return constant(r, depth) }

// ErrorNames are the names that tasks fail with, and that Retry and Catch look for.
func ErrorNames() []string { return errors }

func (g *generator) machine() string {
	g.allATA, g.depth = g.is(40), -1
	language := map[bool]string{true: "JSONata", false: "JSONPath"}[g.allATA]
	return fmt.Sprintf(`{%s"QueryLanguage": %q, %s`, g.expand("<timeout?10>"), language, g.scope()[1:])
}

// scope is a StartAt with its States, each of which something leads to.
func (g *generator) scope() string {
	around := g.place
	g.depth++
	defer func() { g.place, g.depth = around, g.depth-1 }()
	g.place = place{most: 2 + g.IntN(5-g.depth)}
	first := g.add()
	var states []string
	for i := 0; i < len(g.names); i++ {
		g.last, g.asked, g.ata = i == len(g.names)-1, nil, g.allATA || g.is(30)
		alternatives := g.rules("state")
		if g.depth == 2 {
			alternatives = alternatives[:len(alternatives)-2]
		}
		language := ""
		if g.ata && !g.allATA {
			language = `"QueryLanguage": "JSONata", `
		}
		states = append(states, fmt.Sprintf("\n%*s%q: {%s%s}", 2+2*g.depth, "", g.names[i], language, g.expand(pick(g.Rand, alternatives...))))
	}
	return fmt.Sprintf(`{"StartAt": %q, "States": {%s}}`, first, strings.Join(states, ","))
}

func (g *generator) add() string {
	g.count++
	g.names = append(g.names, fmt.Sprintf("S%d", g.count))
	return g.names[len(g.names)-1]
}

var symbol = regexp.MustCompile(`<(\w+)(?:([?+])(\d+))?>`)

func (g *generator) expand(text string) string {
	return symbol.ReplaceAllStringFunc(text, func(s string) string {
		parts := symbol.FindStringSubmatch(s)
		percent, _ := strconv.Atoi(parts[3])
		var list []string
		switch {
		case parts[2] != "?":
			list = append(list, g.one(parts[1]))
			for g.is(percent) {
				list = append(list, g.one(parts[1]))
			}
		case g.is(percent):
			list = append(list, g.one(parts[1]))
		}
		return strings.Join(list, ", ")
	})
}

// one is one of what a name stands for.
func (g *generator) one(name string) string {
	switch name {
	case "scope":
		return g.scope()
	case "target":
		if len(g.names) < g.most && g.is(75) {
			return g.add()
		}
		return pick(g.Rand, g.names...)
	case "end":
		if g.is(15) || g.last && g.is(70) {
			return `"End": true`
		}
		return `"Next": "` + g.one("target") + `"`
	case "error":
		return strconv.Quote(pick(g.Rand, errors...))
	case "own":
		return string(variables[g.depth][g.IntN(2)])
	case "readable":
		return string(variables[g.IntN(g.depth+1)][g.IntN(2)])
	case "constant":
		return constant(g.Rand, 2)
	case "again":
		if len(g.asked) > 0 {
			return pick(g.Rand, tweaks...).Replace(pick(g.Rand, g.asked...))
		}
		name = "test"
	}
	made := g.expand(pick(g.Rand, g.rules(name)...))
	if name == "test" || name == "compare" {
		g.asked = append(g.asked, made)
	}
	return made
}

// rules are the alternatives of a name.
func (g *generator) rules(name string) []string {
	for _, name := range []string{name + map[bool]string{true: ".ata", false: ".path"}[g.ata], name} {
		for _, rules := range []map[string][]string{g.richer, grammar} {
			if list, ok := rules[name]; ok {
				return list
			}
		}
	}
	panic("no rule " + name)
}

// constant is JSON that nests as deep as that.
func constant(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return pick(r, "1", "2", "true", "null", `"s"`, "[]", "{}", `[{"b": 1}]`, `[{"a": {"b": 1}}, {"c": {"a": []}}]`)
	}
	var members []string
	for _, key := range []string{"a", "b", "c"} {
		if r.IntN(2) == 0 {
			members = append(members, fmt.Sprintf(`%q: %s`, key, constant(r, depth-1)))
		}
	}
	return "{" + strings.Join(members, ", ") + "}"
}
