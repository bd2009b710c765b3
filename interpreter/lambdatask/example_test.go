package lambdatask_test

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/lambdatask"
)

func ExampleNew() {
	program, err := interpreter.Compile([]byte(`{"StartAt": "Charge", "States": {"Charge": {"Type": "Task",
		"Resource": "arn:aws:lambda:us-east-1:111111111111:function:charge:prod", "End": true}}}`), interpreter.Options{})
	if err != nil {
		panic(err)
	}
	invoke := lambdatask.InvokerFunc(func(_ context.Context, r *lambdatask.Request) (*lambdatask.Response, error) {
		return &lambdatask.Response{Payload: []byte(`"paid by ` + r.Qualifier + `"`)}, nil
	})
	in := interpreter.New(interpreter.Config{Resolver: lambdatask.New(invoke)})
	defer in.Close()
	fmt.Println(interpreter.Run[string](context.Background(), in, program, nil))
	// Output: paid by prod <nil>
}
