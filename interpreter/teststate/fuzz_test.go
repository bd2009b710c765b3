package teststate_test

import (
	"context"
	"testing"

	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/interpreter/teststate"
)

// No request panics, and whatever is answered has a status.
func FuzzRun(f *testing.F) {
	for _, request := range []string{
		`{"definition": ` + task + `, "mock": {"result": "1"}, "inspectionLevel": "DEBUG"}`,
		`{"definition": ` + waits + `, "mock": {"errorOutput": {"error": "E", "cause": "c"}}, "context": {"Task": {"Token": "t"}}}`,
		`{"definition": ` + each + `, "input": "[1, 2]", "mock": {"result": "[1, 2]"}, "stateConfiguration": {"mapIterationFailureCount": 2, "retrierRetryCount": 1, "errorCausedByState": "B", "mapItemReaderData": "[]"}}`,
		`{"definition": ` + both + `, "stateName": "B", "variables": {"a": 1}, "roleArn": "r", "revealSecrets": true}`,
		`{"definition": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem", "Parameters": {"TableName": "t", "Key": {"k": {"S": "a"}}}, "End": true},
			"mock": {"result": "{\"Item\": {\"k\": {\"L\": [{\"N\": \"1\"}]}}}"}}`,
		`{"definition": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "A"}], "Default": "StateName"}}`,
		`{"definition": {"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% $states.input.n %}", "End": true}, "input": {"n": 1}}`,
	} {
		f.Add([]byte(request))
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		r, err := teststate.ParseRequest(request)
		if err != nil {
			return
		}
		for _, models := range []teststate.Models{nil, awsmodel.Models{}} {
			answer, err := teststate.Run(context.Background(), r, teststate.Options{Now: began, Models: models})
			if err == nil && answer.Status == "" {
				t.Error("an answer without a status")
			}
		}
	})
}
