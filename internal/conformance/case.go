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
	Kind string // folder of the case
	Name string // of the file
	dir  string // of the corpus

	scenarios  []*scenario
	described  *description      // of a machine that is not run
	refused    bool              // by the API, so that nothing ran
	test       *stateTest        // of kind teststate
	validation *validation       // of kind validation
	texts      map[string]string // strings that must be equal byte for byte, by place
	call       *httpCall         // of kind http
	native     *native           // of kind native
	check      func(*Case) []string
	wild       map[string]bool // placeholders that match any value
	recorded   time.Time       // zero if unknown
}

// scenario is one execution of a case.
type scenario struct {
	machine    *asl.StateMachine
	input      any
	kind       string // kind of the recording, if the folder does not tell
	express    bool
	clock      time.Time
	context    executionContext
	tasks      []*answer
	refusal    string            // the reason for which a task has no answer, or ""
	stop       *machine.Event    // event of the host when nothing else can happen, or nil
	texts      map[string]string // see Case.texts
	childTasks []childTask
	files      []file
	always     *machine.Event // answer of every task without one of its own, or nil

	// Of a history.
	events   []*value.Object
	expected *value.Object // events and the response of DescribeExecution
	result   *value.Object // outcome of the execution
	zeroed   bool          // the recorder sorted the events and removed their ids
	anyOrder bool          // several branches or iterations run at a time
	mocking  *localMocking // nil if there is none

	// Of a redrive: what the run follows, of which events is the first part.
	follows []recordedEvent

	// Of one of several outputs.
	wantInput, wantOutput any
}

// executionContext holds the names of an execution.
type executionContext struct{ executionArn, machineArn, machineName, roleArn string }

// kinds are the supported folders, with the functions that read and check their
// files.
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
	{"redrive", readRedrive, checkRedrive},
	{"native", readNative, checkNative},
}

// Kinds returns the names of the supported kinds of cases.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// Folders returns the folders of the corpus: those that the environment variable
// ASL_CORPUS lists, or else those of the recordings beside the repository, or else
// the project's own cases.
func Folders() []string {
	if list := os.Getenv("ASL_CORPUS"); list != "" {
		return filepath.SplitList(list)
	}
	var found []string
	for _, name := range []string{"conformance", "conformance-2026"} {
		dir := filepath.Join("..", "..", "..", "shared", name)
		if _, err := os.Stat(dir); err == nil {
			found = append(found, dir)
		}
	}
	if len(found) == 0 {
		return []string{filepath.Join("testdata", "corpus")}
	}
	return found
}

// Files returns the names of the cases of one kind, sorted. It returns none if
// the folder does not exist.
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

// Load reads a case. It returns an error if the file does not have the format,
// or if its definition does not parse.
func Load(dir, kind, name string) (*Case, error) {
	o, err := readObject(dir, kind, name)
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		if k.name != kind {
			continue
		}
		c := &Case{Kind: kind, Name: name, dir: dir, check: k.check, wild: make(map[string]bool)}
		err := c.readCommon(o)
		if err == nil {
			err = k.read(c, o)
		}
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", kind, name, err)
		}
		return c, nil
	}
	return nil, fmt.Errorf("%s/%s: %q is not a kind of case", kind, name, kind)
}

func readObject(dir, kind, name string) (*value.Object, error) {
	text, err := os.ReadFile(filepath.Join(dir, kind, name))
	if err != nil {
		return nil, err
	}
	v, err := value.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", kind, name, err)
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, fmt.Errorf("%s/%s: the file holds no object", kind, name)
	}
	return o, nil
}

// Check runs the case in all ways. It returns the problems, or nothing if the
// case passes. Each problem has one or more lines.
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
			return fmt.Errorf("expected.events[%d] is not an object", i)
		}
		s.events = append(s.events, e)
	}
	if len(s.events) == 0 {
		return errors.New("expected.events is empty")
	}
	s.mocking = readLocalMocking(o)
	s.texts = c.texts
	if s.files, err = readFiles(listOf(o, "files")); err != nil {
		return err
	}
	s.childTasks = readChildTasks(listOf(o, "childTasks"))
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

// readScenario reads the parts that all executions have.
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
