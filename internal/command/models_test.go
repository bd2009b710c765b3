package command

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// taskOf is a machine of one Task.
func taskOf(resource, parameters string) string {
	return `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::` + resource + `", "Parameters": ` + parameters + `, "End": true}}}`
}

// With -resources AWS, and in teststate, parameters are compared with models,
// and so are mocked results, unless they are turned off.
func TestModels(t *testing.T) {
	misspelled := taskOf("aws-sdk:s3:getObject", `{"Bucket": "b", "Key": "k", "RequestPayr": "requester"}`)
	fine := taskOf("aws-sdk:s3:getObject", `{"Bucket": "b", "Key": "k"}`)
	const refused = `The field "RequestPayr" is not supported by Step Functions. Did you mean 'RequestPayer'?`
	for _, c := range []struct {
		args []string
		in   string
		code int
		text string // of the output or the error
	}{
		{[]string{"validate", "-resources", "AWS", "-"}, misspelled, exitFailed, "/States/T/Parameters: SCHEMA_VALIDATION_FAILED: " + refused},
		{[]string{"validate", "-resources", "AWS", "-"}, fine, exitOK, "no errors"},
		{[]string{"validate", "-resources", "AWS", "-models=false", "-"}, misspelled, exitOK, "no errors"},
		{[]string{"validate", "-"}, misspelled, exitOK, "no errors"},
		{[]string{"validate", "-resources", "AWS", "-D", "Name=Bucket", "-"}, taskOf("aws-sdk:s3:getObject", `{"${Name}": "${B}", "Key": 7}`), exitFailed, "The value for the field 'Key' must be a STRING"},
		{[]string{"validate", "-resources", "AWS", "-D", "Name=Bucket", "-"}, taskOf("aws-sdk:s3:getObject", `{"${Name}": "${B}", "Key": "${K}"}`), exitOK, "no errors"},
		{[]string{"teststate", "-state", "T", "-result", "{}", "-"}, misspelled, exitFailed, "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: " + refused + " at /States/T/Parameters'"},
		{[]string{"teststate", "-state", "T", "-result", "{}", "-models=false", "-"}, misspelled, exitOK, "SUCCEEDED"},
		{[]string{"teststate", "-state", "T", "-result", `{"ETag": 1}`, "-"}, fine, exitFailed, "ValidationException: Mock result schema validation error: Field 'ETag' must be a string"},
		{[]string{"teststate", "-state", "T", "-result", `{"ETag": 1}`, "-mode", "NONE", "-"}, fine, exitOK, "SUCCEEDED"},
		{[]string{"teststate", "-state", "T", "-result", `{"ETag": 1}`, "-models=false", "-"}, fine, exitOK, "SUCCEEDED"},
	} {
		code, out, err := invoke(t, c.in, c.args...)
		require.Equal(t, c.code, code, "%q: %s%s", c.args, out, err)
		require.Contains(t, out+err, c.text, "%q", c.args)
	}
}
