package interpreter

import (
	"context"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Call is a task that calls an AWS service: arn:aws:states:::service:action with
// its pattern, or arn:aws:states:::aws-sdk:service:action.
type Call struct {
	Service string // "sqs"; of an SDK integration with its prefix: "aws-sdk:sqs"
	Action  string // "sendMessage"
	Pattern machine.IntegrationPattern
	Region  string        // of the state machine
	Input   *value.Object // Parameters, evaluated; empty where they are no object
	Task    *Task
}

// ServiceFunc makes a [Handler] of a function that answers calls of a service: a
// host's own, or that of an emulator. What it returns is the result. Of a
// .waitForTaskToken call it is the answer of the call, and the result comes by the
// token, which is in the parameters. A .sync call may tell what the start
// answered with [Task.Submitted], and return the job's outcome when it has ended,
// or [ErrResultPending] to answer later by the token.
//
// Errors are named as AWS does it: "SQS.QueueDoesNotExistException" of a service,
// "Sqs.QueueDoesNotExistException" of the SDK, States.TaskFailed of a job.
func ServiceFunc(f func(ctx context.Context, c *Call) (any, error)) Handler {
	return HandlerFunc(func(ctx context.Context, task *Task) (any, error) {
		if task.Resource.Kind != machine.Service {
			return nil, asl.Errorf(asl.StatesRuntime, "%s is not a service integration.", task.Resource.Name)
		}
		input, ok := task.Input.(*value.Object)
		if !ok {
			input = emptyInput
		}
		r := task.Resource
		return f(ctx, &Call{r.Service, r.Action, r.Pattern, r.Region, input, task})
	})
}

// Services is a [Resolver] of service calls by service and action, whatever their
// pattern: "sqs:sendMessage", "aws-sdk:dynamodb:putItem". A * stands for any text,
// as in [Mux]. Its handlers are made by [ServiceFunc], or any others.
type Services Mux

// Resolve returns the handler of a call.
func (s Services) Resolve(_, resource string) (Handler, bool) {
	r := machine.ParseResource(resource)
	if r.Kind != machine.Service {
		return nil, false
	}
	return Mux(s).Resolve("", r.Service+":"+r.Action)
}
