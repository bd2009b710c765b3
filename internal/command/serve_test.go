package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/lambdatask"
)

const (
	awaits = `{"StartAt": "W", "States": {
  "W": {"Type": "Wait", "Seconds": 2592000, "Next": "Work"},
  "Work": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:work", "End": true}}}`
	arns = "arn:aws:states:us-east-1:123456789012:"
	role = "arn:aws:iam::123456789012:role/r"
)

// served is a server that a test has started.
type served struct {
	t       *testing.T
	url     string
	key     string // access key ID
	started string // what it has printed at the start
	err     *lockedBuffer
	stop    func() int // the exit code; may be called again
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// lastLine begins the last line that a server prints at the start.
const lastLine = "Ctrl-C ends the server"

// serve starts asl serve on a free port.
func serve(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	in, out := io.Pipe()
	s := &served{t: t, key: "any", err: &lockedBuffer{}}
	ended := make(chan int, 1)
	go func() {
		code := serveUntil(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), streams{in: strings.NewReader(""), out: out, err: s.err, rawErr: s.err})
		_ = out.Close()
		ended <- code
	}()
	s.stop = sync.OnceValue(func() int { cancel(); return <-ended })
	t.Cleanup(func() { s.stop() })
	s.readStart(in)
	return s
}

// readStart reads what a server prints.
func (s *served) readStart(r io.Reader) {
	s.t.Helper()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		s.started += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), lastLine) {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	at := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(s.started)
	require.NotEmpty(s.t, at, "%s%s", s.started, s.err)
	s.url = at
}

// send makes a call under a host name; empty: that of the URL.
func (s *served) send(op, host string, request any) (int, map[string]any) {
	s.t.Helper()
	body, err := json.Marshal(request)
	require.NoError(s.t, err)
	r, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	require.NoError(s.t, err)
	r.Host = host
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+op)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+s.key+"/20240101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=00")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	var o map[string]any
	_ = json.Unmarshal(text, &o) // what is refused before the API has no JSON
	return answer.StatusCode, o
}

// call makes a call that succeeds.
func (s *served) call(op string, request any) map[string]any {
	s.t.Helper()
	status, answer := s.send(op, "", request)
	require.Equal(s.t, 200, status, "%s: %v\n%s", op, answer, s.err)
	return answer
}

func (s *served) create(name, kind, definition string) string {
	s.t.Helper()
	return s.call("CreateStateMachine", map[string]any{"name": name, "type": kind, "definition": definition, "roleArn": role})["stateMachineArn"].(string)
}

// A machine is made and run as SDKs do it, by plain HTTP.
func TestServeRunsExecutions(t *testing.T) {
	_, _, _ = invoke(t, "") // goes to a folder of its own
	s := serve(t, "-account", "000000000000", "-region", "eu-west-1", "pass.json")
	require.Contains(t, s.started, "\nloaded arn:aws:states:eu-west-1:000000000000:stateMachine:pass\n")
	for _, line := range []string{
		"Go v2          in an Initialize middleware: ctx = smithyhttp.DisableEndpointHostPrefix(ctx, true)",
		"JavaScript v3  new SFNClient({disableHostPrefix: true, ...})",
		"boto3          Config(inject_host_prefix=False)",
		"AWS CLI 1      AWS_DISABLE_HOST_PREFIX_INJECTION=true",
		"AWS CLI 2      a line in /etc/hosts: 127.0.0.1 sync-localhost",
	} {
		require.Contains(t, s.started, "\n  "+line+"\n")
	}
	loaded := s.call("ListStateMachines", map[string]any{})["stateMachines"].([]any)
	require.Len(t, loaded, 1)

	arn := s.create("sync", "EXPRESS", `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"twice.$": "States.Array($.n, $.n)"}, "End": true}}}`)
	require.Equal(t, "arn:aws:states:eu-west-1:000000000000:stateMachine:sync", arn)
	status, out := s.send("StartSyncExecution", "sync-localhost", map[string]any{"stateMachineArn": arn, "input": `{"n": 4}`})
	require.Equal(t, 200, status, out)
	require.Equal(t, "SUCCEEDED", out["status"])
	require.JSONEq(t, `{"twice": [4, 4]}`, out["output"].(string))

	status, out = s.send("CreateStateMachine", "", map[string]any{"name": "x", "roleArn": role, "definition": `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "myFunction", "End": true}}}`})
	require.Equal(t, 400, status)
	require.Equal(t, "InvalidDefinition", out["__type"], "as on AWS, which knows no such resource")
	require.Zero(t, s.stop(), s.err)
	require.Empty(t, s.err.String())

	s = serve(t, "-resources", "ANY")
	require.Contains(t, s.runSync(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "myFunction", "End": true}}}`)["cause"], `asl serve has no handler for the resource myFunction, and the execution was not started under a case of -mock that has the state "T".`)
}

// A web page cannot reach the server by a name of its author's.
func TestServeRefusesForeignHosts(t *testing.T) {
	s := serve(t, "-host", "states.internal")
	for host, want := range map[string]int{"": 200, "sync-localhost:80": 200, "states.internal": 200, "sync-states.internal:1": 200, "evil.example": 403, "10.0.0.1": 403} {
		status, _ := s.send("ListStateMachines", host, map[string]any{})
		require.Equal(t, want, status, host)
	}
}

// The server reads the environment of Step Functions Local, unless an
// option is given.
func TestServeReadsTheEnvironment(t *testing.T) {
	_, _, _ = invoke(t, "")
	functions := startFunctions(t)
	for name, text := range map[string]string{
		"AWS_ACCOUNT_ID": "999999999999", "AWS_DEFAULT_REGION": "eu-north-1", "WAIT_TIME_SCALE": "0",
		"LAMBDA_ENDPOINT": functions, "SFN_MOCK_CONFIG": "mocks.json", "STEP_FUNCTIONS_ENDPOINT": "http://localhost:8083",
		"SQS_ENDPOINT": "http://localhost:4566", "GLUE_ENDPOINT": "",
	} {
		t.Setenv(name, text)
	}
	s := serve(t, "-region", "eu-west-3", "M=good.json")
	const arn = "arn:aws:states:eu-west-3:999999999999:stateMachine:M"
	require.Contains(t, s.started, "\nloaded "+arn+"\n")
	require.Equal(t, "asl serve: warning: SQS_ENDPOINT is not supported: tasks of Amazon SQS fail, unless a case of the mock file answers them\n"+
		"asl serve: warning: STEP_FUNCTIONS_ENDPOINT has no effect: nested executions run in this server\n", s.err.String())

	s.call("StartExecution", map[string]any{"stateMachineArn": arn + "#Happy"})
	status, out := s.send("StartExecution", "", map[string]any{"stateMachineArn": arn + "#Nope"})
	require.Equal(t, 400, status)
	require.Equal(t, "InvalidName", out["__type"])
	require.Equal(t, "SUCCEEDED", s.runSync(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:echo", "End": true}}}`)["status"])

	for name, text := range map[string]string{"WAIT_TIME_SCALE": "fast", "AWS_ACCOUNT_ID": "me", "LAMBDA_ENDPOINT": "localhost", "SFN_MOCK_CONFIG": "nowhere.json", "AWS_DEFAULT_REGION": "!"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, text)
			var out bytes.Buffer
			require.Equal(t, exitUsage, serveUntil(context.Background(), []string{"-addr", "127.0.0.1:0"}, streams{out: &out, err: &out, rawErr: &out}))
			require.Contains(t, out.String(), "\n'asl serve -h' lists the options\n")
		})
	}
}

// runSync runs an EXPRESS execution to its end.
func (s *served) runSync(definition string) map[string]any {
	s.t.Helper()
	arn := s.create(strings.ReplaceAll(s.t.Name(), "/", "-"), "EXPRESS", definition)
	return s.call("StartSyncExecution", map[string]any{"stateMachineArn": arn, "input": `{"from": "test"}`})
}

// Executions that are started under ARN#CASE get the responses of the case, each its
// own, and the others none.
func TestServeMocks(t *testing.T) {
	_, _, _ = invoke(t, "")
	s := serve(t, "-mock", "mocks.json", "-wait-scale", "0")
	arn := s.create("M", "EXPRESS", strings.Replace(good, "2592000", "60", 1))
	for _, c := range []struct{ name, status, shown string }{
		{"#Happy", "SUCCEEDED", `"answer":{"n":1.0}`}, {"#Happy", "SUCCEEDED", `"answer":{"n":1.0}`},
		{"#Sad", "FAILED", "No"},
		{"#Empty", "FAILED", "-lambda-endpoint is not given"}, {"", "FAILED", "-lambda-endpoint is not given"},
	} {
		out := s.call("StartSyncExecution", map[string]any{"stateMachineArn": arn + c.name})
		require.Equal(t, c.status, out["status"], c.name)
		require.Contains(t, fmt.Sprint(out["output"], out["error"], out["cause"]), c.shown, c.name)
	}
}

// The file of mocks is read again when it has changed. One that cannot be read changes
// nothing, and the log says so once.
func TestServeMocksOfAFileThatChanges(t *testing.T) {
	name := filepath.Join(t.TempDir(), "mocks.json")
	write := func(text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(name+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(name+".new", name)) // another file, whatever the time
	}
	mocks := func(output string) string {
		return `{"StateMachines": {"M": {"TestCases": {"C": {"A": "r"}}}}, "MockedResponses": {"r": {"0": {"Return": "` + output + `"}}}}`
	}
	write(mocks("one"))
	s := serve(t, "-mock", name)
	arn := s.create("M", "EXPRESS", `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": true}}}`)
	run := func() any {
		t.Helper()
		return s.call("StartSyncExecution", map[string]any{"stateMachineArn": arn + "#C"})["output"]
	}
	require.Equal(t, `"one"`, run())
	write(mocks("two"))
	require.Equal(t, `"two"`, run())
	write("{")
	require.Equal(t, `"two"`, run())
	require.Equal(t, `"two"`, run())
	require.NoError(t, os.Remove(name))
	require.Equal(t, `"two"`, run())
	require.Equal(t, `"two"`, run())
	require.Equal(t, 2, strings.Count(s.err.String(), "its earlier test cases stay"), s.err)
	write(mocks("three"))
	require.Equal(t, `"three"`, run())
}

// With a scale of 0 a Wait of 30 days is over at once, and what waits for a worker has
// its time.
func TestServeWithoutWaits(t *testing.T) {
	s := serve(t, "-wait-scale", "0")
	s.call("CreateActivity", map[string]any{"name": "work"})
	execution := s.call("StartExecution", map[string]any{"stateMachineArn": s.create("waits", "STANDARD", awaits), "input": `{"n": 1}`})
	task := s.call("GetActivityTask", map[string]any{"activityArn": arns + "activity:work"})
	require.JSONEq(t, `{"n": 1}`, task["input"].(string))
	described := s.call("DescribeExecution", map[string]any{"executionArn": execution["executionArn"]})
	require.Equal(t, "RUNNING", described["status"], "the limit of a year has not passed")
	s.call("SendTaskSuccess", map[string]any{"taskToken": task["taskToken"], "output": `"done"`})
}

// Waits and the intervals of Retriers are multiplied. A worker keeps the time that it has.
func TestServeScalesWaits(t *testing.T) {
	for _, scale := range []string{"0", "1e-9"} {
		s := serve(t, "-wait-scale", scale)
		s.call("CreateActivity", map[string]any{"name": "work"})
		out := s.runSync(`{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "Next": "P"}, "P": {
			"Type": "Parallel", "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Busy"}}}], "End": true,
			"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 86400, "MaxAttempts": 2}],
			"Catch": [{"ErrorEquals": ["Busy"], "Next": "Done"}]}, "Done": {"Type": "Succeed"}}}`)
		require.Equal(t, "SUCCEEDED", out["status"], "not the 5 minutes of an EXPRESS execution have passed")

		awaited := strings.Replace(awaits, `"End": true}}}`, `"TimeoutSeconds": 600, "HeartbeatSeconds": 300, "End": true}}}`, 1)
		execution := s.call("StartExecution", map[string]any{"stateMachineArn": s.create("waits", "STANDARD", awaited)})
		task := s.call("GetActivityTask", map[string]any{"activityArn": arns + "activity:work"})
		s.call("SendTaskHeartbeat", map[string]any{"taskToken": task["taskToken"]})
		described := s.call("DescribeExecution", map[string]any{"executionArn": execution["executionArn"]})
		require.Equal(t, "RUNNING", described["status"])
		s.call("SendTaskSuccess", map[string]any{"taskToken": task["taskToken"], "output": `"done"`})
		described = s.call("DescribeExecution", map[string]any{"executionArn": execution["executionArn"]})
		require.Equal(t, "SUCCEEDED", described["status"])
	}
}

// A clean stop ends polls with an empty answer.
func TestServeEndsPolls(t *testing.T) {
	srv, err := api.New(api.Config{Interpreter: interpreter.Config{Logger: slog.New(slog.DiscardHandler)}})
	require.NoError(t, err)
	defer srv.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	s := &served{t: t, key: "any", url: "http://" + listener.Addr().String(), err: &lockedBuffer{}}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetActivityTask") {
			stop()
		}
		srv.ServeHTTP(w, r)
	})
	ended := make(chan error, 1)
	go func() { ended <- serveHTTP(ctx, listener, h, time.Hour, slog.New(slog.DiscardHandler)) }()
	s.call("CreateActivity", map[string]any{"name": "work"})
	require.Empty(t, s.call("GetActivityTask", map[string]any{"activityArn": arns + "activity:work"}))
	require.NoError(t, <-ended)
}

// A browser has a page, by the password if there is a token, and a clean stop ends its
// streams.
func TestServePage(t *testing.T) {
	const token = "abcdefghij_0123456789"
	get := func(url, password string) (int, string) {
		r, err := http.NewRequest(http.MethodGet, url, nil)
		require.NoError(t, err)
		if password != "" {
			r.SetBasicAuth("any", password)
		}
		w, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer w.Body.Close()
		body, err := io.ReadAll(w.Body)
		require.NoError(t, err)
		return w.StatusCode, string(body)
	}
	s := serve(t)
	execution := s.call("StartExecution", map[string]any{"stateMachineArn": s.create("waits", "STANDARD", awaits)})
	require.NotEmpty(t, execution)
	status, html := get(s.url+"/", "")
	require.Equal(t, 200, status)
	require.Contains(t, html, "<b>waits</b>")
	_, html = get(s.url+"/machines/"+arns+"stateMachine:waits", "")
	path := regexp.MustCompile(`/executions/[0-9a-f-]+`).FindString(html)
	w, err := http.Get(s.url + path + "/events")
	require.NoError(t, err)
	defer w.Body.Close()
	require.Equal(t, 200, w.StatusCode)
	require.Equal(t, exitOK, s.stop())
	_, err = io.ReadAll(w.Body)
	require.NoError(t, err, "the stream has ended, and was not cut off")

	s = serve(t, "-token", token)
	for password, want := range map[string]int{token: 200, token + "x": 401, "": 401} {
		status, _ := get(s.url+"/", password)
		require.Equal(t, want, status, password)
	}
	s = serve(t, "-page=false")
	status, _ = get(s.url+"/", "")
	require.Equal(t, 405, status)
}

// TestServeProcess is a server if TestServeEndsAtASignal has started it.
func TestServeProcess(t *testing.T) {
	if os.Getenv("ASL_SERVE_PROCESS") == "" {
		t.Skip("it is the process of another test")
	}
	os.Exit(runCommand([]string{"serve", "-addr", "127.0.0.1:0"}, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

func TestServeEndsAtASignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send the signal to another one on Windows")
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		process := exec.Command(os.Args[0], "-test.run=^TestServeProcess$")
		process.Env = append(os.Environ(), "ASL_SERVE_PROCESS=1")
		out, err := process.StdoutPipe()
		require.NoError(t, err)
		s := &served{t: t, key: "any", err: &lockedBuffer{}}
		process.Stderr = s.err
		require.NoError(t, process.Start())
		s.readStart(out)
		s.call("StartExecution", map[string]any{"stateMachineArn": s.create("waits", "STANDARD", awaits)})
		require.NoError(t, process.Process.Signal(signal))
		require.NoError(t, process.Wait(), s.err)
	}
}

// Other machines can reach a server only with a token, which all clients must have.
func TestServeTokens(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		code, out, err := invoke(t, "", "serve", "-addr", addr)
		require.Equal(t, exitUsage, code)
		require.Empty(t, out)
		require.Contains(t, err, "give a -token")
	}
	const token = "abcdefghij_0123456789"
	require.NoError(t, os.WriteFile("token.txt", []byte(token+"\n"), 0o600))
	s := serve(t, "-token", "@token.txt")
	require.NotContains(t, s.started, token)
	status, out := s.send("ListStateMachines", "", map[string]any{})
	require.Equal(t, 400, status)
	require.Equal(t, "UnrecognizedClientException", out["__type"])
	for key, want := range map[string]int{token: 200, token + "x": 400, "": 400, token[1:]: 400} {
		s.key = key
		status, _ := s.send("ListStateMachines", "", map[string]any{})
		require.Equal(t, want, status, key)
	}
	answer, err := http.Post(s.url, "application/x-amz-json-1.0", strings.NewReader("{}"))
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, 400, answer.StatusCode, "no Authorization")
}

func TestServeRefusesWrongOptions(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"scale":    {[]string{"-wait-scale", "-1"}, "-wait-scale must be between 0 and 1000"},
		"no scale": {[]string{"-wait-scale", "NaN"}, "-wait-scale must be between 0 and 1000"},
		"poll":     {[]string{"-poll", "1h"}, "-poll must be"},
		"account":  {[]string{"-account", "1"}, "-account must have 12 digits"},
		"region":   {[]string{"-region", "a:b"}, "-region must be"},
		"token":    {[]string{"-token", "short"}, "-token must have"},
		"lambda":   {[]string{"-lambda-endpoint", "ftp://x"}, "is not a URL"},
		"mock":     {[]string{"-mock", "good.json"}, "-mock, or SFN_MOCK_CONFIG: "},
		"objects":  {[]string{"-objects", "good.json"}, "is not a folder"},
		"logs":     {[]string{"-logs", "good.json"}, "-logs: "},
		"store":    {[]string{"-store", "x.db"}, "-store: this asl has no database; install one that has, with go install github.com/gostates/gostates/interpreter/store/sqlite/cmd/asl@latest"},
		"address":  {[]string{"-addr", "nonsense"}, "-addr: "},
		"no file":  {[]string{"-load", "nowhere.json"}, "nowhere.json"},
		"nothing":  {[]string{"good="}, `"good=" names no file`},
		"twice":    {[]string{"good=good.json", "good.json"}, "have the same name"},
		"both":     {[]string{"-express", "good.json", "good=good.json"}, "have the same name"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := invoke(t, "", append([]string{"serve"}, c.args...)...)
			require.Equal(t, exitUsage, code, err)
			require.Empty(t, out)
			require.Contains(t, err, "asl serve: ")
			require.Contains(t, err, c.want)
		})
	}
	// All findings of all files are printed, as asl validate does. -resources ANY would refuse
	// them too.
	code, _, err := invoke(t, "", "serve", "bad.json", "fail.json", "bad2=bad.json")
	require.Equal(t, exitFailed, code)
	const findings = "bad.json:3:13: error: MISSING_END_STATE: Workflow has no terminal state\nbad.json:3:44: error: /States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: B\n"
	require.Equal(t, findings+findings, err)
	writeFiles(t, map[string]string{"own.json": `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "charge", "End": true}}}`})
	code, _, err = invokeHere("", "serve", "own.json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, err, "own.json:1:63: error: /States/T/Resource: ")
	require.Contains(t, err, "Value is not a valid resource ARN")
	require.Contains(t, err, "\nasl serve: -resources ANY takes")
	writeFiles(t, map[string]string{"warned.json": `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "x", "Next": "P2"}, "P2": {"Type": "Pass", "End": true, "Parameters": {"a": "$.b"}}}}`})
	_, out, _ := invokeHere("", "validate", "warned.json")
	require.Contains(t, out, "warning:")
	_, _, err = invokeHere("", "serve", "warned.json", "own.json")
	require.NotContains(t, err, "warned.json", "warnings are not errors")
	taken, listenErr := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, listenErr)
	defer taken.Close()
	OpenStore = func(string) (*Store, error) { panic("the executions of the store would go on") }
	defer func() { OpenStore = nil }()
	code, _, err = invoke(t, "", "serve", "-store", "file", "-addr", taken.Addr().String())
	require.Equal(t, exitFailed, code)
	require.Contains(t, err, "address already in use: -addr 127.0.0.1:0 takes a free port\n")
}

// -express is for machines of that type, whose definitions are checked as such.
func TestServeLoadsExpressMachines(t *testing.T) {
	writeFiles(t, map[string]string{
		"price.asl.json": `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 7, "End": true}}}`,
		"order.asl.json": awaits,
		"asks.json":      `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"QueueUrl": "u", "MessageBody": "b"}, "End": true}}}`,
	})
	s := serve(t, "-express", "price.asl.json", "-express", "Other=price.asl.json", "order.asl.json")
	for name, want := range map[string]string{"price": "EXPRESS", "Other": "EXPRESS", "order": "STANDARD"} {
		require.Contains(t, s.started, "loaded "+arns+"stateMachine:"+name+"\n")
		require.Equal(t, want, s.call("DescribeStateMachine", map[string]any{"stateMachineArn": arns + "stateMachine:" + name})["type"])
	}
	answer := s.call("StartSyncExecution", map[string]any{"stateMachineArn": arns + "stateMachine:price"})
	require.Equal(t, []any{"SUCCEEDED", "7"}, []any{answer["status"], answer["output"]})

	code, _, err := invokeHere("", "serve", "-addr", "127.0.0.1:0", "-express", "asks.json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, err, "asks.json:1:63: error: /States/T/Resource: SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken'")
}

// A machine's log group is a file.
func TestServeWritesLogs(t *testing.T) {
	t.Chdir(t.TempDir())
	s := serve(t, "-logs", "logs")
	arn := s.call("CreateStateMachine", map[string]any{
		"name": "logged", "type": "EXPRESS", "roleArn": role, "definition": `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`,
		"loggingConfiguration": map[string]any{"level": "ALL", "destinations": []any{map[string]any{"cloudWatchLogsLogGroup": map[string]any{
			"logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/../orders:*",
		}}}},
	})["stateMachineArn"]
	s.call("StartSyncExecution", map[string]any{"stateMachineArn": arn})
	text, err := os.ReadFile(filepath.Join("logs", "%2Faws%2F..%2Forders.ndjson"))
	require.NoError(t, err)
	var types []string
	for line := range strings.Lines(string(text)) {
		var message struct{ Type string }
		require.NoError(t, json.Unmarshal([]byte(line), &message))
		types = append(types, message.Type)
	}
	require.Equal(t, []string{"ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"}, types)

	for arn, want := range map[string]string{
		"arn:aws:logs:us-east-1:123456789012:log-group:..:*": "...ndjson", "": ".ndjson", `a\b:c`: "a%5Cb%3Ac.ndjson",
	} {
		require.Equal(t, want, logFile(arn))
	}
	require.Less(t, len(logFile(strings.Repeat("/", 500))), 200)
	require.NotEqual(t, logFile(strings.Repeat("/", 500)), logFile(strings.Repeat("/", 501)))
}

// startFunctions starts a server of Lambda's Invoke API.
func startFunctions(t *testing.T) string {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[strings.LastIndexByte(strings.TrimSuffix(r.URL.Path, "/invocations"), ':')+1:]
		switch name {
		case "echo/invocations":
			w.Header().Set("X-Amz-Executed-Version", "$LATEST")
			_, _ = io.Copy(w, r.Body)
		case "breaks/invocations":
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = io.WriteString(w, `{"errorType": "CardDeclined", "errorMessage": "over the limit"}`)
		case "missing/invocations":
			w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException:http://internal")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"Message": "Function not found"}`)
		case "gateway/invocations":
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, `<html>`)
		case "moved/invocations":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		case "endless/invocations":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		case "gone/invocations":
			panic(http.ErrAbortHandler)
		default:
			t.Errorf("%s is called", r.URL)
		}
	})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// A server of Lambda's API may answer anything.
func TestServeLambdaEndpoint(t *testing.T) {
	functions := startFunctions(t)
	s := serve(t, "-lambda-endpoint", functions+"/")
	for function, want := range map[string][3]string{
		"echo":    {"SUCCEEDED", "", `{"from":"test"}`},
		"breaks":  {"FAILED", "CardDeclined", "over the limit"},
		"missing": {"FAILED", "Lambda.ResourceNotFoundException", "Function not found (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; "},
		"gateway": {"FAILED", lambdatask.AWSLambdaException, "Status Code: 502"},
		"moved":   {"FAILED", lambdatask.Unknown, "Status Code: 302"},
		"endless": {"FAILED", lambdatask.SdkClientException, "the response has more than 8 MiB"},
		"gone":    {"FAILED", lambdatask.SdkClientException, "EOF"},
	} {
		t.Run(function, func(t *testing.T) {
			s := *s
			s.t = t
			out := s.runSync(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:` + function + `", "End": true}}}`)
			require.Equal(t, want[0], out["status"], out)
			if want[1] != "" {
				require.Equal(t, want[1], out["error"])
			}
			require.Contains(t, fmt.Sprint(out["output"], out["cause"]), want[2])
		})
	}
	out := s.runSync(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
		"Parameters": {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:echo", "Payload.$": "$"}, "ResultSelector": {"v.$": "$.ExecutedVersion", "s.$": "$.StatusCode"}}}}`)
	require.JSONEq(t, `{"v": "$LATEST", "s": 200}`, out["output"].(string), out)
}

// Large headers and bodies are refused.
func TestServeLimitsRequests(t *testing.T) {
	s := serve(t)
	r, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader("{}"))
	require.NoError(t, err)
	r.Header.Set("X-Amz-Target", "AWSStepFunctions.ListStateMachines")
	r.Header.Set("X-Long", strings.Repeat("x", 2*mostHeader))
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, answer.StatusCode)

	r, err = http.NewRequest(http.MethodPost, s.url, io.LimitReader(zeros{}, 1<<30))
	require.NoError(t, err)
	r.Header.Set("X-Amz-Target", "AWSStepFunctions.ListStateMachines")
	if answer, err = http.DefaultClient.Do(r); err == nil { // the server may close the connection first
		require.NoError(t, answer.Body.Close())
		require.GreaterOrEqual(t, answer.StatusCode, 400)
	}
	s.call("ListStateMachines", map[string]any{})
}

type zeros struct{}

// Read implements [io.Reader].
func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// The body of a request has a deadline, also if nobody reads it, and the answer none of
// it: a poll is longer.
func TestServeTimesBodies(t *testing.T) {
	var deadlines []bool // whether it is set
	w := &deadlineRecorder{ResponseWriter: httptest.NewRecorder(), deadlines: &deadlines}
	h := limitBody(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			require.Empty(t, deadlines, "there is no body")
			return
		}
		require.Equal(t, []bool{true}, deadlines)
		_, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, []bool{true, false}, deadlines)
	}))
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
	require.Len(t, deadlines, 2)
	refuses := limitBody(guardToken(h, "abcdefghijklmnopqrst"))
	refuses.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
	require.Equal(t, []bool{true}, deadlines[2:])
	require.Greater(t, (&serveOptions{poll: 10 * time.Minute}).longestAnswer(), 10*time.Minute)
	require.Greater(t, (&serveOptions{poll: time.Second}).longestAnswer(), 5*time.Minute)
}

type deadlineRecorder struct {
	http.ResponseWriter
	deadlines *[]bool
}

func (d *deadlineRecorder) SetReadDeadline(at time.Time) error {
	*d.deadlines = append(*d.deadlines, !at.IsZero())
	return nil
}
