// Package lambda calls Lambda functions with the AWS SDK's client, for the tasks of
// package interpreter.
//
//	cfg, err := config.LoadDefaultConfig(ctx)
//	if err != nil {
//		return err
//	}
//	functions := interpreter.Lambda(lambda.New(awslambda.NewFromConfig(cfg)))
//	in := interpreter.New(interpreter.Config{Resolver: interpreter.Resolvers{functions}})
//
// The client tries nothing again by itself: the Retry of a state says what is tried
// again, and the errors have the names that AWS's examples retry:
// Lambda.ServiceException, Lambda.AWSLambdaException, Lambda.SdkClientException and
// Lambda.TooManyRequestsException.
//
// At most 8 MiB of an answer are read, 64 KiB of an error, and nothing of an answer that
// switches protocols (101).
package lambda
