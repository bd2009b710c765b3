package lambdatask

import (
	"context"

	"github.com/gostates/gostates/interpreter"
)

// Names of errors of the Lambda service, for Retriers and Invokers. AWS advises to
// retry the first four.
const (
	ServiceException         = "Lambda.ServiceException"
	AWSLambdaException       = "Lambda.AWSLambdaException"
	SdkClientException       = "Lambda.SdkClientException"
	TooManyRequestsException = "Lambda.TooManyRequestsException"
	Unknown                  = "Lambda.Unknown"   // the function failed without an error type
	SandboxTimedout          = "Sandbox.Timedout" // the function ran out of its own time
)

// Request is a call of the Lambda Invoke API.
type Request struct {
	FunctionName   string // name, partial ARN or whole ARN
	Qualifier      string // version or alias; may be empty
	InvocationType string // RequestResponse, Event or DryRun; empty means RequestResponse
	LogType        string // None or Tail; may be empty
	ClientContext  string // base64; may be empty
	Payload        []byte // JSON; nil: none
}

// Response is the answer to a [Request].
type Response struct {
	interpreter.Metadata
	FunctionError   string // Handled or Unhandled; empty: the function succeeded
	ExecutedVersion string // may be empty
	LogResult       string // base64
	Payload         []byte // nil: none
}

// Invoker calls Lambda functions. It may be called from many goroutines. An error that
// is, or wraps, an [asl.Error] fails the task with that name, such as
// [TooManyRequestsException]. Any other error fails it with [SdkClientException]. An
// Invoker must not retry: the Retry of the state does.
type Invoker interface {
	Invoke(ctx context.Context, r *Request) (*Response, error)
}

// InvokerFunc is a function as an [Invoker].
type InvokerFunc func(ctx context.Context, r *Request) (*Response, error)

// Invoke calls the function.
func (f InvokerFunc) Invoke(ctx context.Context, r *Request) (*Response, error) { return f(ctx, r) }
