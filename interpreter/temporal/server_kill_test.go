package temporal

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// Workers are killed four times and the server once while an execution runs. Each task
// is done at least once, and one that is done again has the same token and is Resumed.
func TestServerKills(t *testing.T) {
	results := make([]string, 30)
	for i := range results {
		results[i] = fmt.Sprintf(`"t%d":"T%d"`, i, i)
	}
	for _, f := range []feature{
		{name: "30 tasks", definition: chain(30, `"Resource": "state", "ResultPath": "$.t#"`), input: `{}`, output: `{` + strings.Join(results, ",") + `}`, most: 30},
		{name: "Map of 50, 5 at a time", definition: mapOf(`"MaxConcurrency": 5, `, "item"), input: counting(50), output: counting(50), most: 50},
		{name: "40 tasks, ContinueAfter 40", definition: chain(40, `"Resource": "state", "ResultPath": "$.last"`), input: `{}`, output: `{"last":"T39"}`, most: 40, runs: 5,
			options: ClientOptions{ContinueAfter: 40}},
		{name: "Map Run of 50, 5 at a time", definition: strings.Replace(distributedMap("EXPRESS", `"MaxConcurrency": 5`), `"work"`, `"item"`, 1), input: counting(50), output: counting(50), most: 50,
			options: ClientOptions{ContinueAfter: 100}},
	} {
		t.Run(f.name, func(t *testing.T) { killDuring(t, &f) })
	}
}

func counting(n int) string { return strings.ReplaceAll(fmt.Sprint(numbersUpTo(n)), " ", ",") }

func numbersUpTo(n int) []int {
	ns := make([]int, n)
	for i := range ns {
		ns[i] = i
	}
	return ns
}

// killDuring runs a feature with f.most tasks, and kills what runs it.
func killDuring(t *testing.T, f *feature) {
	s := newServer(t)
	w := &workerProcess{Addr: s.addr, Queue: "kills", Calls: filepath.Join(t.TempDir(), "calls"), CacheSize: 1000}
	w.start(t)
	defer func() { w.kill() }()
	f.options.TaskQueue = w.Queue
	began := time.Now()
	e, err := NewClient(s.client, f.options).Start(context.Background(), compile(t, f.definition), []byte(f.input), StartOptions{Name: fmt.Sprintf("kills-%d", began.UnixNano())})
	require.NoError(t, err)
	for i := range 4 { // once a fifth of the tasks, at a time when some run
		w.callsOf(t, "", (i+1)*f.most/5)
		w.kill()
		w.start(t)
		if i == 1 && s.args != nil {
			w.callsOf(t, "", (i+1)*f.most/5+f.most/10)
			s.kill()
			s.start(t)
		}
	}
	requireOutcome(t, e, f)
	took := time.Since(began)
	runs := s.downloadRuns(t, e, serverConfig(w.Queue, nil, nil))
	require.GreaterOrEqual(t, len(runs.histories), f.runs)
	type task struct {
		execution, state string
		item             int
	}
	first := make(map[task]call)
	again := 0
	for _, c := range w.callsOf(t, "", f.most) {
		done, repeated := first[task{c.Execution, c.State, c.Item}]
		if !repeated {
			first[task{c.Execution, c.State, c.Item}] = c
			continue
		}
		again++
		require.Equal(t, done.Token, c.Token, "%v", c)
		require.True(t, c.Resumed, "%v", c)
	}
	require.Len(t, first, f.most)
	tokens := make(map[string]bool)
	for _, c := range first {
		_, ok := machine.TokenExecution(c.Token)
		require.True(t, ok)
		tokens[c.Token] = true
	}
	require.Len(t, tokens, f.most)
	t.Logf("| %s | %.1f s | %d calls for %d tasks, %d repeated | %d runs, %d events |", f.name, took.Seconds(), f.most+again, f.most, again, len(runs.histories), runs.events)
}
