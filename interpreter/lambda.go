package interpreter

import (
	"context"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/arn"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Errors of the Lambda service that a Retrier names: AWS advises to retry the
// first four.
const (
	ErrLambdaServiceException         = "Lambda.ServiceException"
	ErrLambdaAWSLambdaException       = "Lambda.AWSLambdaException"
	ErrLambdaSdkClientException       = "Lambda.SdkClientException"
	ErrLambdaTooManyRequestsException = "Lambda.TooManyRequestsException"
	ErrLambdaUnknown                  = "Lambda.Unknown"
	ErrSandboxTimedout                = "Sandbox.Timedout"
)

// LambdaRequest is a call of the Lambda Invoke API.
type LambdaRequest struct {
	FunctionName   string // name, partial or whole ARN
	Qualifier      string // version or alias; may be empty
	InvocationType string // RequestResponse, Event, DryRun; empty is the first
	LogType        string // None, Tail; may be empty
	ClientContext  string // base64; may be empty
	Payload        []byte // JSON text; nil: none
}

// LambdaResponse is the answer to it.
type LambdaResponse struct {
	Metadata
	FunctionError   string // Handled, Unhandled; empty: the function succeeded
	ExecutedVersion string
	LogResult       string
	Payload         []byte // nil: none
}

// Invoker calls Lambda functions. An error that is, or wraps, an [asl.Error]
// fails the task with that name, such as [ErrLambdaTooManyRequestsException]; any
// other is Lambda.SdkClientException. It must not retry by itself: the definition
// says what is tried again.
type Invoker interface {
	Invoke(ctx context.Context, r *LambdaRequest) (*LambdaResponse, error)
}

// InvokerFunc is a function as an [Invoker].
type InvokerFunc func(ctx context.Context, r *LambdaRequest) (*LambdaResponse, error)

// Invoke calls the function.
func (f InvokerFunc) Invoke(ctx context.Context, r *LambdaRequest) (*LambdaResponse, error) {
	return f(ctx, r)
}

// Lambda returns a resolver of Lambda functions: by their own ARN, whose result is
// what the function returned, and by arn:aws:states:::lambda:invoke, whose result
// is the answer of the Invoke API. It is a [Handler] of both at the same time.
func Lambda(i Invoker) *LambdaTasks { return &LambdaTasks{i} }

// LambdaTasks handles tasks with an [Invoker]. Make it with [Lambda].
type LambdaTasks struct{ invoker Invoker }

// Resolve returns the handler of a Lambda resource.
func (l *LambdaTasks) Resolve(_, resource string) (Handler, bool) {
	r := machine.ParseResource(resource)
	if r.Service == "lambda" && r.Action == "invoke" {
		return l, r.Pattern == machine.RequestResponse || r.Pattern == machine.WaitForTaskToken
	}
	_, _, ok := functionOf(resource)
	return l, ok
}

// functionOf takes the ARN of a function apart: the ARN without its qualifier,
// and the qualifier.
func functionOf(resource string) (function, qualifier string, ok bool) {
	a, ok := arn.Parse(resource)
	parts := strings.Split(a.Resource, ":")
	if !ok || a.Service != "lambda" || len(parts) < 2 || len(parts) > 3 || parts[0] != "function" || parts[1] == "" {
		return "", "", false
	}
	if len(parts) == 3 {
		qualifier = parts[2]
		resource = resource[:len(resource)-len(":")-len(qualifier)]
	}
	return resource, qualifier, true
}

// Handle calls the function.
func (l *LambdaTasks) Handle(ctx context.Context, task *Task) (any, error) {
	if task.Resource.Kind == machine.Service {
		return l.service(ctx, task)
	}
	function, qualifier, ok := functionOf(task.Resource.Name)
	if !ok {
		return nil, asl.Errorf(asl.StatesRuntime, "%s is no function.", task.Resource.Name)
	}
	answer, err := l.invoke(ctx, &LambdaRequest{
		FunctionName: function, Qualifier: qualifier, Payload: value.Append(nil, task.Input)})
	if err != nil {
		return nil, err
	}
	if answer.FunctionError != "" {
		return nil, functionError(answer.Payload, false)
	}
	return payload(answer.Payload), nil
}

func (l *LambdaTasks) service(ctx context.Context, task *Task) (any, error) {
	r, err := lambdaRequest(task.Input)
	if err != nil {
		return nil, err
	}
	answer, err := l.invoke(ctx, r)
	if err != nil {
		return nil, err
	}
	if answer.FunctionError != "" {
		return nil, functionError(answer.Payload, true)
	}
	o := value.NewObject(6)
	if answer.ExecutedVersion != "" {
		o.Set("ExecutedVersion", answer.ExecutedVersion)
	}
	if answer.LogResult != "" {
		o.Set("LogResult", answer.LogResult)
	}
	if answer.Payload != nil {
		o.Set("Payload", payload(answer.Payload))
	}
	o.Set("SdkHttpMetadata", answer.http())
	o.Set("SdkResponseMetadata", answer.response())
	o.Set("StatusCode", int64(answer.StatusCode))
	return o, nil
}

// lambdaRequest reads the parameters of lambda:invoke.
func lambdaRequest(parameters any) (*LambdaRequest, error) {
	o, _ := parameters.(*value.Object)
	r := &LambdaRequest{}
	for _, p := range []struct {
		name string
		dst  *string
	}{{"FunctionName", &r.FunctionName}, {"Qualifier", &r.Qualifier}, {"InvocationType", &r.InvocationType},
		{"LogType", &r.LogType}, {"ClientContext", &r.ClientContext}} {
		v, ok := o.Get(p.name)
		if *p.dst, _ = v.(string); ok && *p.dst == "" {
			return nil, asl.Errorf(asl.StatesRuntime, "The parameter %s of lambda:invoke is no text.", p.name)
		}
	}
	if r.FunctionName == "" {
		return nil, asl.Errorf(asl.StatesRuntime, "The parameter FunctionName of lambda:invoke is missing.")
	}
	if v, ok := o.Get("Payload"); ok {
		r.Payload = value.Append(nil, v)
	}
	return r, nil
}

func (l *LambdaTasks) invoke(ctx context.Context, r *LambdaRequest) (*LambdaResponse, error) {
	answer, err := l.invoker.Invoke(ctx, r)
	if err == nil && answer == nil {
		return nil, asl.Errorf(ErrLambdaSdkClientException, "The Invoker returned neither a response nor an error.")
	}
	if err == nil {
		return answer, nil
	}
	if pending, named := inspectError(err); !pending && named == nil {
		return nil, asl.Errorf(ErrLambdaSdkClientException, "%s", errorText(err))
	}
	return nil, err
}

// payload is what a function returned: a text where it is no JSON.
func payload(text []byte) any {
	if len(text) == 0 {
		return nil
	}
	v, err := value.ParseVerbatim(text)
	if err != nil {
		return string(text)
	}
	return v
}

// functionError is the error of a function that failed: its type by name, and the
// whole document as the cause. A function by its ARN gives the text as it is, the
// service writes it anew (recorded).
func functionError(text []byte, compact bool) error {
	document, _ := payload(text).(*value.Object)
	kind, _ := document.Get("errorType")
	name, _ := kind.(string)
	if name == "" { // from memory, nothing is recorded of it
		return asl.Errorf(ErrLambdaUnknown, "The cause could not be determined because Lambda did not return an error type. "+
			"Returned payload: %s", text)
	}
	cause := string(text)
	if compact {
		cause = value.String(document)
	}
	return &asl.Error{Name: name, Cause: cause}
}
