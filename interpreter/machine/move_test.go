package machine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// reordered returns a definition with the states of each States object in the opposite
// order, and a Comment.
func reordered(t testing.TB, definition string) string {
	var turn func(v any) any
	turn = func(v any) any {
		switch v := v.(type) {
		case []any:
			made := make([]any, len(v))
			for i := range v {
				made[i] = turn(v[i])
			}
			return made
		case *value.Object:
			made := value.NewObject(v.Len())
			for key, member := range v.All() {
				member = turn(member)
				if o, ok := member.(*value.Object); ok && key == "States" && o.Len() > 0 {
					members := value.NewObject(o.Len())
					for _, name := range slices.Backward(o.Keys()) {
						st, _ := o.Get(name)
						members.Set(name, st)
					}
					member = members
				}
				made.Set(key, member)
			}
			return made
		}
		return v
	}
	o, ok := turn(parse(t, definition)).(*value.Object)
	require.True(t, ok)
	o.Set("Comment", "the other way round")
	return value.String(o)
}

// moves has the execution go on in the other Program after every Step.
func moves(a, b *machine.Program, crashes bool) func(*host) {
	return func(h *host) {
		h.t.Helper()
		if h.x.Status != machine.Running {
			return
		}
		to := b
		if h.p == b {
			to = a
		}
		found, err := h.p.CheckMove(h.x, to)
		require.NoError(h.t, err)
		require.Empty(h.t, found)
		before := h.p.Where(h.x)
		tokens := tokensOf(h.t, h.p, h.x)
		x, err := h.p.Move(h.x, to)
		require.NoError(h.t, err)
		require.Equal(h.t, to.Digest(), x.Digest())
		require.Equal(h.t, before, to.Where(x))
		require.Equal(h.t, tokens, tokensOf(h.t, to, x))
		h.p, h.x = to, x
		if crashes {
			crashed(h)
		}
	}
}

// tokensOf returns the tokens of the outstanding tasks.
func tokensOf(t testing.TB, p *machine.Program, x *machine.Execution) (tokens []string) {
	var r machine.Result
	require.NoError(t, p.Pending(x, &r))
	for _, c := range r.Commands {
		if c.Kind == machine.StartTask {
			tokens = append(tokens, x.Token(c.Task))
		}
	}
	return tokens
}

// An execution that moves to and fro between equal definitions has the same history as
// one that stays.
func TestMovesBetweenEqualDefinitions(t *testing.T) {
	race.OneGoroutine(t)
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			s := parseScenario(string(text))
			o := machine.Options{StateMachineName: "Test", Limits: machine.Limits{ExpressionSteps: 1_000_000}}
			for _, crashes := range []bool{false, true} {
				for _, budget := range []int{0, 1} {
					a := compile(t, s.section("definition"), o)
					b := compile(t, reordered(t, s.section("definition")), o)
					after := func(h *host) {
						h.p = ofDigest(h.x, a, b)
						moves(a, b, crashes)(h)
					}
					require.Equal(t, s.section("history"), runScenario(t, s, after, budget))
				}
			}
		})
	}
}

func ofDigest(x *machine.Execution, all ...*machine.Program) *machine.Program {
	return all[slices.IndexFunc(all, func(p *machine.Program) bool { return p.Digest() == x.Digest() })]
}

// stand runs an execution until nothing happens by itself. Tasks of states that script
// does not name hang.
func stand(t testing.TB, p *machine.Program, input, script string) *host {
	h := newHost(t, p, parse(t, input))
	answers := parseScript(script)
	h.answer = func(c machine.Command) []machine.Event {
		if len(answers[c.State]) == 0 {
			return []machine.Event{{Kind: machine.TaskStarted}}
		}
		return answers.answer(t, c)
	}
	for len(h.queue) > 0 {
		ev := h.queue[0]
		h.queue = h.queue[1:]
		h.step(ev)
	}
	require.Equal(t, machine.Running, h.x.Status)
	return h
}

const (
	inLambda   = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"work","TimeoutSeconds":9,"Next":"B"},"B":{"Type":"Pass","End":true}}}`
	inCallback = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"t.$":"$$.Task.Token"},"End":true}}}`
	inParallel = `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"work","End":true}}},
		{"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":9,"End":true}}}]}}}`
	inMap = `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{
		"StartAt":"A","States":{"A":{"Type":"Task","Resource":"work","End":true}}}}}}`
	inRetry = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"work","End":true,
		"Retry":[{"ErrorEquals":["X"],"MaxAttempts":5},{"ErrorEquals":["Y"],"MaxAttempts":6}]}}}`
	inJSONata = `{"QueryLanguage":"JSONata","StartAt":"S","States":{
		"S":{"Type":"Pass","Assign":{"v":1},"Next":"A"},
		"A":{"Type":"Task","Resource":"work","Arguments":{"x":"{% $v %}"},"Next":"B"},
		"B":{"Type":"Pass","Output":"{% $v %}","End":true}}}`
	inPaths = `{"StartAt":"S","States":{
		"S":{"Type":"Pass","Assign":{"v":1},"Next":"A"},
		"A":{"Type":"Task","Resource":"work","Next":"B"},
		"B":{"Type":"Pass","Parameters":{"x.$":"$v"},"End":true}}}`
)

// TestCheckMove compares definitions. Each difference is a line; those that are refused
// begin with an exclamation mark.
func TestCheckMove(t *testing.T) {
	for name, c := range map[string]struct {
		before   string
		replace  []string // pairs, in before
		input    string   // default: {}
		script   string
		to       machine.Options
		expected []string
	}{
		"equal":                     {before: inLambda},
		"a later state":             {before: inLambda, replace: []string{`"B":{"Type":"Pass"`, `"B":{"Type":"Wait","Seconds":1`}},
		"state is gone":             {before: inLambda, replace: []string{`"A"`, `"Z"`}, expected: []string{"!state A"}},
		"another type":              {before: inLambda, replace: []string{`"Type":"Task","Resource":"work","TimeoutSeconds":9`, `"Type":"Pass"`}, expected: []string{"!state A, Type", "state A, Resource", "state A, TimeoutSeconds"}},
		"another function":          {before: inLambda, replace: []string{`"work"`, `"other"`}, expected: []string{"state A, Resource"}},
		"a function to a service":   {before: inLambda, replace: []string{`"work"`, `"arn:aws:states:::sqs:sendMessage"`}, expected: []string{"!state A, Resource"}},
		"a function to an activity": {before: inLambda, to: machine.Options{Activities: []string{"work"}}, expected: []string{"!state A, Resource"}},
		"another pattern":           {before: inCallback, replace: []string{`.waitForTaskToken`, ``}, expected: []string{"!state A, Resource"}},
		"another service":           {before: inCallback, replace: []string{`sqs:sendMessage`, `sns:publish`}, expected: []string{"!state A, Resource"}},
		"another timeout":           {before: inLambda, replace: []string{`9`, `10`}, expected: []string{"state A, TimeoutSeconds"}},
		"a heartbeat":               {before: inLambda, replace: []string{`9`, `9,"HeartbeatSeconds":3`}, expected: []string{"state A, HeartbeatSeconds"}},
		"another transition":        {before: inLambda, replace: []string{`"Next":"B"},"B":{"Type":"Pass","End":true}`, `"End":true}`}, expected: []string{"state A, Next", "state A, End"}},
		"a branch more":             {before: inParallel, replace: []string{`"Branches":[`, `"Branches":[{"StartAt":"C","States":{"C":{"Type":"Pass","End":true}}},`}, expected: []string{"!state P, Branches", "!state A", "!state B"}},
		"branches that are swapped": {before: inParallel, replace: []string{`"A"`, `"T"`, `"B"`, `"A"`, `"T"`, `"B"`}, expected: []string{"!state A", "!state B"}},
		"a state in another branch": {before: inParallel, replace: []string{`"A"`, `"T"`, `"StartAt":"B","States":{"B"`, `"StartAt":"A","States":{"A"`}, expected: []string{"!state A", "!state B"}},
		"a Wait in a branch":        {before: inParallel, replace: []string{`9`, `8`}, expected: []string{"state B, Seconds"}},
		"in an iteration":           {before: inMap, input: `[1,2]`, replace: []string{`"A"`, `"Z"`}, expected: []string{"!state A", "!state A"}},
		"inline to distributed":     {before: inMap, input: `[1]`, replace: []string{`"ItemProcessor":{`, `"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`}, expected: []string{"!state M, ItemProcessor/ProcessorConfig/Mode"}},
		"Map to Parallel":           {before: inMap, input: `[1]`, replace: []string{`"Type":"Map"`, `"Type":"Parallel"`, `"ItemProcessor":{`, `"Branches":[{`, `"End":true}}}}}}`, `"End":true}}}]}}}`}, expected: []string{"!state M, Type"}},
		"a Retrier that is unused":  {before: inRetry, script: "A: fail X c", replace: []string{`"Y"`, `"Z"`}},
		"a Retrier that is gone":    {before: inRetry, script: "A: fail X c", replace: []string{`"X"`, `"Z"`}, expected: []string{"state A, Retry[0]"}},
		"no Retriers": {before: inRetry, script: "A: fail Y c", replace: []string{`,
		"Retry":[{"ErrorEquals":["X"],"MaxAttempts":5},{"ErrorEquals":["Y"],"MaxAttempts":6}]`, ``}, expected: []string{"state A, Retry[1]"}},
		"a Retrier that moved":     {before: inRetry, script: "A: fail X c", replace: []string{`"Retry":[`, `"Retry":[{"ErrorEquals":["W"]},`}, expected: []string{"state A, Retry[0]"}},
		"a Retrier that changed":   {before: inRetry, script: "A: fail X c", replace: []string{`5`, `4`}, expected: []string{"state A, Retry[0]"}},
		"Retriers, none used":      {before: inRetry, replace: []string{`5`, `4`}, expected: []string{"state A, Retry"}},
		"a Catcher":                {before: inLambda, replace: []string{`"Next":"B"}`, `"Catch":[{"ErrorEquals":["X"],"Next":"B"}],"Next":"B"}`}, expected: []string{"state A, Catch"}},
		"a variable that is gone":  {before: inJSONata, replace: []string{`"Assign":{"v":1}`, `"Assign":{"w":1}`}},
		"a variable that is new":   {before: inJSONata, replace: []string{`"Output":"{% $v %}"`, `"Output":"{% $w %}"`}, expected: []string{"state B, $w"}},
		"a variable by a path":     {before: inPaths, replace: []string{`$v`, `$w`}, expected: []string{"state B, $w"}},
		"a variable assigned here": {before: inPaths, replace: []string{`$v`, `$w`, `"work","Next"`, `"work","Assign":{"w.$":"$"},"Next"`}, expected: []string{"state A, Assign"}},
		"a variable of a Catcher": {before: inPaths, replace: []string{`$v`, `$w`, `"work","Next"`, `"work","Assign":{"w.$":"$"},"Catch":[{"ErrorEquals":["X"],"Next":"B"}],"Next"`},
			expected: []string{"state A, Catch", "state A, Assign", "state B, $w"}},
		"JSONata to JSONPath": {before: inJSONata, replace: []string{`"QueryLanguage":"JSONata",`, ``, `"Arguments":{"x":"{% $v %}"}`, `"Parameters":{"x.$":"$v"}`, `"Output":"{% $v %}",`, ``},
			expected: []string{"state A, QueryLanguage", "state A, Arguments", "state A, Parameters"}},
		"JSONPath to JSONata": {before: inLambda, replace: []string{`{"StartAt"`, `{"QueryLanguage":"JSONata","StartAt"`}, expected: []string{"state A, QueryLanguage"}},
		"EXPRESS":             {before: inLambda, to: machine.Options{Express: true, Limits: machine.Limits{Duration: 365 * 24 * time.Hour, HistoryEvents: 25000}}, expected: []string{"!Type"}},
		"another machine": {before: inLambda, to: machine.Options{StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:other"},
			expected: []string{"!StateMachineArn", "StateMachineName", "RoleArn"}},
		"another role":      {before: inLambda, to: machine.Options{RoleArn: "arn:aws:iam::000000000000:role/other"}, expected: []string{"RoleArn"}},
		"a limit":           {before: inLambda, to: machine.Options{Limits: machine.Limits{PayloadBytes: 7}}, expected: []string{"Limits.PayloadBytes", "Limits.HeldBytes"}},
		"a shorter history": {before: inLambda, to: machine.Options{Limits: machine.Limits{HistoryEvents: 3}}, expected: []string{"!Limits.HistoryEvents", "Limits.HistoryEvents"}},
		"a duration":        {before: inLambda, to: machine.Options{Limits: machine.Limits{Duration: time.Minute}}, expected: []string{"Limits.Duration"}},
		"a timeout":         {before: inLambda, replace: []string{`{"StartAt"`, `{"TimeoutSeconds":5,"StartAt"`}, expected: []string{"TimeoutSeconds"}},
		"wholly another": {before: inParallel, replace: []string{inParallel, `{"StartAt":"X","States":{"X":{"Type":"Succeed"}}}`},
			to: machine.Options{StateMachineArn: "arn:aws:states:eu-west-1:000000000000:stateMachine:x"}, expected: []string{"!StateMachineArn", "!state P", "StateMachineName", "RoleArn"}},
	} {
		t.Run(name, func(t *testing.T) {
			after := c.before
			for i := 0; i < len(c.replace); i += 2 {
				require.Contains(t, after, c.replace[i])
				after = strings.ReplaceAll(after, c.replace[i], c.replace[i+1])
			}
			if c.input == "" {
				c.input = `{}`
			}
			h := stand(t, compile(t, c.before, machine.Options{}), c.input, c.script)
			to := compile(t, after, c.to)
			requireMove(t, h, to, c.expected)
		})
	}
}

// requireMove checks the differences, and that a move is refused exactly if one of them
// is. After a move the execution can be stored.
func requireMove(t *testing.T, h *host, to *machine.Program, expected []string) {
	t.Helper()
	before := marshal(t, h.p, h.x)
	found, err := h.p.CheckMove(h.x, to)
	require.NoError(t, err)
	requireForeseen(t, h, to, found)
	var places []string
	refused := 0
	for _, d := range found {
		place := strings.TrimSuffix(d.String(), ": "+d.Text)
		require.NotEmpty(t, d.Text)
		if d.Refused {
			require.Equal(t, refused, len(places), "those that are refused come first")
			place = "!" + place
			refused++
		}
		places = append(places, place)
	}
	require.Equal(t, expected, places)
	x, err := h.p.Move(h.x, to)
	require.Equal(t, before, marshal(t, h.p, h.x), "the execution stays as it was")
	if refused > 0 {
		var e *machine.MoveError
		require.ErrorAs(t, err, &e)
		require.ErrorIs(t, err, machine.ErrMove)
		require.Equal(t, found[:refused], e.Differences)
		return
	}
	require.NoError(t, err)
	again, err := to.Restore(marshal(t, to, x))
	require.NoError(t, err)
	require.Equal(t, tokensOf(t, h.p, h.x), tokensOf(t, to, again))
}

// TestCheckMoveOfMapRuns compares distributed Map states whose Map Run is under way.
func TestCheckMoveOfMapRuns(t *testing.T) {
	const (
		reader = `"ItemReader":{"Resource":"r","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN","CSVHeaders":["a"]}}`
		writer = `"ResultWriter":{"Resource":"w","Parameters":{"Bucket":"b"}}`
		batch  = `"ItemBatcher":{"MaxItemsPerBatch":2}`
	)
	for name, c := range map[string]struct {
		before, after string
		opened        bool // with a destination: ResultsOpened has come
		expected      []string
	}{
		"equal":             {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":1`},
		"more at a time":    {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":2`, expected: []string{"state M, MaxConcurrency"}},
		"the label":         {before: `"Label":"K"`, after: `"Label":"N"`, expected: []string{"!state M, Label"}},
		"the children":      {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":1,"x":1`, expected: []string{"state M, ItemProcessor"}},
		"express children":  {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":1,"EXPRESS":1`, expected: []string{"!state M, ItemProcessor/ProcessorConfig/ExecutionType"}},
		"inline":            {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":1,"INLINE":1`, expected: []string{"!state M, ItemProcessor/ProcessorConfig/Mode"}},
		"a reader":          {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":1,` + reader, expected: []string{"!state M, ItemReader"}},
		"no reader":         {before: reader, after: `"MaxConcurrency":0`, expected: []string{"!state M, ItemReader", "state M, MaxConcurrency"}},
		"another reader":    {before: reader, after: strings.Replace(reader, `"r"`, `"s"`, 1), expected: []string{"!state M, ItemReader"}},
		"another header":    {before: reader, after: strings.Replace(reader, `"a"`, `"b"`, 1), expected: []string{"!state M, ItemReader"}},
		"batches":           {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":1,` + batch, expected: []string{"!state M, ItemBatcher"}},
		"larger batches":    {before: batch, after: strings.Replace(batch, `2`, `3`, 1), expected: []string{"state M, ItemBatcher"}},
		"a writer":          {before: `"MaxConcurrency":1`, after: `"MaxConcurrency":1,` + writer, expected: []string{"!state M, ResultWriter"}},
		"another writer":    {before: writer, after: strings.Replace(writer, `"w"`, `"v"`, 1), opened: true, expected: []string{"!state M, ResultWriter"}},
		"another bucket":    {before: writer, after: strings.Replace(writer, `"b"`, `"c"`, 1), opened: true, expected: []string{"state M, ResultWriter"}},
		"before it is open": {before: writer, after: strings.Replace(writer, `"w"`, `"v"`, 1), expected: []string{"!state M, ResultWriter"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := func(fields string) string {
				text := distributed(`"Comment":"",` + strings.TrimSuffix(fields, `,"x":1`))
				if strings.Contains(fields, `"Label"`) {
					text = strings.Replace(text, `"Label": "L", `, "", 1)
				}
				if strings.HasSuffix(fields, `,"x":1`) {
					text = strings.Replace(text, `"P": {"Type": "Pass",`, `"P": {"Type": "Pass", "Result": 1,`, 1)
				}
				for _, kind := range []string{"EXPRESS", "INLINE"} {
					if mark := `,"` + kind + `":1`; strings.Contains(text, mark) {
						text = strings.Replace(text, mark, "", 1)
						text = map[string]*strings.Replacer{
							"EXPRESS": strings.NewReplacer(`"STANDARD"`, `"EXPRESS"`),
							"INLINE":  strings.NewReplacer(`"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"`, `"Mode": "INLINE"`, `"Label": "L", `, ""),
						}[kind].Replace(text)
					}
				}
				return text
			}
			h := newHost(t, compile(t, text(c.before), machine.Options{}), parse(t, `[1,2,3]`))
			h.step(h.queue[0])
			if c.opened {
				runs := h.p.MapRuns(h.x)
				require.Len(t, runs, 1)
				h.step(machine.Event{Kind: machine.ResultsOpened, Task: runs[0].Task})
			}
			if name == "inline" {
				c.expected = append(c.expected, "state M, Label")
			}
			requireMove(t, h, compile(t, text(c.after), machine.Options{}), c.expected)
		})
	}
}

// What has begun goes on after a move as it began, and what comes later is the other
// definition's.
func TestMove(t *testing.T) {
	v2 := strings.NewReplacer(`"TimeoutSeconds":9`, `"TimeoutSeconds":20`, `"B":{"Type":"Pass"`, `"B":{"Type":"Pass","Result":"v2"`).Replace(inLambda)
	h := stand(t, compile(t, inLambda, machine.Options{}), `{}`, "")
	to := compile(t, v2, machine.Options{})
	wake, _ := h.p.Wake(h.x)
	x, err := h.p.Move(h.x, to)
	require.NoError(t, err)
	after, _ := to.Wake(x)
	require.Equal(t, wake, after, "the task keeps its timeout")
	_, err = to.Move(h.x, to)
	require.ErrorIs(t, err, machine.ErrDigest)
	_, err = to.CheckMove(h.x, to)
	require.ErrorIs(t, err, machine.ErrDigest)
	events := len(h.history)
	task, _ := x.TaskOf(tokensOf(t, to, x)[0])
	h.p, h.x = to, x
	h.step(machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "done"})
	require.Equal(t, machine.Succeeded, h.x.Status)
	require.Equal(t, "v2", h.x.Outcome.Output)
	for i, ev := range h.history {
		require.EqualValues(t, i+1, ev.ID, "IDs go on")
	}
	require.Greater(t, len(h.history), events)
	_, err = to.Move(h.x, h.p)
	var no *machine.MoveError
	require.ErrorAs(t, err, &no)
	require.Contains(t, err.Error(), "has ended: it is SUCCEEDED")

	h = newHost(t, compile(t, inPaths, machine.Options{}), parse(t, `{}`))
	h.r.MaxTransitions = 1
	h.step(h.queue[0]) // A is entered next
	requireMove(t, h, compile(t, strings.Replace(inPaths, `"A":{"Type":"Task","Resource":"work"`, `"A":{"Type":"Pass"`, 1), machine.Options{}), nil)
	requireMove(t, h, compile(t, strings.ReplaceAll(inPaths, `"A"`, `"Z"`), machine.Options{}), []string{"!state A"})

	start := machine.Start{ID: "x", Input: parse(t, `{}`)}
	p := compile(t, inLambda, machine.Options{})
	later := compile(t, `{"StartAt":"Z","States":{"Z":{"Type":"Succeed"}}}`, machine.Options{})
	x, err = p.Move(p.New(start), later)
	require.NoError(t, err)
	h = &host{t: t, p: later, x: x, now: began, queue: []machine.Event{{Kind: machine.Started}}}
	require.NotNil(t, h.run(), "one that has not started starts as the other definition says")
	start.StartAt, start.StateInput = "B", int64(1)
	x, err = p.Move(p.New(start), compile(t, v2, machine.Options{}))
	require.NoError(t, err)
	require.Equal(t, machine.Running, x.Status)
	_, err = p.Move(p.New(start), later)
	require.ErrorAs(t, err, &no)
	require.Equal(t, "B", no.Differences[0].State)
}

// Attempts go to the Retrier with the same ErrorEquals.
func TestMoveKeepsAttempts(t *testing.T) {
	for name, c := range map[string]struct {
		retry string
		more  int // attempts that X has left of 2
	}{
		"the same":     {`[{"ErrorEquals":["X"],"MaxAttempts":2,"IntervalSeconds":1}]`, 1},
		"moved":        {`[{"ErrorEquals":["W"]},{"ErrorEquals":["X"],"MaxAttempts":2,"IntervalSeconds":1}]`, 1},
		"gone":         {`[{"ErrorEquals":["States.ALL"],"MaxAttempts":2,"IntervalSeconds":1}]`, 2},
		"fewer":        {`[{"ErrorEquals":["X"],"MaxAttempts":1,"IntervalSeconds":1}]`, 0},
		"at the begin": {`[]`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			const text = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"work","End":true,"Retry":%s}}}`
			p := compile(t, fmt.Sprintf(text, `[{"ErrorEquals":["X"],"MaxAttempts":2,"IntervalSeconds":1}]`), machine.Options{})
			h := stand(t, p, `{}`, "A: fail X c")
			to := compile(t, fmt.Sprintf(text, c.retry), machine.Options{})
			x, err := p.Move(h.x, to)
			require.NoError(t, err)
			h.p, h.x = to, x
			calls := 0
			h.answer = func(machine.Command) []machine.Event { calls++; return failWith("X", "c") }
			h.run()
			require.Equal(t, machine.Failed, h.x.Status)
			require.Equal(t, 1+c.more, calls, "the retry that waits, and those that are left")
		})
	}
}

// A fork behind a move folds each part of the history in its own Program.
func TestForkOfAMovedExecution(t *testing.T) {
	p := compile(t, inLambda, machine.Options{})
	to := compile(t, reordered(t, strings.Replace(inLambda, `"B":{"Type":"Pass"`, `"B":{"Type":"Pass","Result":"v2"`, 1)), machine.Options{})
	var w machine.RecordWriter
	var records []*machine.Record
	x := p.New(machine.Start{ID: "old", Input: parse(t, `{}`), Seed: [2]uint64{1, 2}})
	w.AddStart(x)
	var r machine.Result
	r.History = true
	step := func(p *machine.Program, ev machine.Event) {
		t.Helper()
		require.NoError(t, p.Step(x, ev, began, &r))
		w.AddStep(ev, began, &r)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		rec, err := machine.ReadRecord(data)
		require.NoError(t, err)
		records = append(records, rec)
		w.Reset()
	}
	step(p, machine.Event{Kind: machine.Started})
	task := r.Commands[0].Task
	moved := machine.Moved{Event: x.Seq, To: to}
	x, err := p.Move(x, to)
	require.NoError(t, err)
	step(to, machine.Event{Kind: machine.TaskStarted, Task: task})
	step(to, machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "done"})
	require.Equal(t, "v2", x.Outcome.Output)
	fork := func(event uint32, result any) *machine.Execution {
		t.Helper()
		var w machine.RecordWriter
		y, err := p.Fork(records, machine.Fork{
			Event: event, At: began, Start: machine.Start{ID: "new"}, Moves: []machine.Moved{moved},
			Result: &machine.Event{Kind: machine.TaskSucceeded, Output: result},
		}, &w)
		if event <= moved.Event {
			require.ErrorIs(t, err, machine.ErrFork, "no result made it")
			y, err = p.Fork(records, machine.Fork{Event: event, At: began, Start: machine.Start{ID: "new"}, Moves: []machine.Moved{moved}}, new(machine.RecordWriter))
		}
		require.NoError(t, err)
		return y
	}
	require.Equal(t, p.Digest(), fork(moved.Event, nil).Digest(), "from before the move")
	y := fork(moved.Event+2, "again")
	require.Equal(t, to.Digest(), y.Digest())
	require.Equal(t, "v2", y.Outcome.Output)
	_, err = p.Fork(records, machine.Fork{Event: moved.Event + 2, At: began, Result: &machine.Event{Kind: machine.TaskFailed}}, new(machine.RecordWriter))
	require.NoError(t, err, "a changed Step is not compared")
}

// Records that another Program has made can be folded if only data differs.
func TestFoldMoved(t *testing.T) {
	const text = `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":"%s","Next":"B"},"B":{"Type":"%s",%s}}}`
	p := compile(t, fmt.Sprintf(text, "old", "Task", `"Resource":"r","End":true`), machine.Options{})
	var w machine.RecordWriter
	x := p.New(machine.Start{ID: "x", Input: parse(t, `{}`)})
	w.AddStart(x)
	r := machine.Result{History: true}
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	w.AddStep(machine.Event{Kind: machine.Started}, began, &r)
	data, err := w.AppendTo(nil)
	require.NoError(t, err)
	rec, err := machine.ReadRecord(data)
	require.NoError(t, err)
	fold := func(p *machine.Program) ([]machine.MoveDifference, *machine.Execution, error) {
		y := p.New(*rec.Start)
		found, err := p.FoldMoved(y, rec)
		return found, y, err
	}
	found, y, err := fold(p)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Equal(t, marshal(t, p, x), marshal(t, p, y))
	other := compile(t, fmt.Sprintf(text, "new", "Task", `"Resource":"r","End":true`), machine.Options{})
	found, y, err = fold(other)
	require.NoError(t, err)
	var events []string
	for _, d := range found {
		require.False(t, d.Refused)
		events = append(events, d.State+" "+d.Field)
	}
	require.Equal(t, []string{"A event 3", "B event 4", " event 5"}, events)
	require.Equal(t, x.Seq, y.Seq)
	_, _, err = fold(compile(t, fmt.Sprintf(text, "old", "Wait", `"Seconds":1,"End":true`), machine.Options{}))
	var diverged *machine.DivergedError
	require.ErrorAs(t, err, &diverged)
	require.Equal(t, history.TaskStateEntered, diverged.Stored.Type)
	_, _, err = fold(compile(t, fmt.Sprintf(text, "old", "Succeed", `"Comment":""`), machine.Options{}))
	require.ErrorAs(t, err, &diverged)
}

// Executions with many scopes, and those that were redriven, are moved with all of it.
func TestMoveOfLargeAndRedrivenExecutions(t *testing.T) {
	items := strings.TrimSuffix(strings.Repeat("1,", 100), ",")
	const text = `{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":40,"End":true,"ItemProcessor":{
		"StartAt":"A","States":{"A":{"Type":"Task","Resource":"work","TimeoutSeconds":9,"Next":"B"},"B":{"Type":"Pass","Result":"v","End":true}}}}}}`
	limits := machine.Options{Limits: machine.Limits{MapConcurrency: 90}}
	for _, redriven := range []bool{false, true} {
		p := compile(t, strings.Replace(text, "40", "80", 1), limits)
		to := compile(t, reordered(t, strings.Replace(text, "40", "80", 1)), limits)
		h := stand(t, p, "["+items+"]", "")
		if redriven {
			h.step(machine.Event{Kind: machine.Stopped})
			h.step(machine.Event{Kind: machine.Redriven, ClientToken: "c"})
			for len(h.queue) > 0 {
				ev := h.queue[0]
				h.queue = h.queue[1:]
				h.step(ev)
			}
		}
		require.Len(t, tokensOf(t, p, h.x), 80)
		requireMove(t, h, to, nil)
		x, err := p.Move(h.x, to)
		require.NoError(t, err)
		before, at := h.x.Redrives()
		after, same := x.Redrives()
		require.Equal(t, before, after)
		require.Equal(t, at, same)
		_, known := x.RedrivenBy("c")
		require.Equal(t, redriven, known)
		tokens := tokensOf(t, to, x)
		h.p, h.x = to, x
		h.answer = func(machine.Command) []machine.Event { return succeed("done") }
		for _, token := range tokens {
			task, ok := x.TaskOf(token)
			require.True(t, ok)
			h.step(machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "done"})
		}
		outcome := h.run()
		require.Equal(t, machine.Succeeded, h.x.Status)
		require.Len(t, outcome.Output, 100)
	}
}
