package interpreter_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

var update = flag.Bool("update", false, "write the golden store of this version, unless there is one")

// goldenStore is what a version of the library has written: unfinished executions.
type goldenStore struct {
	Definitions map[string][]byte
	Changes     []store.Change // in the order of their Commits
	Tokens      map[string]string
}

// currentGolden is the file of the formats that this version writes. A version with
// another format of records, snapshots or definitions writes a new file.
const currentGolden = "store1.json"

// recordingStore keeps what is written to a store.
type recordingStore struct {
	store.Store
	mu     sync.Mutex
	golden goldenStore
}

func (r *recordingStore) Commit(ctx context.Context, changes []store.Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.golden.Changes = append(r.golden.Changes, changes...)
	return r.Store.Commit(ctx, changes)
}

func (r *recordingStore) PutDefinition(ctx context.Context, digest string, data []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.golden.Definitions[digest] = data
	return r.Store.PutDefinition(ctx, digest, data)
}

// goldenMachines are the executions of a golden store, by name.
var goldenMachines = map[string]struct{ definition, input, output string }{
	"wait": {
		`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1000,"End":true}}}`,
		`{ "n": 12345678901234567890 }`, `{"n":12345678901234567890}`,
	},
	"callback": {
		`{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
			"Parameters":{"token.$":"$$.Task.Token"},"TimeoutSeconds":5000,"End":true}}}`,
		`{}`, `"answered"`,
	},
	"pending": {
		`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:later","End":true}}}`,
		`{}`, `"answered"`,
	},
	"tail": {
		`{"StartAt":"A","States":{
			"A":{"Type":"Task","Resource":"work","Parameters":1,"ResultPath":"$.a","Assign":{"seen.$":"$"},"Next":"B"},
			"B":{"Type":"Task","Resource":"work","Parameters":2,"ResultPath":"$.b","Next":"C"},
			"C":{"Type":"Task","Resource":"work","Parameters":3,"TimeoutSeconds":100,"ResultPath":"$.c",
				"Retry":[{"ErrorEquals":["Busy"],"JitterStrategy":"FULL"}],"Next":"D"},
			"D":{"Type":"Pass","Parameters":{"all.$":"$","seen.$":"$seen"},"End":true}}}`,
		`{}`, `{"all":{"a":1,"b":2,"c":3},"seen":1}`,
	},
	"map": {
		`{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"End":true,"ItemProcessor":{"StartAt":"T","States":{
			"T":{"Type":"Task","Resource":"work","End":true}}}}}}`,
		`{"items":[1,2,3,4,5]}`, `[1,2,3,4,5]`,
	},
	"parent": {
		`{"QueryLanguage":"JSONata","StartAt":"P","States":{"P":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
			"Arguments":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:callback","Input":{}},
			"Output":"{% $states.result.Output %}","End":true}}}`,
		`{}`, `"answered"`,
	},
}

func goldenProgram(t *testing.T, name string) *interpreter.Program {
	return compile(t, goldenMachines[name].definition, interpreter.Options{StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:" + name})
}

// goldenResolver answers tasks with their input, except for numbers from stop on, which
// stay without an answer. It notes the tokens of those that others answer.
func goldenResolver(stop int64, note func(execution, token string), reached func()) interpreter.Resolver {
	later := interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		note(task.Execution(), task.Token())
		return nil, interpreter.ErrResultPending
	})
	return interpreter.Resolvers{
		interpreter.Services{"sqs:sendMessage": later},
		interpreter.Mux{
			"arn:aws:states:us-east-1:000000000000:activity:later": later,
			"work": interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
				if task.Input.(int64) >= stop {
					reached()
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return task.Input, nil
			}),
		},
	}
}

// writeGoldenStore makes the executions and closes the interpreter when they wait.
func writeGoldenStore(t *testing.T) []byte {
	s := &recordingStore{Store: memory.New(), golden: goldenStore{Definitions: make(map[string][]byte), Tokens: make(map[string]string)}}
	var stuck sync.WaitGroup
	stuck.Add(3)
	note := func(execution, token string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.golden.Tokens[token] = execution
	}
	clock := interpreter.NewManualClock(began)
	in := interpreter.New(interpreter.Config{Store: s, Clock: clock, Resolver: interpreter.Resolvers{
		&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"callback": goldenProgram(t, "callback")}},
		goldenResolver(3, note, stuck.Done),
	}})
	for name, m := range goldenMachines {
		_, err := in.Start(background, goldenProgram(t, name), []byte(m.input), interpreter.StartOptions{
			Name: name, Tags: map[string]string{"kind": name},
		})
		require.NoError(t, err)
	}
	stuck.Wait()
	resting := func() bool {
		all, err := s.List(background, store.Query{})
		require.NoError(t, err)
		n := 0
		for _, l := range all {
			if l.Due > store.Now {
				n++
			}
		}
		return len(all) == len(goldenMachines)+1 && n == 4
	}
	require.True(t, soon(resting))
	require.NoError(t, in.Close())
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := json.MarshalIndent(&s.golden, "", "\t")
	require.NoError(t, err)
	return append(data, '\n')
}

// Executions that earlier versions of the library have stored run to their ends.
func TestGoldenStores(t *testing.T) {
	dir := filepath.Join("testdata", "golden")
	file := filepath.Join(dir, currentGolden)
	if _, err := os.Stat(file); *update && errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(file, writeGoldenStore(t), 0o644))
	}
	require.FileExists(t, file)
	files, err := filepath.Glob(filepath.Join(dir, "store*.json"))
	require.NoError(t, err)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { endGoldenStore(t, readGoldenStore(t, file)) })
	}
}

func readGoldenStore(t *testing.T, file string) *goldenStore {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	golden := new(goldenStore)
	require.NoError(t, json.Unmarshal(data, golden))
	return golden
}

// endGoldenStore continues the executions of a golden store, with none of their
// programs among Config.Programs.
func endGoldenStore(t *testing.T, golden *goldenStore) {
	s := memory.New()
	for digest, data := range golden.Definitions {
		require.NoError(t, s.PutDefinition(background, digest, data))
	}
	for _, c := range golden.Changes {
		require.NoError(t, s.Commit(background, []store.Change{c}))
	}
	called := func(execution, _ string) {
		t.Errorf("the task of %s, which waits for its token, is given to its handler again", execution)
	}
	in := open(t, interpreter.Config{Store: s, Clock: interpreter.NewVirtualClock(began), Resolver: interpreter.Resolvers{
		&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"callback": goldenProgram(t, "callback")}},
		goldenResolver(100, called, nil),
	}})
	for token := range golden.Tokens {
		require.NoError(t, in.SendTaskSuccess(background, token, []byte(`"answered"`)))
	}
	all, err := s.List(background, store.Query{})
	require.NoError(t, err)
	require.Len(t, all, len(goldenMachines)+1)
	for _, l := range all {
		e, err := in.Execution(background, l.ID)
		require.NoError(t, err)
		require.NoError(t, e.Wait(background), l.Name)
		output, err := e.Output()
		require.NoError(t, err)
		want := goldenMachines["callback"].output // of the child
		if m, ok := goldenMachines[l.Name]; ok {
			want = m.output
			require.Equal(t, map[string]string{"kind": l.Name}, l.Tags)
		}
		require.Equal(t, want, value.String(output), l.Name)
		id := uint32(0)
		for ev, err := range in.History(background, l.ID, interpreter.HistoryOptions{}) {
			require.NoError(t, err)
			require.Equal(t, id+1, ev.ID, l.Name)
			id = ev.ID
		}
	}
}

// The newest golden store is of the formats that are written now.
func TestGoldenStoreIsOfTheCurrentFormats(t *testing.T) {
	var now goldenStore
	require.NoError(t, json.Unmarshal(writeGoldenStore(t), &now))
	kept := readGoldenStore(t, filepath.Join("testdata", "golden", currentGolden))
	formats := func(g *goldenStore) map[byte]bool {
		all := make(map[byte]bool)
		for _, c := range g.Changes {
			if c.Snapshot != nil {
				all[c.Snapshot[0]] = true
			}
			if c.Record != nil {
				all[c.Record[0]|0x80] = true
			}
		}
		return all
	}
	require.Equal(t, formats(kept), formats(&now), "a format has changed: name another file in currentGolden")
	for digest, data := range now.Definitions {
		require.Equal(t, string(kept.Definitions[digest]), string(data), "definitions are written or digested otherwise: name another file in currentGolden")
	}
}

// A golden store is never written over.
func TestGoldenStoresAreKept(t *testing.T) {
	defer func(was bool) { *update = was }(*update)
	*update = true
	file := filepath.Join("testdata", "golden", currentGolden)
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	TestGoldenStores(t)
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}
