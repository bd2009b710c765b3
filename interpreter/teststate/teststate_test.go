package teststate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/teststate"
	"github.com/gostates/gostates/value"
)

var began = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

// ask runs a request in the API's JSON and returns the response's JSON or the error's
// message.
func ask(t *testing.T, request string, o teststate.Options) string {
	t.Helper()
	o.Now = began
	r, err := teststate.ParseRequest([]byte(request))
	var answer *teststate.Response
	if err == nil {
		answer, err = teststate.Run(context.Background(), r, o)
	}
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal(answer)
	require.NoError(t, err)
	return string(text)
}

const (
	task   = `{"Type": "Task", "Resource": "f", "End": true}`
	waits  = `{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"t.$": "$$.Task.Token"}, "End": true}`
	branch = `{"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}`
	each   = `{"Type": "Map", "ItemProcessor": ` + branch + `, "End": true}`
	reads  = `{"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/rows/all"}},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`
	both = `{"Type": "Parallel", "Branches": [` + branch + `], "End": true}`
)

func TestRefusedRequests(t *testing.T) {
	const contexts = `ValidationException: Invalid Context object provided: `
	for name, tt := range map[string]struct{ request, want string }{
		"no JSON":                    {`{`, `ParamValidationError: `},
		"no object":                  {`[]`, `ParamValidationError: The request must be a JSON object`},
		"empty state name":           {`{"definition": ` + task + `, "stateName": ""}`, "ParamValidationError: Parameter validation failed:\nInvalid length for parameter stateName, value: 0, valid min length: 1"},
		"text of another type":       {`{"definition": 7}`, "ParamValidationError: Parameter validation failed:\nInvalid type for parameter definition, value: 7, type: number, valid types: string"},
		"negative count":             {`{"stateConfiguration": {"retrierRetryCount": -1}}`, "ParamValidationError: Parameter validation failed:\nInvalid range for parameter retrierRetryCount, value: -1, valid min value: 0"},
		"flag of another type":       {`{"revealSecrets": 1}`, "ParamValidationError: Parameter validation failed:\nInvalid type for parameter revealSecrets, value: 1, type: number, valid types: boolean"},
		"mock of another type":       {`{"mock": 1}`, "ParamValidationError: Parameter validation failed:\nInvalid type for parameter mock, value: 1, type: number, valid types: object"},
		"level":                      {`{"definition": ` + task + `, "inspectionLevel": "ALL"}`, "ValidationException: 1 validation error detected: Value 'ALL' at 'inspectionLevel' failed to satisfy constraint: Member must satisfy enum value set: [INFO, DEBUG, TRACE]"},
		"mode":                       {`{"definition": ` + task + `, "mock": {"result": "1", "fieldValidationMode": "X"}}`, "ValidationException: 1 validation error detected: Value 'X' at 'mock.fieldValidationMode' failed to satisfy constraint: Member must satisfy enum value set: [STRICT, PRESENT, NONE]"},
		"definition no JSON":         {`{"definition": "x"}`, "InvalidDefinition: Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: "},
		"definition no object":       {`{"definition": []}`, "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object at null'"},
		"definition with error":      {`{"definition": {"Type": "Pass", "InputPath": "x", "End": true}}`, "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "},
		"JSONata with error":         {`{"definition": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% ( %}", "End": true}}`, "InvalidDefinition: Invalid State Machine Definition: '"},
		"unknown state":              {`{"definition": ` + branch + `, "stateName": "C"}`, "ValidationException: State not found in definition"},
		"input no JSON":              {`{"definition": {"Type": "Succeed"}, "input": "{"}`, "InvalidExecutionInput: Invalid State Machine Execution Input: '"},
		"variables no object":        {`{"definition": {"Type": "Succeed"}, "variables": []}`, "ValidationException: Variables must be a JSON object"},
		"task without a role":        {`{"definition": ` + task + `}`, "ValidationException: RoleArn must be specified when testing a Task state"},
		"token without a mock":       {`{"definition": ` + waits + `, "roleArn": "r"}`, "InvalidDefinition: "},
		"map without a mock":         {`{"definition": ` + each + `}`, "InvalidDefinition: TestState API does not support Map or Parallel states."},
		"mock of a Choice":           {`{"definition": {"Type": "Wait", "Seconds": 1, "End": true}, "mock": {"result": "1"}}`, "ValidationException: State type 'Wait' is not supported when a mock is specified"},
		"mock of nothing":            {`{"definition": ` + task + `, "mock": {}}`, "ValidationException: One of the following fields is required for a test mock: [result, errorOutput]."},
		"mock of both":               {`{"definition": ` + task + `, "mock": {"result": "1", "errorOutput": {"error": "E"}}}`, "ValidationException: A test mock should have only one of the following fields: [result, errorOutput]."},
		"mock of a cause alone":      {`{"definition": ` + task + `, "mock": {"errorOutput": {"cause": "c"}}}`, "ValidationException: An error was not specified in the mocked error output."},
		"mock of no error":           {`{"definition": ` + task + `, "mock": {"errorOutput": {}}}`, "ValidationException: An error was not specified in the mocked error output."},
		"null of a service":          {`{"definition": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "End": true}, "mock": {"result": "null"}}`, "ValidationException: Mocked result must be a valid JSON object."},
		"too few results":            {`{"definition": ` + each + `, "input": "[1, 2]", "mock": {"result": "[1]"}}`, "ValidationException: Input array does not equal the mocked result array's size"},
		"too many results":           {`{"definition": ` + each + `, "input": "[]", "mock": {"result": "[1]"}}`, "ValidationException: Input array does not equal the mocked result array's size"},
		"reader without data":        {`{"definition": ` + reads + `, "mock": {"result": "[1]"}}`, "ValidationException: ItemReader data must be specified when testing a Map state with ItemReader specified."},
		"failed items of a Task":     {`{"definition": ` + task + `, "mock": {"result": "1"}, "stateConfiguration": {"mapIterationFailureCount": 1}}`, "ValidationException: MapIterationFailureCount is only supported when testing a Map state."},
		"failed items of a Parallel": {`{"definition": ` + both + `, "mock": {"result": "[1]"}, "stateConfiguration": {"mapIterationFailureCount": 0}}`, "ValidationException: MapIterationFailureCount is only supported when testing a Map state."},
		"secrets":                    {`{"definition": ` + task + `, "mock": {"result": "1"}, "revealSecrets": true}`, "ValidationException: TestState does not support RevealSecrets when a mock is specified."},
		"retries without mock":       {`{"definition": ` + task + `, "stateConfiguration": {"retrierRetryCount": 1}}`, "ValidationException: TestState does not support RetrierRetryCount when a mock is not specified."},
		"branches":                   {`{"definition": ` + both + `, "mock": {"result": "[1, 2]"}}`, "ValidationException: Mocked result must contain the same number of items as number of Parallel branches."},
		"failed items":               {`{"definition": ` + each + `, "input": "[1]", "mock": {"errorOutput": {"error": "E"}}, "stateConfiguration": {"mapIterationFailureCount": 2}}`, "ValidationException: Map iteration failure count must be less than or equal to the number of Map iterations"},
		"context no object":          {`{"definition": ` + task + `, "mock": {"result": "1"}, "context": []}`, contexts + "must be a JSON object"},
		"context section":            {`{"definition": ` + task + `, "mock": {"result": "1"}, "context": {"State": 1}}`, contexts + "State must be an object"},
		"context number":             {`{"definition": ` + task + `, "mock": {"result": "1"}, "context": {"State": {"RetryCount": "1"}}}`, contexts + "State.RetryCount must be a number"},
		"context token":              {`{"definition": ` + task + `, "mock": {"result": "1"}, "context": {"Task": {"Token": "t"}}}`, contexts + "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern"},
		"context token of a Map":     {`{"definition": ` + each + `, "mock": {"result": "[]"}, "context": {"Task": {"Token": "t"}}}`, contexts + "Field 'Task' is not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, tt.request, teststate.Options{})
			require.Equal(t, tt.want, got[:min(len(got), len(tt.want))], got)
		})
	}
}

// MaxItems of an ItemReader is evaluated like the fields of an ItemBatcher.
func TestMaxItemsOfAnItemReader(t *testing.T) {
	const processor = `"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`
	path := func(maxItems string) string {
		return `{"Type": "Map", "InputPath": "$.in", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
			"ReaderConfig": {"InputType": "JSONL", ` + maxItems + `}}, "ItemSelector": {"v.$": "$$.Map.Item.Value"}, ` + processor
	}
	expression := `{"Type": "Map", "QueryLanguage": "JSONata", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": "b", "Key": "k"},
			"ReaderConfig": {"InputType": "JSONL", "MaxItems": "{% $states.input.in.n %}"}}, "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"}, ` + processor
	const two = `{"output":"[1,2]","inspectionData":`
	for name, tt := range map[string]struct{ definition, n, want string }{
		"a number":                   {path(`"MaxItems": 2`), `9`, two},
		"a path":                     {path(`"MaxItemsPath": "$.n"`), `2`, two},
		"a path to a numeric string": {path(`"MaxItemsPath": "$.n"`), `"2"`, two},
		"a path to no integer":       {path(`"MaxItemsPath": "$.n"`), `1.5`, `{"error":"States.Runtime","cause":"The MaxItemsPath field refers to value \"1.5\" which is not a valid integer: $.n"`},
		"a path to nothing":          {path(`"MaxItemsPath": "$.m"`), `1`, `{"error":"States.Runtime",`},
		"a negative number":          {path(`"MaxItemsPath": "$.n"`), `-1`, `{"error":"States.ItemReaderFailed","cause":"field MaxItems must be positive"`},
		"an expression":              {expression, `2`, two},
		"an expression, no integer":  {expression, `1.5`, `{"error":"States.QueryEvaluationError","cause":"The ItemReader/ReaderConfig/MaxItems field cannot be parsed as an integer: 1.5"`},
		"an expression, no number":   {expression, `[]`, `{"error":"States.QueryEvaluationError",`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, `{"definition": `+tt.definition+`, "input": "{\"in\": {\"n\": `+strings.ReplaceAll(tt.n, `"`, `\"`)+`}}", "inspectionLevel": "DEBUG",
				"mock": {"result": "[1, 2]"}, "stateConfiguration": {"mapItemReaderData": "1\n2\n3\n"}}`, teststate.Options{})
			require.Equal(t, tt.want, got[:min(len(got), len(tt.want))], got)
			if tt.want == two {
				require.Contains(t, got, `"afterItemSelector":"[{\"v\":1}, {\"v\":2}]"`)
			}
		})
	}
}

func TestStates(t *testing.T) {
	const csv = `{"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 2}},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "ItemSelector": {"v.$": "$$.Map.Item.Value"}, "End": true}`
	for name, tt := range map[string]struct{ request, want string }{
		"a loop ends where the state is left": {`{"definition": {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "B"}}}, "stateName": "B"}`,
			`{"output":"{}","nextState":"B","status":"SUCCEEDED"}`},
		"a wait takes no time": {`{"definition": {"Type": "Wait", "Seconds": 299, "Next": "B"}}`,
			`{"output":"{}","nextState":"B","status":"SUCCEEDED"}`},
		"five minutes are too long": {`{"definition": {"Type": "Wait", "Seconds": 301, "Next": "B"}}`,
			`{"error":"States.Timeout","status":"FAILED"}`},
		"a Fail without a name": {`{"definition": {"Type": "Fail"}}`,
			`{"status":"FAILED"}`},
		"the causes of failures name no state": {`{"definition": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.x %}", "End": true}}`,
			`{"error":"States.QueryEvaluationError","cause":"The JSONata expression '$states.input.x' specified for the field 'Output' returned nothing (undefined).","status":"FAILED"}`},
		"a Catcher that fails": {`{"definition": {"Type": "Task", "QueryLanguage": "JSONata", "Resource": "f", "Catch": [{"ErrorEquals": ["E"], "Output": "{% $x %}", "Next": "B"}], "End": true}, "mock": {"errorOutput": {"error": "E"}}}`,
			`{"error":"States.QueryEvaluationError","cause":"The JSONata expression '$x' specified for the field 'Catch[0]/Output' returned nothing (undefined).","status":"FAILED"}`},
		"a failure of the result": {`{"definition": {"Type": "Parallel", "ResultPath": "$.a", "Branches": [` + branch + `], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true}, "input": "1", "mock": {"result": "[2]"}}`,
			`{"error":"States.ReferencePathConflict","cause":"`},
		"no role is null": {`{"definition": {"Type": "Pass", "Parameters": {"r.$": "$$.Execution.RoleArn", "id.$": "$$.Execution.Id", "s.$": "$$.State"}, "End": true}}`,
			`{"output":"{\"r\":null,\"s\":{\"Name\":\"StateName\",\"EnteredTime\":\"2024-01-02T03:04:05.000Z\"},\"id\":\"arn:aws:states:us-east-1:000000000000:express:StateMachine:TestState\"}","status":"SUCCEEDED"}`},
		"a token": {`{"definition": ` + waits + `, "mock": {"result": "1"}, "context": {"Task": {"Token": "t"}}, "inspectionLevel": "DEBUG"}`,
			`{"output":"1","inspectionData":{"input":"{}","afterInputPath":"{}","afterParameters":"{\"t\":\"t\"}","result":"1","afterResultSelector":"1","afterResultPath":"1"},"status":"SUCCEEDED"}`},
		"items of a reader, one a line": {`{"definition": {"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "JSONL"}},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}},
			"ItemSelector": {"n.$": "$$.Map.Item.Value.n"}, "ToleratedFailurePercentage": 49, "End": true},
			"mock": {"result": "[1, 2]"}, "inspectionLevel": "DEBUG", "stateConfiguration": {"mapIterationFailureCount": 1, "mapItemReaderData": "{\"n\": 1}\n{\"n\": 2}\n"}}`,
			`{"error":"States.ExceedToleratedFailureThreshold","cause":"The specified tolerated failure threshold was exceeded","inspectionData":{"input":"{}","afterInputPath":"{}","maxConcurrency":0,"afterItemSelector":"[{\"n\":1}, {\"n\":2}]","toleratedFailurePercentage":49.0},"status":"FAILED"}`},
		"batches": {`{"definition": {"Type": "Map", "ItemSelector": {"n.$": "$$.Map.Item.Value"}, "ItemBatcher": {"MaxItemsPerBatchPath": "$.size", "BatchInput": {"all.$": "$.items", "v.$": "$v"}},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}},
			"ItemsPath": "$.items", "ResultPath": null, "End": true}, "variables": {"v": 0},
			"input": {"size": 2, "items": [1, 2, 3]}, "mock": {"result": "[1, 2]"}, "inspectionLevel": "DEBUG"}`,
			`{"output":"{\"size\":2,\"items\":[1,2,3]}","inspectionData":{"input":"{\"size\":2,\"items\":[1,2,3]}","afterInputPath":"{\"size\":2,\"items\":[1,2,3]}","afterItemsPath":"[1, 2, 3]","maxConcurrency":0,` +
				`"afterItemSelector":"[{\"n\":1}, {\"n\":2}, {\"n\":3}]","afterItemBatcher":"[{\"BatchInput\":{\"all\":[1,2,3],\"v\":0},\"Items\":[\"{\\\"n\\\":1}\",\"{\\\"n\\\":2}\"]}, {\"BatchInput\":{\"all\":[1,2,3],\"v\":0},\"Items\":[\"{\\\"n\\\":3}\"]}]",` +
				`"afterResultSelector":"[1,2]","afterResultPath":"{\"size\":2,\"items\":[1,2,3]}","variables":"{\"v\":0}"},"status":"SUCCEEDED"}`},
		"batches of a size": {`{"definition": {"Type": "Map", "QueryLanguage": "JSONata", "ItemBatcher": {"MaxInputBytesPerBatch": "{% $states.input.bytes %}", "MaxItemsPerBatch": 3},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}},
			"Items": [1, 2, "a long text that goes alone", 4], "Output": 1, "End": true},
			"input": {"bytes": 20}, "mock": {"result": "[1, 2, 3]"}, "inspectionLevel": "DEBUG"}`,
			`{"output":"1","inspectionData":{"input":"{\"bytes\":20}","maxConcurrency":0,` +
				`"afterItemBatcher":"[{\"Items\":[\"1\",\"2\"]}, {\"Items\":[\"\\\"a long text that goes alone\\\"\"]}, {\"Items\":[\"4\"]}]"},"status":"SUCCEEDED"}`},
		"items behind a pointer": {`{"definition": ` + reads + `, "mock": {"result": "[1, 2]"}, "inspectionLevel": "DEBUG",
			"stateConfiguration": {"mapItemReaderData": "{\"rows\": {\"all\": [7, 8]}}"}}`,
			`{"output":"[1,2]","inspectionData":{"input":"{}","afterItemsPointer":"[7,8]","afterInputPath":"{}","maxConcurrency":0,"afterResultSelector":"[1,2]","afterResultPath":"[1,2]"},"status":"SUCCEEDED"}`},
		"items of a CSV file": {`{"definition": ` + csv + `, "mock": {"result": "[1, 2]"}, "inspectionLevel": "DEBUG", "stateConfiguration": {"mapItemReaderData": "a,b\n1,\"x, y\"\n2,\n3,z\n"}}`,
			`{"output":"[1,2]","inspectionData":{"input":"{}","afterInputPath":"{}","maxConcurrency":0,"afterItemSelector":"[{\"v\":{\"a\":\"1\",\"b\":\"x, y\"}}, {\"v\":{\"a\":\"2\",\"b\":\"\"}}]",`},
		"items that cannot be read": {`{"definition": ` + csv + `, "mock": {"result": "[1]"}, "stateConfiguration": {"mapItemReaderData": "a,a\n1,2\n"}}`,
			`{"error":"States.ItemReaderFailed","cause":"CSV headers cannot contain duplicates.","status":"FAILED"}`},
		"a caught error": {`{"definition": {"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "B"}], "End": true},
			"input": {"a": 1}, "mock": {"errorOutput": {"error": "E", "cause": "c"}}, "inspectionLevel": "DEBUG"}`,
			`{"output":"{\"a\":1,\"e\":{\"Error\":\"E\",\"Cause\":\"c\"}}","error":"E","cause":"c","inspectionData":{"input":"{\"a\":1}","afterInputPath":"{\"a\":1}","afterParameters":"{\"a\":1}",` +
				`"afterResultPath":"{\"a\":1,\"e\":{\"Error\":\"E\",\"Cause\":\"c\"}}","errorDetails":{"catchIndex":0}},"nextState":"B","status":"CAUGHT_ERROR"}`},
		"a state of a machine": {`{"definition": {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "Parameters": {"name.$": "$$.State.Name"}, "End": true}}}, "End": true}}}, "stateName": "In"}`,
			`{"output":"{\"name\":\"StateName\"}","status":"SUCCEEDED"}`},
		"variables by name": {`{"definition": {"Type": "Pass", "Assign": {"b": 1, "a": 2}, "End": true}, "variables": {"c": 3}, "inspectionLevel": "DEBUG"}`,
			`{"output":"{}","inspectionData":{"input":"{}","afterInputPath":"{}","afterParameters":"{}","afterResultSelector":"{}","afterResultPath":"{}","variables":"{\"a\":2,\"b\":1,\"c\":3}"},"status":"SUCCEEDED"}`},
		"batches that fail": {`{"definition": {"Type": "Map", "QueryLanguage": "JSONata", "ItemBatcher": {"MaxItemsPerBatch": "{% $x %}"},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true},
			"input": "[1]", "mock": {"result": "[1, 2]"}}`,
			`{"error":"States.QueryEvaluationError","cause":"The JSONata expression '$x' specified for the field 'ItemBatcher/MaxItemsPerBatch' returned nothing (undefined).","status":"FAILED"}`},
		"an ItemSelector that fails": {`{"definition": {"Type": "Map", "ItemSelector": {"n.$": "$.n"}, "ItemProcessor": ` + branch + `, "End": true}, "input": "[1]", "mock": {"result": "[1]"}}`,
			`{"error":"States.Runtime","cause":"The JSONPath '$.n' specified for the field 'n.$' could not be found in the input '[1]'","status":"FAILED"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, tt.request, teststate.Options{})
			require.Equal(t, tt.want, got[:min(len(got), len(tt.want))], got)
		})
	}
}

// models finds fault with all parameters and results.
type models struct{ fault string }

func (m models) CheckRequest(resource string, parameters *value.Object, jsonata bool) []string {
	return []string{fmt.Sprint(m.fault, " ", resource, " ", parameters, " ", jsonata), "and more"}
}

func (m models) CheckResponse(resource string, result any, strict bool) string {
	return fmt.Sprint(m.fault, " ", resource, " ", value.String(result), " ", strict)
}

// onlyResults finds no fault with parameters.
type onlyResults struct{ models }

func (onlyResults) CheckRequest(string, *value.Object, bool) []string { return nil }

func TestModelsCheckMockedResults(t *testing.T) {
	o := teststate.Options{Models: onlyResults{models{"bad"}}}
	require.Equal(t, "ValidationException: Mock result schema validation error: bad f 1 true",
		ask(t, `{"definition": `+task+`, "mock": {"result": "1"}}`, o))
	require.Equal(t, "ValidationException: Mock result schema validation error: bad f 1 false",
		ask(t, `{"definition": `+task+`, "mock": {"result": "1", "fieldValidationMode": "PRESENT"}}`, o))
	require.Equal(t, `{"output":"1","status":"SUCCEEDED"}`,
		ask(t, `{"definition": `+task+`, "mock": {"result": "1", "fieldValidationMode": "NONE"}}`, o))
}

// A definition is refused for the parameters of any of its Tasks, with or
// without a mock.
func TestModelsCheckParameters(t *testing.T) {
	o := teststate.Options{Models: models{"bad"}}
	require.Equal(t, `InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: bad arn:aws:states:::b:f {"a":1} false at /States/StateName/Parameters, `+
		`SCHEMA_VALIDATION_FAILED: and more at /States/StateName/Parameters'`,
		ask(t, `{"definition": {"Type": "Task", "Resource": "arn:aws:states:::b:f", "Parameters": {"a": 1}, "End": true}, "roleArn": "r"}`, o))
	require.Equal(t, `InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: bad arn:aws:states:::b:g {} true at /States/B/Arguments, `+
		`SCHEMA_VALIDATION_FAILED: and more at /States/B/Arguments'`,
		ask(t, `{"definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
			"B": {"Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::b:g", "Arguments": {}, "End": true}}}, "stateName": "A"}`, o))
	require.Equal(t, `{"output":"1","status":"SUCCEEDED"}`,
		ask(t, `{"definition": `+task+`, "mock": {"result": "1", "fieldValidationMode": "NONE"}}`, o), "a resource that AWS does not know")
}

// panicking models.
type panicking struct{}

func (panicking) CheckRequest(string, *value.Object, bool) []string { panic("request") }
func (panicking) CheckResponse(string, any, bool) string            { panic("response") }

func TestModelsMayPanic(t *testing.T) {
	o := teststate.Options{Models: panicking{}}
	require.Contains(t, ask(t, `{"definition": {"Type": "Task", "Resource": "arn:aws:states:::b:f", "Parameters": {}, "End": true}, "roleArn": "r"}`, o), "the models panicked: request")
	one := "1"
	_, err := teststate.Run(context.Background(), &teststate.Request{Definition: task, Mock: &teststate.Mock{Result: &one}}, o)
	require.EqualError(t, err, "teststate: the models panicked: response")
}

func TestHandlers(t *testing.T) {
	with := func(h interpreter.HandlerFunc) teststate.Options {
		return teststate.Options{Resolver: interpreter.Mux{"f": h}}
	}
	require.Equal(t, `{"error":"CardDeclined","cause":"limit","status":"FAILED"}`, ask(t, `{"definition": `+task+`}`,
		with(func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("CardDeclined", "limit") })))
	require.Equal(t, `{"output":"{\"b\":1,\"a\":[2.0]}","status":"SUCCEEDED"}`, ask(t, `{"definition": `+task+`, "input": {"b": 1, "a": [2.0]}}`,
		with(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil })))

	_, err := teststate.Run(context.Background(), &teststate.Request{Definition: task}, teststate.Options{Resolver: interpreter.Mux{}})
	require.ErrorContains(t, err, `no handler for the resource "f"`)

	ctx, cancel := context.WithCancel(context.Background())
	_, err = teststate.Run(ctx, &teststate.Request{Definition: task},
		with(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}))
	require.True(t, errors.Is(err, context.Canceled), err)
}

// The lists that a Map makes of its items have a blank behind each comma between
// items, and none within an item. Other arrays have none at all.
func TestListsOfItemsAreShownWithBlanks(t *testing.T) {
	const (
		inline = `"ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`
		spread = `"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`
	)
	for name, c := range map[string]struct{ state, input, result, want string }{
		"items": {`{"Type": "Map", "ItemsPath": "$.l", ` + inline, `{"l": [1, [2, 3], "a, b"]}`, `[4,5,6]`,
			`{"input":"{\"l\":[1,[2,3],\"a, b\"]}","afterInputPath":"{\"l\":[1,[2,3],\"a, b\"]}","afterItemsPath":"[1, [2,3], \"a, b\"]","maxConcurrency":0,"afterResultSelector":"[4,5,6]","afterResultPath":"[4,5,6]"}`},
		"no items": {`{"Type": "Map", ` + inline, `[]`, `[]`,
			`{"input":"[]","afterInputPath":"[]","afterItemsPath":"[]","maxConcurrency":0,"afterResultSelector":"[]","afterResultPath":"[]"}`},
		"selected items": {`{"Type": "Map", "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}, ` + inline, `[1, 2]`, `[3,4]`,
			`{"input":"[1,2]","afterInputPath":"[1,2]","afterItemsPath":"[1, 2]","maxConcurrency":0,"afterItemSelector":"[{\"v\":1,\"i\":0}, {\"v\":2,\"i\":1}]","afterResultSelector":"[3,4]","afterResultPath":"[3,4]"}`},
		"batches in JSONata": {`{"Type": "Map", "QueryLanguage": "JSONata", "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"}, "ItemBatcher": {"MaxItemsPerBatch": 1}, ` + spread, `[1, 2]`, `[3,4]`,
			`{"input":"[1,2]","maxConcurrency":0,"afterItemSelector":"[{\"v\":1}, {\"v\":2}]","afterItemBatcher":"[{\"Items\":[\"{\\\"v\\\":1}\"]}, {\"Items\":[\"{\\\"v\\\":2}\"]}]"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, `{"definition": `+c.state+`, "input": `+c.input+`, "inspectionLevel": "DEBUG", "mock": {"result": `+strconv.Quote(c.result)+`}}`, teststate.Options{})
			require.Contains(t, got, `"inspectionData":`+c.want)
		})
	}
}

// A string that holds a number bounds failures and batches as the number does, and
// is shown as the number.
func TestNumericStringsBoundFailuresAndBatches(t *testing.T) {
	const spread = `"ItemsPath": "$.l", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`
	const (
		count   = `{"Type": "Map", "ToleratedFailureCountPath": "$.n", ` + spread
		percent = `{"Type": "Map", "ToleratedFailurePercentagePath": "$.n", ` + spread
		size    = `{"Type": "Map", "ItemBatcher": {"MaxItemsPerBatchPath": "$.n"}, ` + spread
		bytes   = `{"Type": "Map", "ItemBatcher": {"MaxInputBytesPerBatchPath": "$.n"}, ` + spread
	)
	for _, c := range []struct{ state, n, failures, want string }{
		{count, `"1"`, "1", `"toleratedFailureCount":1,`},
		{count, `"1"`, "2", `States.ExceedToleratedFailureThreshold`},
		{percent, `"40"`, "1", `"toleratedFailurePercentage":40.0,`},
		{percent, `"33.5"`, "1", `"toleratedFailurePercentage":33.5,`},
		{percent, `"40"`, "2", `States.ExceedToleratedFailureThreshold`},
		{size, `"2"`, "0", `"afterItemBatcher":"[{\"Items\":[\"7\",\"8\"]}, {\"Items\":[\"9\"]}]"`},
		{bytes, `"15"`, "0", `"afterItemBatcher":"[{\"Items\":[\"7\",\"8\"]}, {\"Items\":[\"9\"]}]"`},
	} {
		mocked := `[1, 2, 3]`
		if c.failures == "0" {
			mocked = `[1, 2]`
		}
		ask := func(n string) string {
			return ask(t, `{"definition": `+c.state+`, "input": {"l": [7, 8, 9], "n": `+n+`}, "inspectionLevel": "DEBUG",
				"mock": {"result": "`+mocked+`"}, "stateConfiguration": {"mapIterationFailureCount": `+c.failures+`}}`, teststate.Options{})
		}
		require.Contains(t, ask(c.n), c.want, c.state)
		require.Contains(t, ask(strings.Trim(c.n, `"`)), c.want, "the number itself")
	}
}
