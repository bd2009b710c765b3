package sqlite_test

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

func openOrders(resolver interpreter.Resolver) (*interpreter.Interpreter, *sqlite.Store) {
	orders, err := sqlite.Open("orders.db")
	if err != nil {
		log.Fatal(err)
	}
	in := interpreter.New(interpreter.Config{Store: orders, Resolver: resolver})
	return in, orders
}

// The README of the repository shows openOrders, and an execution outlives what it
// returns.
func TestMainReadmeSurvivesACrash(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(source), "*sqlite.Store) {\n")
	body, _, _ = strings.Cut(body, "\treturn")
	readme, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	require.NoError(t, err)
	require.Contains(t, string(readme), strings.ReplaceAll("\n"+body, "\n\t", "\n"))

	t.Chdir(t.TempDir())
	program, err := interpreter.Compile([]byte(`{"StartAt": "Ask", "States": {
		"Ask": {"Type": "Task", "Resource": "ask", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	tokens := make(chan string, 1)
	in, s := openOrders(interpreter.Mux{"ask": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, interpreter.ErrResultPending
	})})
	ctx := context.Background()
	x, err := in.Start(ctx, program, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	require.NoError(t, in.Shutdown(ctx))
	require.NoError(t, s.Close())

	in, s = openOrders(nil)
	defer s.Close()
	defer in.Close()
	require.NoError(t, in.SendTaskSuccess(ctx, token, "yes"))
	x, err = in.Execution(ctx, x.ID())
	require.NoError(t, err)
	require.NoError(t, x.Wait(ctx))
	output, err := x.Output()
	require.NoError(t, err)
	require.Equal(t, "yes", output)
}

func TestQueriesOfTheReadmeFindExecutions(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))
	require.NoError(t, s.Commit(ctx, []store.Change{{ID: rungID(rungs), Version: 1, Head: &store.Head{
		Machine: machineARN, Name: "failed", Status: machine.Failed, Started: time.Unix(5, 0), Ended: time.Unix(6, 0), Due: store.Never,
	}}}))
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(readme), "\n"), 60)
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	require.Len(t, queries, 3)
	db := openForeign(t, path)
	for i, want := range []int{1, 1, rungs + 1} {
		rows, err := db.Query(queries[i][1])
		require.NoError(t, err, queries[i][1])
		n := 0
		for rows.Next() {
			n++
		}
		require.NoError(t, rows.Err())
		require.Equal(t, want, n, queries[i][1])
	}
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, name := range regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(string(readme), -1) {
		found := false
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			found = found || strings.Contains(string(source), "func "+name[1]+"(")
		}
		require.True(t, found, "%s is not a test", name[1])
	}
	_, err = db.Exec("VACUUM INTO ?", path+".backup")
	require.NoError(t, err)
	version, err := ladderVersion(t, openStore(t, path+".backup"))
	require.NoError(t, err)
	require.EqualValues(t, 1, version)
}
