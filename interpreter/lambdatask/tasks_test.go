package lambdatask_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/lambdatask"
	"github.com/gostates/gostates/value"
)

// answered is an Invoker that writes down its calls.
func answered(calls *[]string, r *lambdatask.Response, err error) *lambdatask.Tasks {
	return lambdatask.New(lambdatask.InvokerFunc(func(_ context.Context, in *lambdatask.Request) (*lambdatask.Response, error) {
		*calls = append(*calls, fmt.Sprintf("%s %s %s %s", in.FunctionName, in.Qualifier, in.InvocationType, in.Payload))
		return r, err
	}))
}

// open returns an interpreter that is closed at the end of the test.
func open(t *testing.T, r interpreter.Resolver) *interpreter.Interpreter {
	t.Helper()
	in := interpreter.New(interpreter.Config{Resolver: r, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { require.NoError(t, in.Close()) })
	return in
}

func oneState(fields string) string {
	return `{"StartAt": "Work", "States": {"Work": {"Type": "Task", ` + fields + `, "End": true}}}`
}

func output(t *testing.T, in *interpreter.Interpreter, definition string, input any) (string, error) {
	t.Helper()
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{})
	require.NoError(t, err)
	e, err := in.Start(context.Background(), p, input, interpreter.StartOptions{})
	require.NoError(t, err)
	if err := e.Wait(context.Background()); err != nil {
		return "", err
	}
	out, err := e.Output()
	return value.String(out), err
}

const functionArn = "arn:aws:lambda:eu-west-1:111111111111:function:f"

func TestLambdaByItsARN(t *testing.T) {
	for name, c := range map[string]struct {
		resource, payload, function, call, want, problem string
	}{
		"JSON":      {functionArn, `{"a": 1.0}`, "", functionArn + `   {"n":1}`, `{"a":1.0}`, ""},
		"version":   {functionArn + ":7", `1`, "", functionArn + ` 7  {"n":1}`, `1`, ""},
		"no JSON":   {functionArn, `{`, "", functionArn + `   {"n":1}`, `"{"`, ""},
		"nothing":   {functionArn, ``, "", functionArn + `   {"n":1}`, `null`, ""},
		"error":     {functionArn, `{"errorType": "E", "errorMessage":  "m"}`, "Handled", functionArn + `   {"n":1}`, ``, `E: {"errorType": "E", "errorMessage":  "m"}`},
		"no type":   {functionArn, `"m"`, "Unhandled", functionArn + `   {"n":1}`, ``, lambdatask.Unknown},
		"no object": {functionArn, `m`, "Unhandled", functionArn + `   {"n":1}`, ``, `Returned payload: m`},
	} {
		t.Run(name, func(t *testing.T) {
			var calls []string
			in := open(t, answered(&calls,
				&lambdatask.Response{Payload: []byte(c.payload), FunctionError: c.function}, nil))
			got, err := output(t, in, oneState(`"Resource": "`+c.resource+`"`), []byte(`{"n": 1}`))
			if c.problem != "" {
				require.ErrorContains(t, err, c.problem)
			} else {
				require.NoError(t, err)
				require.Equal(t, c.want, got)
			}
			require.Equal(t, []string{c.call}, calls)
		})
	}
}

func TestLambdaByTheService(t *testing.T) {
	var calls []string
	in := open(t, answered(&calls, &lambdatask.Response{
		Metadata: interpreter.Metadata{StatusCode: 200, RequestID: "r", Headers: map[string][]string{"B": {"1", "2"}, "A": {"3"}}},
		Payload:  []byte(`[1.0]`), ExecutedVersion: "7", LogResult: "bG9n",
	}, nil))
	got, err := output(t, in, oneState(`"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f",
		"InvocationType": "RequestResponse", "Qualifier": "q", "Payload": {"a": null}}`), nil)
	require.NoError(t, err)
	require.Equal(t, `{"ExecutedVersion":"7","LogResult":"bG9n","Payload":[1.0],"SdkHttpMetadata":{"AllHttpHeaders":{"A":["3"],"B":["1","2"]},`+
		`"HttpHeaders":{"A":"3","B":"1"},"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"r"},"StatusCode":200}`, got)
	require.Equal(t, []string{`f q RequestResponse {"a":null}`}, calls)
}

func TestLambdaErrors(t *testing.T) {
	const invoke = `"Resource": "arn:aws:states:::lambda:invoke"`
	for name, c := range map[string]struct {
		state string
		err   error
		want  string
	}{
		"no FunctionName":  {invoke + `, "Parameters": {}`, nil, asl.StatesRuntime},
		"a number":         {invoke + `, "Parameters": {"FunctionName": "f", "Qualifier": 7}`, nil, asl.StatesRuntime},
		"named":            {invoke + `, "Parameters": {"FunctionName": "f"}`, asl.Errorf(lambdatask.TooManyRequestsException, ""), lambdatask.TooManyRequestsException},
		"any other":        {invoke + `, "Parameters": {"FunctionName": "f"}`, errors.New("connection reset"), lambdatask.SdkClientException},
		"any other, by it": {`"Resource": "` + functionArn + `"`, errors.New("connection reset"), lambdatask.SdkClientException},
	} {
		t.Run(name, func(t *testing.T) {
			var calls []string
			in := open(t, answered(&calls, nil, c.err))
			_, err := output(t, in, oneState(c.state), nil)
			require.ErrorIs(t, err, &asl.Error{Name: c.want})
		})
	}
}

func TestLambdaResolves(t *testing.T) {
	l := lambdatask.New(nil)
	for resource, want := range map[string]bool{
		functionArn: true, functionArn + ":a": true, functionArn + ":a:b": false, "arn:aws:lambda:eu-west-1:1:layer:f": false,
		"f": false, "arn:aws:states:::lambda:invoke": true, "arn:aws:states:::lambda:invoke.waitForTaskToken": true,
		"arn:aws:states:::lambda:invoke.sync": false, "arn:aws:states:::lambda:other": false, "arn:aws:states:::sqs:invoke": false,
		"arn:aws-cn:lambda:cn-north-1:1:function:f": true,
	} {
		_, ok := l.Resolve("", resource)
		require.Equal(t, want, ok, resource)
	}
}

func TestInvokerThatReturnsNothing(t *testing.T) {
	var calls []string
	in := open(t, answered(&calls, nil, nil))
	_, err := output(t, in, oneState(`"Resource": "`+functionArn+`"`), nil)
	require.ErrorIs(t, err, &asl.Error{Name: lambdatask.SdkClientException,
		Cause: "The Invoker returned neither a response nor an error."})
}
