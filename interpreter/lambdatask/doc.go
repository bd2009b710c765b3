// Package lambdatask runs tasks with Lambda functions: by the ARN of a function, whose
// result is the function's own, and by arn:aws:states:::lambda:invoke, whose result is
// the answer of the Invoke API. It calls the functions with an [Invoker].
//
//	invoke := func(ctx context.Context, r *lambdatask.Request) (*lambdatask.Response, error) {
//		return &lambdatask.Response{Payload: []byte(`"paid"`)}, nil
//	}
//	in := interpreter.New(interpreter.Config{
//		Resolver: interpreter.Resolvers{functions, lambdatask.New(lambdatask.InvokerFunc(invoke))},
//	})
//
// The Invoker of the AWS SDK's client is a module of its own,
// github.com/gostates/gostates/interpreter/lambda.
//
// # Errors
//
// A function that fails gives its errorType as the name of the error and its whole
// payload as the cause, or [Unknown] if the payload has no errorType. An error of the
// Invoker keeps its name if it is an [asl.Error] and is [SdkClientException] otherwise.
// Wrong parameters are States.Runtime, which nothing catches.
package lambdatask
