package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain is the command if a test has started it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("GOSTATES_ASL") != "" {
		main()
	}
	os.Exit(m.Run())
}

func newProcess(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "GOSTATES_ASL=1")
	return c
}

// server is a process of asl serve.
type server struct {
	t       *testing.T
	process *exec.Cmd
	url     string
	started string // what it has printed at the start
}

func serve(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{t: t, process: newProcess(append([]string{"serve", "-addr", "127.0.0.1:0"}, args...)...)}
	s.process.Stderr = os.Stderr
	out, err := s.process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.process.Start())
	t.Cleanup(s.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C ends") {
		s.started += lines.Text() + "\n"
	}
	s.url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(s.started)
	require.NotEmpty(t, s.url, s.started)
	return s
}

// kill ends the process at once.
func (s *server) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// try calls an operation. The error is that of a server that has gone.
func (s *server) try(op string, request map[string]any) (code int, text []byte, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+op)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

func (s *server) call(op string, request map[string]any) map[string]any {
	s.t.Helper()
	code, text, err := s.try(op, request)
	require.NoError(s.t, err)
	require.Equal(s.t, 200, code, "%s: %s", op, text)
	var o map[string]any
	require.NoError(s.t, json.Unmarshal(text, &o))
	return o
}

const (
	packs = `{"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:pack", "End": true}}}`
	other = `{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}`
	arns  = "arn:aws:states:us-east-1:123456789012:"
)

// The process is killed between any two calls. What it has answered is there afterwards.
func TestKilledServerKeepsItsState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "states.db")
	call := func(op string, request map[string]any) map[string]any {
		t.Helper()
		s := serve(t, "-store", path)
		defer s.kill()
		require.Contains(t, s.started, "State is in "+path+".")
		return s.call(op, request)
	}
	call("CreateActivity", map[string]any{"name": "pack"})
	machine := call("CreateStateMachine", map[string]any{"name": "order", "definition": packs, "roleArn": "arn:aws:iam::123456789012:role/r", "publish": true})
	call("CreateStateMachineAlias", map[string]any{"name": "live", "routingConfiguration": []any{
		map[string]any{"stateMachineVersionArn": machine["stateMachineVersionArn"], "weight": 100}}})
	execution := call("StartExecution", map[string]any{"stateMachineArn": arns + "stateMachine:order:live", "name": "one", "input": `{"n": 1}`})["executionArn"]
	task := call("GetActivityTask", map[string]any{"activityArn": arns + "activity:pack"})
	require.JSONEq(t, `{"n": 1}`, task["input"].(string))
	call("SendTaskSuccess", map[string]any{"taskToken": task["taskToken"], "output": `"packed"`})
	described := call("DescribeExecution", map[string]any{"executionArn": execution})
	require.Equal(t, []any{"SUCCEEDED", `"packed"`, arns + "stateMachine:order:live"},
		[]any{described["status"], described["output"], described["stateMachineAliasArn"]})
	require.Len(t, call("GetExecutionHistory", map[string]any{"executionArn": execution})["events"], 7)
	call("DeleteStateMachine", map[string]any{"stateMachineArn": machine["stateMachineArn"]})
	require.Empty(t, call("ListStateMachines", map[string]any{})["stateMachines"])
}

// A definition of -load that has changed since is that of the machine from then on.
func TestLoadedDefinitionIsUpdated(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "states.db"), filepath.Join(dir, "order.asl.json")
	for i, definition := range []string{packs, packs, other} {
		require.NoError(t, os.WriteFile(file, []byte(definition), 0o600))
		s := serve(t, "-store", path, file)
		require.Contains(t, s.started, "loaded "+arns+"stateMachine:order\n")
		m := s.call("DescribeStateMachine", map[string]any{"stateMachineArn": arns + "stateMachine:order"})
		require.Equal(t, definition, m["definition"])
		require.Equal(t, i == 2, m["revisionId"] != nil, "an equal definition changes nothing")
		s.kill()
	}
	p := newProcess("serve", "-addr", "127.0.0.1:0", "-store", path, "-express", file)
	out, err := p.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "has a state machine order whose type is STANDARD, and a type cannot change")
	s := serve(t, "-store", path, "-express", "price="+file)
	s.kill()
	s = serve(t, "-store", path, "-express", "price="+file)
	require.Equal(t, "EXPRESS", s.call("DescribeStateMachine", map[string]any{"stateMachineArn": arns + "stateMachine:price"})["type"])
	answer := s.call("StartSyncExecution", map[string]any{"stateMachineArn": arns + "stateMachine:price"})
	require.Equal(t, "SUCCEEDED", answer["status"])
}

// An execution keeps the -wait-scale that it was started with.
func TestWaitScaleOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "states.db"), filepath.Join(dir, "waits.json")
	const activity = `{"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:`
	require.NoError(t, os.WriteFile(file, []byte(`{"StartAt": "A", "States": {"A": `+activity+`a", "Next": "W"},
		"W": {"Type": "Wait", "Seconds": 86400, "Next": "B"}, "B": `+activity+`b", "End": true}}}`), 0o600))
	var s *server
	run := func(scale string) {
		if s != nil {
			s.kill()
		}
		s = serve(t, "-store", path, "-wait-scale", scale, file)
	}
	start := func(name string) {
		s.call("StartExecution", map[string]any{"stateMachineArn": arns + "stateMachine:waits", "name": name, "input": `"` + name + `"`})
	}
	answer := func(activity, want string) {
		t.Helper()
		task := s.call("GetActivityTask", map[string]any{"activityArn": arns + "activity:" + activity})
		require.Equal(t, `"`+want+`"`, task["input"])
		s.call("SendTaskSuccess", map[string]any{"taskToken": task["taskToken"], "output": task["input"]})
	}
	run("0")
	s.call("CreateActivity", map[string]any{"name": "a"})
	s.call("CreateActivity", map[string]any{"name": "b"})
	start("fast")
	run("1")
	answer("a", "fast")
	answer("b", "fast")
	start("slow")
	run("0")
	answer("a", "slow")
	start("new")
	answer("a", "new")
	answer("b", "new")
	described := s.call("DescribeExecution", map[string]any{"executionArn": arns + "execution:waits:slow"})
	require.Equal(t, "RUNNING", described["status"])
}

// A server that is told to end closes its file, and exits with 0.
func TestInterruptedServerClosesItsFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send the signal to another one on Windows")
	}
	path := filepath.Join(t.TempDir(), "states.db")
	s := serve(t, "-store", path)
	s.call("CreateActivity", map[string]any{"name": "pack"})
	require.FileExists(t, path+"-wal")
	require.NoError(t, s.process.Process.Signal(os.Interrupt))
	require.NoError(t, s.process.Wait())
	require.NoFileExists(t, path+"-wal", "all is in the database")
	require.Len(t, serve(t, "-store", path).call("ListActivities", map[string]any{})["activities"], 1)
}

func TestStoresThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	used, broken := filepath.Join(dir, "used.db"), filepath.Join(dir, "broken.db")
	serve(t, "-store", used)
	require.NoError(t, os.WriteFile(broken, bytes.Repeat([]byte("no database "), 1000), 0o600))
	for want, c := range map[string]struct {
		code int
		args []string
	}{
		"locked by another process": {1, []string{"-store", used}},
		"file is not a database":    {1, []string{"-store", broken}},
		"no such file or directory": {1, []string{"-store", filepath.Join(dir, "none", "x.db")}},
		"-wait-scale must be":       {2, []string{"-store", filepath.Join(dir, "x.db"), "-wait-scale", "-1"}},
	} {
		p := newProcess(append([]string{"serve", "-addr", "127.0.0.1:0"}, c.args...)...)
		out, err := p.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, c.code, p.ProcessState.ExitCode(), string(out))
		require.True(t, strings.HasPrefix(string(out), "asl serve: "), string(out))
		t.Log(strings.TrimSpace(string(out)))
		require.Contains(t, string(out), want)
	}
	require.NoFileExists(t, filepath.Join(dir, "x.db"), "nothing is made if an option is wrong")
}

// It is the whole command.
func TestOtherCommands(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.json")
	require.NoError(t, os.WriteFile(file, []byte(other), 0o600))
	out, err := newProcess("validate", file).CombinedOutput()
	require.NoError(t, err, string(out))
}

// The command that the documentation shows runs in a checkout, and again over its file.
func TestDocumentedCommandRuns(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "serve.md"))
	require.NoError(t, err)
	shown := regexp.MustCompile(`(?m)^\$ go run \./cmd/asl serve (.*)$`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, shown)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join(root, "examples"))))
	module := filepath.Join(dir, "interpreter", "store", "sqlite")
	require.NoError(t, os.MkdirAll(module, 0o700))
	t.Chdir(module)
	for _, line := range shown {
		for range 2 {
			s := serve(t, strings.Fields(line[1])...)
			require.Contains(t, s.started, "State is in states.db.\n")
			require.Contains(t, s.started, "loaded "+arns+"stateMachine:Order\n")
			s.kill()
		}
	}
}
