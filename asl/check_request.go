package asl

import (
	"fmt"

	"github.com/gostates/gostates/value"
)

// Models check the parameters of Tasks against the models of AWS's services.
// Package awsmodel has them.
type Models interface {
	// CheckRequest returns AWS's messages about the parameters of a Task with a
	// resource, such as "The field 'Bucket' is required but was missing". It
	// returns none for a resource that it does not know. In the parameters of a
	// JSONPath state, a name that ends with ".$" has a value that is not known
	// yet; in those of a JSONata state, a string with {% %} is one. It is called
	// for one Task after the other and must not change the parameters.
	CheckRequest(resource string, parameters *value.Object, jsonata bool) []string
}

// requiredParameters has the parameters that optimized integrations require.
var requiredParameters = map[string][]string{
	"lambda:invoke":         {"FunctionName"},
	"sqs:sendMessage":       {"QueueUrl", "MessageBody"},
	"sns:publish":           {"Message"},
	"dynamodb:putItem":      {"TableName", "Item"},
	"dynamodb:getItem":      {"TableName", "Key"},
	"states:startExecution": {"StateMachineArn"},
	"events:putEvents":      {"Entries"},
	"ecs:runTask":           {"TaskDefinition"},
	"glue:startJobRun":      {"JobName"},
}

// parametersOf returns the parameters of a Task and the name of their field.
func parametersOf(st *TaskState) (given Opt[Template], field string) {
	if st.Language == JSONata {
		return st.Arguments, "Arguments"
	}
	return st.Parameters, "Parameters"
}

// checkRequest refuses a Task whose parameters its service does not take. It
// returns false if the Task has none at all.
func (c *checker) checkRequest(st *TaskState, n integration) bool {
	given, field := parametersOf(st)
	if given.Presence == Absent {
		c.addError(CodeSchemaValidationFailed, st.Pos, st.Location, "%s field is required for resource ARN: %s", field, st.Resource.Value)
		return false
	}
	if parameters, isObject := given.Value.Source.(*value.Object); isObject {
		for i, text := range c.requestErrors(st, n, parameters) {
			c.addError(CodeSchemaValidationFailed, given.Pos, st.Location+"/"+field, "%s", text)
			c.setRank(i)
		}
	}
	return true
}

// requestErrors returns AWS's messages about parameters, in AWS's order.
func (c *checker) requestErrors(st *TaskState, n integration, parameters *value.Object) (messages []string) {
	if c.options.Models != nil {
		return askModels(c.options.Models, st, parameters)
	}
	for _, name := range requiredParameters[n.service+":"+n.api] {
		if !parameters.Has(name) && !(st.Language == JSONPath && parameters.Has(name+".$")) {
			messages = append(messages, fmt.Sprintf("The field '%s' is required but was missing", name))
		}
	}
	return messages
}

// askModels returns the messages of models, which may panic.
func askModels(m Models, st *TaskState, parameters *value.Object) (messages []string) {
	defer func() {
		if r := recover(); r != nil {
			messages = []string{fmt.Sprintf("the models panicked: %v", r)}
		}
	}()
	return m.CheckRequest(st.Resource.Value, parameters, st.Language == JSONata)
}

// CheckRequests returns what [Validate] reports about the parameters of the
// Tasks of a machine if its options have these models. Other than Validate, it
// takes a machine with resources that AWS does not know.
func CheckRequests(m *StateMachine, models Models) ErrorList {
	c := &checker{parser: &parser{}, machine: m, options: Options{Models: models}}
	for st := range m.All() {
		if st, ok := st.(*TaskState); ok {
			a, _ := ParseARN(st.Resource.Value)
			if n, integrated := parseIntegration(a); integrated {
				c.checkRequest(st, n)
			}
		}
	}
	return c.sortedFindings(SeverityError)
}
