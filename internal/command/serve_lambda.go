package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/lambdatask"
	"github.com/gostates/gostates/interpreter/machine"
)

// lambdaEndpoint calls the Invoke API of Lambda at a URL, without a signature.
type lambdaEndpoint struct {
	base   string
	client *http.Client
}

func newLambdaEndpoint(text string) (*lambdaEndpoint, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not a URL such as http://127.0.0.1:3001", text)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	return &lambdaEndpoint{strings.TrimSuffix(u.String(), "/"), &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// mostResponse is more than Lambda's limit for a payload, which is 6 MB.
const mostResponse = 8 << 20

// Invoke implements [lambdatask.Invoker].
func (l *lambdaEndpoint) Invoke(ctx context.Context, r *lambdatask.Request) (*lambdatask.Response, error) {
	at := l.base + "/2015-03-31/functions/" + url.PathEscape(r.FunctionName) + "/invocations"
	if r.Qualifier != "" {
		at += "?Qualifier=" + url.QueryEscape(r.Qualifier)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(r.Payload))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	for name, text := range map[string]string{
		"X-Amz-Invocation-Type": r.InvocationType, "X-Amz-Log-Type": r.LogType, "X-Amz-Client-Context": r.ClientContext,
	} {
		if text != "" {
			request.Header.Set(name, text)
		}
	}
	response, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols {
		return nil, errors.New("the server switched protocols")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, mostResponse+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > mostResponse:
		return nil, errors.New("the response has more than 8 MiB")
	case response.StatusCode < 200 || response.StatusCode > 299:
		return nil, invokeError(response, body)
	}
	answer := &lambdatask.Response{
		Metadata:        interpreter.Metadata{StatusCode: response.StatusCode, Headers: response.Header, RequestID: response.Header.Get("X-Amzn-Requestid")},
		FunctionError:   response.Header.Get("X-Amz-Function-Error"),
		ExecutedVersion: response.Header.Get("X-Amz-Executed-Version"),
		LogResult:       response.Header.Get("X-Amz-Log-Result"),
	}
	if len(body) > 0 {
		answer.Payload = body
	}
	return answer, nil
}

// invokeError returns the error of the service, as the SDK for Java shows it.
func invokeError(response *http.Response, body []byte) error {
	var fields struct{ Type, Message string }
	_ = json.Unmarshal(body, &fields) // a gateway may answer anything
	code, _, _ := strings.Cut(response.Header.Get("X-Amzn-Errortype"), ":")
	name := "Lambda." + code
	switch {
	case code == "" && response.StatusCode >= 500:
		name = lambdatask.AWSLambdaException
	case code == "":
		name = lambdatask.Unknown
	case !strings.HasSuffix(code, "Exception"):
		name += "Exception"
	}
	return &asl.Error{Name: name, Cause: fmt.Sprintf("%s (Service: AWSLambda; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)",
		fields.Message, response.StatusCode, code, response.Header.Get("X-Amzn-Requestid"))}
}

// unanswered says what would answer the tasks that nothing answers. Nested executions
// are the server's.
type unanswered struct{}

// Resolve implements [interpreter.Resolver].
func (unanswered) Resolve(_, resource string) (interpreter.Handler, bool) {
	r := machine.ParseResource(resource)
	if r.Service == "states" {
		return nil, false
	}
	option := ""
	if r.Service == "lambda" || strings.Contains(resource, ":lambda:") {
		option = " -lambda-endpoint is not given either."
	}
	return interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
		return nil, asl.Errorf(asl.StatesRuntime, "asl serve has no handler for the resource %s, and the execution was not started under a case of -mock that has the state %q.%s", resource, t.State, option)
	}), true
}
