package asl_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/value"
)

// fakeModels answer as a function does.
type fakeModels func(resource string, parameters *value.Object, jsonata bool) []string

func (f fakeModels) CheckRequest(resource string, parameters *value.Object, jsonata bool) []string {
	return f(resource, parameters, jsonata)
}

const twoTasks = `{"StartAt": "A", "States": {
	"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"a": 1}, "Next": "B"},
	"B": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "C", "States": {
		"C": {"Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken", "Arguments": {"b": "{% $states.context.Task.Token %}"}, "End": true}}}]}}}`

// messages returns the locations and messages of errors.
func messages(found asl.ErrorList) (list []string) {
	for _, d := range found {
		list = append(list, d.Location+": "+d.Message)
	}
	return list
}

// Models are asked about each Task that calls a service, and their messages
// stay in their order.
func TestModelsAreAsked(t *testing.T) {
	var asked []string
	models := fakeModels(func(resource string, parameters *value.Object, jsonata bool) []string {
		asked = append(asked, fmt.Sprint(resource, " ", parameters, " ", jsonata))
		return []string{"z", "a 100%d", "a 100%d"}
	})
	want := []string{
		"/States/A/Parameters: z", "/States/A/Parameters: a 100%d", "/States/A/Parameters: a 100%d",
		"/States/B/Branches[0]/States/C/Arguments: z", "/States/B/Branches[0]/States/C/Arguments: a 100%d", "/States/B/Branches[0]/States/C/Arguments: a 100%d",
	}
	found := asl.Validate([]byte(twoTasks), asl.Options{Resources: asl.AWSResources, Models: models})
	require.Equal(t, want, messages(found))
	require.Equal(t, []string{`arn:aws:states:::sqs:sendMessage {"a":1} false`,
		`arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken {"b":"{% $states.context.Task.Token %}"} true`}, asked)

	_, err := asl.ParseValid([]byte(twoTasks), asl.Options{Resources: asl.AWSResources, Models: models})
	require.Error(t, err)
	m, err := asl.ParseValid([]byte(twoTasks), asl.Options{Models: models})
	require.NoError(t, err, "any resources")
	require.Equal(t, want, messages(asl.CheckRequests(m, models)))
}

// A Task that names no service of AWS is not checked by CheckRequests, one
// without parameters is refused.
func TestCheckRequests(t *testing.T) {
	for resource, want := range map[string][]string{
		"own": nil,
		"arn:aws:lambda:us-east-1:111111111111:function:f": nil,
		"arn:aws:states:us-east-1:111111111111:activity:a": nil,
		"arn:aws:states:::aws-sdk:sqs:sendMessage":         {"/States/T: Parameters field is required for resource ARN: arn:aws:states:::aws-sdk:sqs:sendMessage"},
		"arn:aws:states:::lambda:invoke.waitForTaskToken":  {"/States/T: Parameters field is required for resource ARN: arn:aws:states:::lambda:invoke.waitForTaskToken"},
	} {
		m, err := asl.Parse([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "` + resource + `", "End": true}}}`))
		require.NoError(t, err)
		require.Equal(t, want, messages(asl.CheckRequests(m, awsmodel.Models{})), resource)
	}
}

// Models may panic and may say too much.
func TestHostileModels(t *testing.T) {
	o := asl.Options{Resources: asl.AWSResources, Models: fakeModels(func(string, *value.Object, bool) []string { panic("broken") })}
	found := asl.Validate([]byte(twoTasks), o)
	require.Equal(t, []string{"/States/A/Parameters: the models panicked: broken", "/States/B/Branches[0]/States/C/Arguments: the models panicked: broken"}, messages(found))

	o.Models = fakeModels(nil) // calls a nil function
	require.Len(t, asl.Validate([]byte(twoTasks), o), 2)

	o.Models = fakeModels(func(string, *value.Object, bool) []string { return make([]string, 50_000) })
	found = asl.Validate([]byte(twoTasks), o)
	require.True(t, found.Truncated())
	errors, _ := found.Count()
	require.Equal(t, 100_000, errors)
}

// For the integrations whose required parameters were measured, the models say
// the same.
func TestModelsAgreeWithMeasuredParameters(t *testing.T) {
	for _, call := range []string{"lambda:invoke", "sqs:sendMessage", "sns:publish", "dynamodb:putItem", "dynamodb:getItem",
		"states:startExecution", "events:putEvents", "ecs:runTask", "glue:startJobRun"} {
		text := []byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::` + call + `", "Parameters": {}, "End": true}}}`)
		measured := asl.Validate(text, asl.Options{Resources: asl.AWSResources})
		require.NotEmpty(t, measured, call)
		require.Equal(t, measured, asl.Validate(text, asl.Options{Resources: asl.AWSResources, Models: awsmodel.Models{}}), call)
	}
}
