package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Case is one file of a corpus.
type Case struct {
	Kind string // the folder that it is in
	Name string // of the file

	scenarios  []*scenario
	described  *description      // of a machine, which nothing runs
	refused    bool              // by the API: nothing ran
	test       *stateTest        // of kind teststate
	validation *validation       // of that kind
	texts      map[string]string // that must come out byte for byte, by their place
	call       *httpCall         // of kind http
	check      func(*Case) []string
	wild       map[string]bool // texts that stand for any value
	recorded   time.Time       // zero: unknown
}

// scenario is one execution that a case tells of.
type scenario struct {
	machine *asl.StateMachine
	input   any
	kind    string // what was recorded of it, where its folder does not say
	express bool
	clock   time.Time
	context executionContext
	tasks   []*answer
	refusal string            // why a task without an answer cannot be; or empty
	stop    *machine.Event    // what the host does when nothing else moves it; nil: nothing
	texts   map[string]string // see Case.texts
	always  *machine.Event    // the answer of every task without one of its own; nil: none

	// Of a history.
	events   []*value.Object
	expected *value.Object // the events, and what DescribeExecution said
	result   *value.Object // how it ended
	zeroed   bool          // the recorder sorted events and took their ids
	anyOrder bool          // more than one branch or iteration at a time
	mocking  *localMocking // nil: none

	// Of one of many outputs.
	wantInput, wantOutput any
}

// executionContext is under which names an execution runs.
type executionContext struct{ executionArn, machineArn, machineName, roleArn string }

// kinds are the folders that are understood: how their files are read, and how
// what they tell is checked.
var kinds = []struct {
	name  string
	read  func(*Case, *value.Object) error
	check func(*Case) []string
}{
	{"history", readHistory, checkHistory},
	{"outputs", readOutputs, checkOutputs},
	{"express", readExpress, checkExpress},
	{"describe", readDescribe, checkDescribe},
	{"teststate", readTestState, checkTestState},
	{"validation", readValidation, checkValidation},
	{"http", readHTTP, checkHTTP},
}

// Kinds returns the names of the kinds of cases that are understood.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// Folders returns the folders of the corpus: those that the environment variable
// ASL_CORPUS lists, or the two beside the repository.
func Folders() []string {
	if list := os.Getenv("ASL_CORPUS"); list != "" {
		return filepath.SplitList(list)
	}
	shared := filepath.Join("..", "..", "..", "shared")
	return []string{filepath.Join(shared, "conformance"), filepath.Join(shared, "conformance-2026")}
}

// Files returns the names of a corpus's cases of one kind, sorted. There are
// none where it has no such folder.
func Files(dir, kind string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, kind))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".json" {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Load reads one case. An error says that the file is not of the format, or
// that its definition does not parse.
func Load(dir, kind, name string) (*Case, error) {
	text, err := os.ReadFile(filepath.Join(dir, kind, name))
	if err != nil {
		return nil, err
	}
	v, err := value.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", kind, name, err)
	}
	return newCase(kind, name, v)
}

func newCase(kind, name string, v any) (*Case, error) {
	o, ok := v.(*value.Object)
	if !ok {
		return nil, fmt.Errorf("%s/%s: the file holds no object", kind, name)
	}
	for _, k := range kinds {
		if k.name != kind {
			continue
		}
		c := &Case{Kind: kind, Name: name, check: k.check, wild: make(map[string]bool)}
		err := c.readCommon(o)
		if err == nil {
			err = k.read(c, o)
		}
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", kind, name, err)
		}
		return c, nil
	}
	return nil, fmt.Errorf("%s/%s: %q is no kind of case", kind, name, kind)
}

// Check runs the case in all ways and returns what is wrong, nothing if it
// passes. Each problem is a text of one or more lines.
func (c *Case) Check() []string { return c.check(c) }

func (c *Case) readCommon(o *value.Object) error {
	for _, v := range listOf(o, "wildcardValues") {
		if s, ok := v.(string); ok {
			c.wild[s] = true
		}
	}
	c.texts = make(map[string]string)
	for place, v := range objectOf(o, "exactTexts").All() {
		c.texts[place], _ = v.(string)
	}
	recorded := textOf(o, "recordedDate")
	if recorded == "" {
		return nil
	}
	var err error
	if c.recorded, err = time.Parse("02-01-2006, 15:04:05", recorded); err != nil {
		return fmt.Errorf("recordedDate: %w", err)
	}
	return nil
}

func readHistory(c *Case, o *value.Object) error {
	s, err := readScenario(o)
	if err != nil {
		return err
	}
	s.expected = objectOf(o, "expected")
	s.result = objectOf(o, "result")
	s.zeroed = o.Has("eventsNormalised")
	s.anyOrder = memberOf(objectOf(o, "profile"), "orderDeterministic") == false
	if textOf(s.result, "status") == machine.Aborted.String() {
		s.stop = &machine.Event{Kind: machine.Stopped, Error: optionalOf(s.result, "error"), Cause: optionalOf(s.result, "cause")}
	}
	recorded := listOf(s.expected, "events")
	if memberOf(objectOf(o, "historyParams"), "reverseOrder") == true {
		slices.Reverse(recorded)
	}
	for i, v := range recorded {
		e, ok := v.(*value.Object)
		if !ok {
			return fmt.Errorf("expected.events[%d] is no object", i)
		}
		s.events = append(s.events, e)
	}
	if len(s.events) == 0 {
		return errors.New("expected.events is empty")
	}
	s.mocking = readLocalMocking(o)
	s.texts = c.texts
	s.refusal = refusalOf(textOf(s.result, "cause"))
	if s.tasks, err = s.readTasks(listOf(o, "tasks")); err != nil {
		return err
	}
	c.scenarios = []*scenario{s}
	return nil
}

func readOutputs(c *Case, o *value.Object) error {
	for i, v := range listOf(o, "cases") {
		sub, _ := v.(*value.Object)
		s, err := readScenario(sub)
		if err != nil {
			return fmt.Errorf("cases[%d]: %w", i, err)
		}
		s.wantInput = memberOf(sub, "recordedInput")
		s.wantOutput = memberOf(sub, "expectedOutput")
		c.scenarios = append(c.scenarios, s)
	}
	if len(c.scenarios) == 0 {
		return errors.New("cases is empty")
	}
	return nil
}

// readScenario reads what all executions are told by.
func readScenario(o *value.Object) (*scenario, error) {
	names := objectOf(o, "context")
	s := &scenario{
		input:   value.NewObject(0),
		express: textOf(o, "type") == "EXPRESS",
		context: executionContext{
			executionArn: textOf(names, "executionArn"),
			machineArn:   textOf(names, "stateMachineArn"),
			machineName:  textOf(names, "stateMachineName"),
			roleArn:      textOf(names, "roleArn"),
		},
	}
	var err error
	if s.clock, err = time.Parse(time.RFC3339Nano, textOf(o, "clock")); err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	if input, ok := memberOf(o, "input").(string); ok {
		if s.input, err = value.ParseVerbatim([]byte(input)); err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
	}
	if s.machine, err = asl.Parse(value.Append(nil, memberOf(o, "definition"))); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	return s, nil
}

func memberOf(o *value.Object, key string) any {
	v, _ := o.Get(key)
	return v
}

func textOf(o *value.Object, key string) string {
	s, _ := memberOf(o, key).(string)
	return s
}

func listOf(o *value.Object, key string) []any {
	l, _ := memberOf(o, key).([]any)
	return l
}

func objectOf(o *value.Object, key string) *value.Object {
	v, _ := memberOf(o, key).(*value.Object)
	return v
}
