package interpreter_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

func TestServiceCallsAreHandedOverWithTheirParts(t *testing.T) {
	echo := interpreter.ServiceFunc(func(_ context.Context, c *interpreter.Call) (any, error) {
		return fmt.Sprintf("%s %s %d %s %s", c.Service, c.Action, c.Pattern, c.Region, value.String(c.Input)), nil
	})
	in := open(t, interpreter.Config{Resolver: interpreter.Services{
		"sqs:sendMessage":    echo,
		"aws-sdk:dynamodb:*": echo,
		"ecs:runTask":        echo,
	}})
	for resource, want := range map[string]string{
		"sqs:sendMessage":          `"sqs sendMessage 0 us-east-1 {\"a\":1}"`,
		"aws-sdk:dynamodb:getItem": `"aws-sdk:dynamodb getItem 0 us-east-1 {\"a\":1}"`,
		"ecs:runTask.sync":         `"ecs runTask 1 us-east-1 {\"a\":1,\"StartedBy\":\"AWS Step Functions\"}"`,
	} {
		t.Run(resource, func(t *testing.T) {
			got, err := output(t, in, oneState(`"Resource": "arn:aws:states:::`+resource+`", "Parameters": {"a": 1}`), nil)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	p := compile(t, oneState(`"Resource": "arn:aws:states:::sns:publish"`))
	require.ErrorContains(t, in.Check(p), `no handler for the resource "arn:aws:states:::sns:publish"`)
}

func TestServiceCallThatWaitsForItsToken(t *testing.T) {
	tokens := make(chan string, 1)
	in := open(t, interpreter.Config{Resolver: interpreter.Services{
		"sqs:*": interpreter.ServiceFunc(func(_ context.Context, c *interpreter.Call) (any, error) {
			token, _ := c.Input.Get("Token")
			tokens <- token.(string)
			return map[string]string{"MessageId": "1"}, nil
		}),
	}})
	p := compile(t, oneState(`"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"Token.$": "$$.Task.Token"}`))
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, in.SendTaskSuccess(background, <-tokens, "approved"))
	require.NoError(t, e.Wait(background))
	out, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, "approved", out)
}

func TestServiceErrorsHaveTheirNames(t *testing.T) {
	in := open(t, interpreter.Config{Resolver: interpreter.Mux{"*": interpreter.ServiceFunc(
		func(context.Context, *interpreter.Call) (any, error) {
			return nil, asl.Errorf("SQS.QueueDoesNotExistException", "no")
		})}})
	_, err := output(t, in, oneState(`"Resource": "arn:aws:states:::sqs:sendMessage"`), nil)
	require.ErrorIs(t, err, &asl.Error{Name: "SQS.QueueDoesNotExistException"})
	_, err = output(t, in, oneState(`"Resource": "work"`), nil)
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesRuntime})
	require.EqualValues(t, 0, machine.RequestResponse)
}

func oneState(fields string) string {
	return `{"StartAt": "Work", "States": {"Work": {"Type": "Task", ` + fields + `, "End": true}}}`
}

func output(t *testing.T, in *interpreter.Interpreter, definition string, input any) (string, error) {
	t.Helper()
	e, err := in.Start(background, compile(t, definition), input, interpreter.StartOptions{})
	require.NoError(t, err)
	if err := e.Wait(background); err != nil {
		return "", err
	}
	out, err := e.Output()
	return value.String(out), err
}
