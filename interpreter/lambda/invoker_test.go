package lambda_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/lambda"
	"github.com/gostates/gostates/interpreter/lambdatask"
	"github.com/gostates/gostates/value"
)

// server implements the Lambda Invoke API.
type server struct {
	*httptest.Server
	answer http.HandlerFunc
	clock  interpreter.Clock // nil: the system's

	mu    sync.Mutex
	calls []string
}

func serve(t testing.TB, answer http.HandlerFunc) *server {
	before := runtime.NumGoroutine()
	s := &server{answer: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
		for end := time.Now().Add(2 * time.Minute); runtime.NumGoroutine() > before; runtime.Gosched() {
			require.True(t, time.Now().Before(end), "goroutines stay behind")
		}
	})
	return s
}

// maxRequest is Lambda's limit on the payload of a request.
const maxRequest = 6 << 20

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if len(body) > maxRequest {
		fault(413, "RequestTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation")(w, r)
		return
	}
	call := r.Method + " " + r.URL.RequestURI()
	for _, name := range []string{"X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Client-Context"} {
		if v := r.Header.Get(name); v != "" {
			call += " " + v
		}
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		call += " unsigned"
	}
	s.mu.Lock()
	s.calls = append(s.calls, call+" "+string(body[:min(len(body), 100)]))
	s.mu.Unlock()
	w.Header().Set("X-Amzn-Requestid", "the-request")
	s.answer(w, r)
}

func (s *server) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// returns responds like a function that returns a payload.
func returns(status int, payload string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, payload)
	}
}

// fault responds with an error of the service.
func fault(status int, code, message string) http.HandlerFunc {
	return returns(status, `{"Type": "User", "message": "`+message+`"}`, "X-Amzn-Errortype", code, "Content-Type", "application/json")
}

// run runs a single Task state with the SDK's client.
func (s *server) run(t testing.TB, ctx context.Context, state string, input any) (string, error) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := awslambda.New(awslambda.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(s.URL),
		HTTPClient:   &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	})
	in := interpreter.New(interpreter.Config{
		Resolver: lambdatask.New(lambda.New(client)),
		Clock:    s.clock,
		Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "Call", "States": {"Call": {"Type": "Task", `+state+`, "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	e, err := in.Start(ctx, p, input, interpreter.StartOptions{})
	require.NoError(t, err)
	if err := e.Wait(ctx); err != nil {
		return "", err
	}
	out, err := e.Output()
	return value.String(out), err
}

const (
	direct  = `"Resource": "arn:aws:lambda:us-east-1:111111111111:function:f"`
	alias   = `"Resource": "arn:aws:lambda:us-east-1:111111111111:function:f:prod"`
	path    = "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A111111111111%3Afunction%3Af/invocations"
	byName  = "POST /2015-03-31/functions/f/invocations"
	details = `"SdkHttpMetadata":{"AllHttpHeaders":{"Content-Length":["7"],"X-Amz-Executed-Version":["$LATEST"],"X-Amzn-Requestid":["the-request"]},` +
		`"HttpHeaders":{"Content-Length":"7","X-Amz-Executed-Version":"$LATEST","X-Amzn-Requestid":"the-request"},"HttpStatusCode":200},` +
		`"SdkResponseMetadata":{"RequestId":"the-request"},"StatusCode":200`
)

func service(parameters string) string {
	return `"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {` + parameters + `}`
}

func TestFunctionIsCalled(t *testing.T) {
	const version = "X-Amz-Executed-Version"
	for name, c := range map[string]struct {
		state  string
		answer http.HandlerFunc
		call   string
		want   string
	}{
		"by its ARN":            {direct, returns(200, `{"a": 1.0}`), path + ` {"in":1}`, `{"a":1.0}`},
		"by its ARN and alias":  {alias, returns(200, `"x"`), path + `?Qualifier=prod {"in":1}`, `"x"`},
		"that returns no JSON":  {direct, returns(200, `x y`), path + ` {"in":1}`, `"x y"`},
		"that returns nothing":  {direct, returns(200, ``), path + ` {"in":1}`, `null`},
		"by the service":        {service(`"FunctionName": "f", "Payload.$": "$"`), returns(200, `{"a":1}`, version, "$LATEST"), byName + ` {"in":1}`, `{"ExecutedVersion":"$LATEST","Payload":{"a":1},` + details + `}`},
		"by the service, alone": {service(`"FunctionName": "f"`), returns(200, `{"a":1}`, version, "$LATEST"), byName + ` `, `{"ExecutedVersion":"$LATEST","Payload":{"a":1},` + details + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			out, err := s.run(t, context.Background(), c.state, []byte(`{"in": 1}`))
			require.NoError(t, err)
			require.Equal(t, c.want, out)
			require.Equal(t, []string{c.call}, s.seen())
		})
	}
}

func TestParametersOfInvoke(t *testing.T) {
	for name, c := range map[string]struct {
		parameters string
		status     int
		call, want string
	}{
		"qualifier": {`"FunctionName": "f", "Qualifier": "7"`, 200, byName + "?Qualifier=7 ", "StatusCode\":200"},
		"Event":     {`"FunctionName": "f", "InvocationType": "Event", "Payload": []`, 202, byName + " Event []", "StatusCode\":202"},
		"DryRun":    {`"FunctionName": "f", "InvocationType": "DryRun"`, 204, byName + " DryRun ", "StatusCode\":204"},
		"logs": {`"FunctionName": "f", "LogType": "Tail", "ClientContext": "e30="`, 200, byName + " Tail e30= ",
			`"LogResult":"bG9n"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, returns(c.status, "", "X-Amz-Log-Result", map[bool]string{true: "bG9n"}[name == "logs"]))
			out, err := s.run(t, context.Background(), service(c.parameters), nil)
			require.NoError(t, err)
			require.Contains(t, out, c.want)
			require.NotContains(t, out, `"Payload"`)
			require.Equal(t, []string{c.call}, s.seen())
		})
	}
}

func TestFunctionThatFails(t *testing.T) {
	const raised = `{"errorMessage": "no", "errorType": "CustomException", "requestId": "r"}`
	for name, c := range map[string]struct{ state, payload, want, cause string }{
		"by its ARN":     {direct, raised, "CustomException", raised},
		"by the service": {service(`"FunctionName": "f"`), raised, "CustomException", `{"errorMessage":"no","errorType":"CustomException","requestId":"r"}`},
		"without a type": {direct, `{"errorMessage": "gone"}`, "Lambda.Unknown", `Returned payload: {"errorMessage": "gone"}`},
		"out of time":    {direct, `{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}`, lambdatask.SandboxTimedout, "after 3.00"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, returns(200, c.payload, "X-Amz-Function-Error", "Unhandled"))
			_, err := s.run(t, context.Background(), c.state, nil)
			var failed *interpreter.ExecutionError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, c.want, failed.Name)
			require.Contains(t, failed.Cause, c.cause)
		})
	}
}

func TestErrorsOfTheService(t *testing.T) {
	for name, c := range map[string]struct {
		answer      http.HandlerFunc
		want, cause string
	}{
		"not found": {fault(404, "ResourceNotFoundException", "Function not found: f:$LATEST"), "Lambda.ResourceNotFoundException",
			"Function not found: f:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: the-request; Proxy: null)"},
		"throttled": {fault(429, "TooManyRequestsException", "Rate exceeded"), lambdatask.TooManyRequestsException, "Rate exceeded (Service: AWSLambda; Status Code: 429;"},
		"service":   {fault(500, "ServiceException", "broken"), lambdatask.ServiceException, "broken (Service"},
		"no name":   {returns(502, "oops"), lambdatask.AWSLambdaException, "Status Code: 502"},
		"denied":    {fault(403, "AccessDeniedException", "no"), "Lambda.AccessDeniedException", "no (Service"},
		"aborted":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, lambdatask.SdkClientException, "EOF"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("{"))
		}, lambdatask.SdkClientException, ""},
		"too much": {returns(200, `"`+strings.Repeat("x", 256<<10)+`"`), asl.StatesDataLimitExceeded, "The state/task 'arn:aws:lambda:us-east-1:111111111111:function:f' returned a result with a size exceeding"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			_, err := s.run(t, context.Background(), direct, nil)
			require.ErrorIs(t, err, &asl.Error{Name: c.want})
			require.ErrorContains(t, err, c.cause)
			require.Len(t, s.seen(), 1, "the client tried again")
		})
	}
}

func TestPayloadThatIsTooLargeToSend(t *testing.T) {
	s := serve(t, returns(200, "1"))
	client := awslambda.New(awslambda.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.URL),
		Credentials: aws.AnonymousCredentials{}})
	_, err := lambda.New(client).Invoke(context.Background(), &lambdatask.Request{
		FunctionName: "f", Payload: bytes.Repeat([]byte("x"), maxRequest+1)})
	require.ErrorIs(t, err, &asl.Error{Name: "Lambda.RequestTooLargeException"})
}

// eager responds before it has read the request, as a server may. net/http then sends
// the rest while the response is read.
type eager struct{ request io.ReadCloser }

func (c *eager) Do(r *http.Request) (*http.Response, error) {
	c.request = r.Body
	return &http.Response{StatusCode: 200, Body: io.NopCloser(c)}, nil
}

func (c *eager) Read([]byte) (int, error) {
	if _, err := io.Copy(io.Discard, c.request); err != nil {
		return 0, fmt.Errorf("sending the request: %w", err)
	}
	return 0, io.EOF
}

func TestAnswerBeforeTheRequestIsSent(t *testing.T) {
	client := awslambda.New(awslambda.Options{Region: "us-east-1", HTTPClient: &eager{}, Credentials: aws.AnonymousCredentials{}})
	answer, err := lambda.New(client).Invoke(context.Background(), &lambdatask.Request{FunctionName: "f", Payload: []byte("{}")})
	require.NoError(t, err)
	require.Equal(t, 200, answer.StatusCode)
}

func TestThrottledCallIsRetriedByTheState(t *testing.T) {
	n := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n < 3 { // one call at a time
			fault(429, "TooManyRequestsException", "Rate exceeded")(w, r)
			return
		}
		returns(200, "3")(w, r)
	})
	out, err := s.run(t, context.Background(), direct+`, "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 0}]`, nil)
	require.NoError(t, err)
	require.Equal(t, "3", out)
	require.Len(t, s.seen(), 3)
}

func TestCallOfATaskThatTimesOutIsEnded(t *testing.T) {
	ended := make(chan struct{})
	clock := interpreter.NewManualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		clock.Advance(time.Minute)
		<-r.Context().Done()
		close(ended)
	})
	s.clock = clock
	_, err := s.run(t, context.Background(), direct+`, "TimeoutSeconds": 60`, nil)
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTimeout})
	<-ended
}

// raw responds with a string and repeats another one until the client has closed the
// connection.
func raw(text, again string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, err = io.WriteString(conn, text)
		for block := strings.Repeat(again, 1+4096/max(len(again), 1)); err == nil && again != ""; {
			_, err = io.WriteString(conn, block)
		}
		_, _ = io.Copy(io.Discard, conn)
	}
}

// The status of a response decides. A body that does not end is not read to its end.
func TestAnswerThatDoesNotEndFailsTheTask(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"101":              {raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", ""), lambdatask.SdkClientException},
		"101 that talks":   {raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "x"), lambdatask.SdkClientException},
		"103 for ever":     {raw("", "HTTP/1.1 103 Early Hints\r\n\r\n"), lambdatask.SdkClientException},
		"200":              {raw("HTTP/1.1 200 OK\r\n\r\n", "x"), lambdatask.SdkClientException},
		"200 in chunks":    {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "400\r\n"+strings.Repeat("x", 1024)+"\r\n"), lambdatask.SdkClientException},
		"404":              {raw("HTTP/1.1 404 Not Found\r\nX-Amzn-Errortype: ResourceNotFoundException\r\n\r\n", "x"), lambdatask.Unknown},
		"500":              {raw("HTTP/1.1 500 Sorry\r\n\r\n", "x"), lambdatask.AWSLambdaException},
		"302 to nowhere":   {raw("HTTP/1.1 302 Found\r\n\r\n", "x"), lambdatask.Unknown},
		"a function error": {raw("HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\n\r\n", "x"), lambdatask.SdkClientException},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			_, err := s.run(t, context.Background(), direct, nil)
			require.ErrorIs(t, err, &asl.Error{Name: c.want})
			require.Less(t, len(err.Error()), 2<<10)
		})
	}
}
