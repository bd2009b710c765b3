package lambda_test

import (
	"context"
	"fmt"

	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/lambda"
	"github.com/gostates/gostates/interpreter/lambdatask"
)

// echo is a client that returns the payload of the request.
type echo struct{}

func (echo) Invoke(_ context.Context, in *awslambda.InvokeInput, _ ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error) {
	fmt.Println(*in.FunctionName, string(in.Payload))
	return &awslambda.InvokeOutput{StatusCode: 200, Payload: in.Payload}, nil
}

// A program passes awslambda.NewFromConfig(cfg) to New.
func ExampleNew() {
	functions := lambdatask.New(lambda.New(echo{}))
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Resolvers{functions}})
	defer in.Close()
	program, err := interpreter.Compile([]byte(`{"StartAt": "Charge", "States": {"Charge": {
		"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge", "End": true}}}`), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	output, err := interpreter.Run[any](context.Background(), in, program, map[string]any{"order": 7})
	fmt.Println(output, err)
	// Output:
	// arn:aws:lambda:us-east-1:123456789012:function:charge {"order":7}
	// map[order:7] <nil>
}
