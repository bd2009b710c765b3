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
// Of an answer at most 8 MiB are read, of an error 64 KiB, and none of one that is not
// HTTP any more (101).
package lambda
