package lambdatask

import (
	"context"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/internal/trusted"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Tasks is a resolver of Lambda functions and the handler of their tasks. Make it with
// [New]. It is safe for concurrent use if its Invoker is.
type Tasks struct {
	_       trusted.Resolver
	invoker Invoker
}

// New returns the Tasks that call functions with i, for the Resolver of an
// [interpreter.Config].
func New(i Invoker) *Tasks { return &Tasks{invoker: i} }

// Resolve returns the handler of a Lambda resource.
func (l *Tasks) Resolve(_, resource string) (interpreter.Handler, bool) {
	r := machine.ParseResource(resource)
	if r.Service == "lambda" && r.Action == "invoke" {
		return l, r.Pattern == machine.RequestResponse || r.Pattern == machine.WaitForTaskToken
	}
	_, _, ok := splitFunctionArn(resource)
	return l, ok
}

// splitFunctionArn returns the ARN of a function without its qualifier, and the
// qualifier, which may be empty.
func splitFunctionArn(resource string) (function, qualifier string, ok bool) {
	a, ok := asl.ParseARN(resource)
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

// Handle calls the function of a task.
func (l *Tasks) Handle(ctx context.Context, task *interpreter.Task) (any, error) {
	if task.Resource.Kind == machine.Service {
		return l.invokeService(ctx, task)
	}
	function, qualifier, ok := splitFunctionArn(task.Resource.Name)
	if !ok {
		return nil, asl.Errorf(asl.StatesRuntime, "not a Lambda function ARN: %s", task.Resource.Name)
	}
	answer, err := l.callInvoker(ctx, &Request{
		FunctionName: function, Qualifier: qualifier, Payload: value.Append(nil, task.Input)})
	if err != nil {
		return nil, err
	}
	if answer.FunctionError != "" {
		return nil, functionError(answer.Payload, false)
	}
	return parsePayload(answer.Payload), nil
}

// invokeService handles a task of the resource lambda:invoke.
func (l *Tasks) invokeService(ctx context.Context, task *interpreter.Task) (any, error) {
	r, err := readParameters(task.Input)
	if err != nil {
		return nil, err
	}
	answer, err := l.callInvoker(ctx, r)
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
		o.Set("Payload", parsePayload(answer.Payload))
	}
	o.Set("SdkHttpMetadata", answer.SdkHttpMetadata())
	o.Set("SdkResponseMetadata", answer.SdkResponseMetadata())
	o.Set("StatusCode", int64(answer.StatusCode))
	return o, nil
}

func readParameters(parameters any) (*Request, error) {
	o, _ := parameters.(*value.Object)
	r := &Request{}
	for _, p := range []struct {
		name string
		dst  *string
	}{{"FunctionName", &r.FunctionName}, {"Qualifier", &r.Qualifier}, {"InvocationType", &r.InvocationType},
		{"LogType", &r.LogType}, {"ClientContext", &r.ClientContext}} {
		v, ok := o.Get(p.name)
		if *p.dst, _ = v.(string); ok && *p.dst == "" {
			return nil, asl.Errorf(asl.StatesRuntime, "The parameter %s of lambda:invoke must be a string that is not empty.", p.name)
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

// callInvoker calls the Invoker and names its errors.
func (l *Tasks) callInvoker(ctx context.Context, r *Request) (*Response, error) {
	answer, err := l.invoker.Invoke(ctx, r)
	if err == nil && answer == nil {
		return nil, asl.Errorf(SdkClientException, "The Invoker returned neither a response nor an error.")
	}
	if err == nil {
		return answer, nil
	}
	if pending, named := hosterr.Inspect(err, interpreter.ErrResultPending); !pending && named == nil {
		return nil, asl.Errorf(SdkClientException, "%s", hosterr.Message(err))
	}
	return nil, err
}

// parsePayload returns the value that a function returned: a string if it is not JSON.
func parsePayload(payload []byte) any {
	if len(payload) == 0 {
		return nil
	}
	v, err := value.ParseVerbatim(payload)
	if err != nil {
		return string(payload)
	}
	return v
}

// functionError returns the error of a function that failed: its errorType as the name
// and its payload as the cause. A function that is called
// by its ARN keeps the payload as it is, lambda:invoke writes it anew and compact. For a
// payload without an errorType see docs/evidence.md#lambda-unknown.
func functionError(payload []byte, compact bool) error {
	document, _ := parsePayload(payload).(*value.Object)
	kind, _ := document.Get("errorType")
	name, _ := kind.(string)
	if name == "" {
		return asl.Errorf(Unknown, "The cause could not be determined because Lambda did not return an error type. "+
			"Returned payload: %s", payload)
	}
	cause := string(payload)
	if compact {
		cause = value.String(document)
	}
	return &asl.Error{Name: name, Cause: cause}
}
