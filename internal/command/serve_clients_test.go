package command

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var withClients = flag.String("clients", "", "call a server with AWS's clients, some of `node,boto3,aws`: node needs @aws-sdk/client-sfn in NODE_PATH, python3 needs boto3")

// client makes a call of an operation. failure is the name of the error, or one of the
// constants below.
type client func(t *testing.T, op string, input map[string]any) (output map[string]any, failure, message string)

const (
	missing     = "Missing"     // an older client does not have the operation
	unreachable = "Unreachable" // it calls sync-localhost, which does not resolve here
)

// clientCall is an element of testdata/clients/calls.json.
type clientCall struct {
	Op    string
	Input map[string]any
	Has   []string          // paths that the answer must have
	Save  map[string]string // a name, and the path of the value that ${name} has from now on
	Error string
}

// Each client calls every operation that it has, and decodes the answers.
func TestClients(t *testing.T) {
	if *withClients == "" {
		t.Skip("AWS's clients are called with -clients node,boto3,aws")
	}
	starts := map[string]func(*testing.T, string) client{
		"node":  func(t *testing.T, url string) client { return startClient(t, "node", "client.cjs", url) },
		"boto3": func(t *testing.T, url string) client { return startClient(t, "python3", "client.py", url) },
		"aws":   startCommandLine,
	}
	for name := range strings.SplitSeq(*withClients, ",") {
		start := starts[name]
		require.NotNil(t, start, name)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "clients", "calls.json"))
			require.NoError(t, err)
			var calls []clientCall
			require.NoError(t, json.Unmarshal(text, &calls))
			s := serve(t)
			converse(t, calls, start(t, strings.Replace(s.url, "127.0.0.1", "localhost", 1)), s)
		})
	}
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// converse makes all calls. Those that the client cannot make are made by plain HTTP,
// since others need what they do.
func converse(t *testing.T, calls []clientCall, c client, s *served) {
	t.Helper()
	saved := map[string]string{}
	called, without := map[string]bool{}, map[string][]string{}
	for i, call := range calls {
		text, err := json.Marshal(call.Input)
		require.NoError(t, err)
		text = variable.ReplaceAllFunc(text, func(name []byte) []byte {
			require.Contains(t, saved, string(name[2:len(name)-1]))
			return []byte(saved[string(name[2:len(name)-1])])
		})
		input := map[string]any{}
		require.NoError(t, json.Unmarshal(text, &input))
		output, failure, message := c(t, call.Op, input)
		if failure == missing || failure == unreachable {
			without[failure] = append(without[failure], call.Op)
			output, failure = s.call(call.Op, input), ""
		} else {
			called[call.Op] = true
		}
		require.Equal(t, call.Error, failure, "call %d: %s %s: %s", i, call.Op, text, message)
		for _, path := range call.Has {
			require.NotNil(t, find(output, path), "call %d: %s has no %s: %v", i, call.Op, path, output)
		}
		for name, path := range call.Save {
			saved[name], _ = find(output, path).(string)
			require.NotEmpty(t, saved[name], "call %d: %s has no %s: %v", i, call.Op, path, output)
		}
	}
	require.GreaterOrEqual(t, len(called), 20)
	require.Equal(t, 37, len(called)+len(unique(without[missing], called))+len(unique(without[unreachable], called)))
	t.Logf("%s: %d operations called; not in this client: %v; sync-localhost is no name here: %v", t.Name(), len(called), without[missing], without[unreachable])
}

// unique returns the operations that are not called, each once.
func unique(ops []string, called map[string]bool) []string {
	ops = slices.DeleteFunc(slices.Clone(ops), func(op string) bool { return called[op] })
	slices.Sort(ops)
	return slices.Compact(ops)
}

// find returns what is at a path such as mapRuns.0.mapRunArn.
func find(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			if name != "0" || len(at) == 0 {
				return nil
			}
			v = at[0]
		default:
			return nil
		}
	}
	return v
}

// startClient starts a script that makes the calls on its standard input.
func startClient(t *testing.T, program, script, url string) client {
	t.Helper()
	process := exec.Command(program, filepath.Join("testdata", "clients", script), url)
	var stderr bytes.Buffer
	process.Stderr = &stderr
	in, err := process.StdinPipe()
	require.NoError(t, err)
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	t.Cleanup(func() { _ = in.Close(); _ = process.Wait() })
	answers := bufio.NewReader(out)
	return func(t *testing.T, op string, input map[string]any) (map[string]any, string, string) {
		t.Helper()
		require.NoError(t, json.NewEncoder(in).Encode(map[string]any{"op": op, "input": input}))
		line, err := answers.ReadBytes('\n')
		if err != nil {
			_, _ = io.Copy(io.Discard, out)
			_ = process.Wait()
		}
		require.NoError(t, err, "%s", &stderr)
		var answer struct {
			Output         map[string]any
			Error, Message string
		}
		require.NoError(t, json.Unmarshal(line, &answer))
		return answer.Output, answer.Error, answer.Message
	}
}

var (
	capital  = regexp.MustCompile(`([a-z])([A-Z])`)
	awsError = regexp.MustCompile(`An error occurred \((\w+)\)`)
)

// startCommandLine returns a client that runs the AWS CLI for each call.
func startCommandLine(t *testing.T, url string) client {
	t.Helper()
	_, err := exec.LookPath("aws")
	require.NoError(t, err)
	return func(t *testing.T, op string, input map[string]any) (output map[string]any, failure, message string) {
		t.Helper()
		text, err := json.Marshal(input)
		require.NoError(t, err)
		command := strings.ToLower(capital.ReplaceAllString(op, "$1-$2"))
		process := exec.Command("aws", "stepfunctions", command, "--endpoint-url", url, "--output", "json", "--cli-input-json", string(text))
		process.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any", "AWS_DEFAULT_REGION=us-east-1",
			"AWS_CONFIG_FILE="+os.DevNull, "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1", "AWS_DISABLE_HOST_PREFIX_INJECTION=true")
		var stderr bytes.Buffer
		process.Stderr = &stderr
		out, err := process.Output()
		switch problem := stderr.String(); {
		case err == nil:
			if len(bytes.TrimSpace(out)) > 0 {
				require.NoError(t, json.Unmarshal(out, &output), "%s", out)
			}
			return output, "", ""
		case strings.Contains(problem, "nvalid choice"):
			return nil, missing, problem
		case strings.Contains(problem, "http://sync-"):
			return nil, unreachable, problem
		default:
			if found := awsError.FindStringSubmatch(problem); found != nil {
				failure = found[1]
			} else {
				failure = "no error of the API"
			}
			return nil, failure, problem
		}
	}
}
