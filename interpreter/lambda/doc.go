// Package lambda invokes AWS Lambda functions for tasks of package lambdatask,
// using the client of the AWS SDK.
//
//	cfg, err := config.LoadDefaultConfig(ctx)
//	if err != nil {
//		return err
//	}
//	functions := lambdatask.New(lambda.New(awslambda.NewFromConfig(cfg)))
//	in := interpreter.New(interpreter.Config{Resolver: interpreter.Resolvers{functions}})
//
// The client does not retry by itself: a state's Retry does. The errors have the
// names that Retry uses in AWS's examples: Lambda.ServiceException,
// Lambda.AWSLambdaException, Lambda.SdkClientException and
// Lambda.TooManyRequestsException.
//
// At most 8 MiB of a response are read, 64 KiB of an error response, and nothing of
// a response that switches protocols (status 101).
package lambda
