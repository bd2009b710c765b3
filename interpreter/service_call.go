package interpreter

import (
	"context"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Call is a task that calls an AWS service: arn:aws:states:::service:action with a
// pattern, or arn:aws:states:::aws-sdk:service:action.
type Call struct {
	Service string                     // "sqs"; for an SDK integration with its prefix, "aws-sdk:sqs"
	Action  string                     // "sendMessage"
	Pattern machine.IntegrationPattern // how the task waits for the call
	Region  string                     // of the state machine
	Input   *value.Object              // the evaluated Parameters; empty if they are not an object
	Task    *Task
}

// ServiceFunc makes a [Handler] from a function that performs calls of a service,
// such as the host's own or an emulator's. The output of f is the result. For a
// .waitForTaskToken call it is the response of the call; the result comes by the
// token, which is in the parameters. For a .sync call f may pass the response of
// the start to [Task.Submitted], and return the outcome of the job, or
// [ErrResultPending] to send it later by the token.
//
// Errors should have AWS's names: "SQS.QueueDoesNotExistException" for a service,
// "Sqs.QueueDoesNotExistException" for the SDK, States.TaskFailed for a job.
func ServiceFunc(f func(ctx context.Context, c *Call) (any, error)) Handler {
	return HandlerFunc(func(ctx context.Context, task *Task) (any, error) {
		if task.Resource.Kind != machine.Service {
			return nil, asl.Errorf(asl.StatesRuntime, "Not the resource of a service integration: %s.", task.Resource.Name)
		}
		input, ok := task.Input.(*value.Object)
		if !ok {
			input = emptyInput
		}
		r := task.Resource
		return f(ctx, &Call{r.Service, r.Action, r.Pattern, r.Region, input, task})
	})
}

// Services is a [Resolver] of service calls by service and action, for any pattern:
// "sqs:sendMessage", "aws-sdk:dynamodb:putItem". A * matches any string, as in
// [Mux]. Its handlers are usually made by [ServiceFunc].
type Services Mux

// Resolve returns the handler of a call.
func (s Services) Resolve(_, resource string) (Handler, bool) {
	r := machine.ParseResource(resource)
	if r.Kind != machine.Service {
		return nil, false
	}
	return Mux(s).Resolve("", r.Service+":"+r.Action)
}
