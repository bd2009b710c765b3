package machine

import (
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// ResourceKind is the kind of a Task's Resource. It determines the history events.
type ResourceKind uint8

const (
	// Function is a Lambda function ARN, or any other name.
	Function ResourceKind = iota
	// Activity is an activity, whose tasks workers poll.
	Activity
	// Service is an AWS service integration, such as
	// arn:aws:states:::sqs:sendMessage.
	Service
)

// IntegrationPattern says when a Service task ends.
type IntegrationPattern uint8

const (
	RequestResponse  IntegrationPattern = iota // ends with the call's response
	Sync                                       // .sync: ends with the started job
	Sync2                                      // .sync:2: the same, with parsed Input and Output
	WaitForTaskToken                           // .waitForTaskToken: ends when the token is returned
)

var patternSuffixes = []struct {
	suffix  string
	pattern IntegrationPattern
}{{".sync", Sync}, {".sync:2", Sync2}, {".waitForTaskToken", WaitForTaskToken}}

// Resource is a parsed Resource of a Task.
type Resource struct {
	Name    string             // as in the definition
	Kind    ResourceKind       // Function if it is not an activity or service integration
	Service string             // of a Service: "sqs", "aws-sdk:dynamodb"
	Action  string             // of a Service, without the pattern: "sendMessage"
	Pattern IntegrationPattern // RequestResponse unless of a Service
	Region  string             // of the state machine; empty from ParseResource

	events        history.Resource
	sizeErrorName string        // how the error of a large result names it
	adds          *value.Member // a parameter that AWS adds by default
	rules         *parameterRules
}

// addedParameters are parameters that AWS adds to a call unless the state sets
// them. It does not for plain ecs:runTask.
var addedParameters = map[string]value.Member{
	"ecs:runTask.sync": {Key: "StartedBy", Value: "AWS Step Functions"},
}

// ParseResource parses the Resource of a Task. Any string that is not an activity
// or service integration is a Function.
func ParseResource(name string) Resource {
	r := Resource{Name: name, sizeErrorName: name, events: history.Resource{ARN: name}}
	a, ok := asl.ParseARN(name)
	if !ok || a.Service != "states" {
		return r
	}
	if strings.HasPrefix(a.Resource, "activity:") {
		r.Kind = Activity
		return r
	}
	if a.Region != "" || a.Account != "" {
		return r
	}
	// aws-sdk:service:action, service:action, and .sync:2 has a colon too
	rest, pattern := a.Resource, RequestResponse
	for _, p := range patternSuffixes {
		if s, ok := strings.CutSuffix(rest, p.suffix); ok {
			rest, pattern = s, p.pattern
			break
		}
	}
	colon := strings.LastIndexByte(rest, ':')
	if colon < 0 {
		return r
	}
	r.Kind, r.Pattern = Service, pattern
	r.Service, r.Action = rest[:colon], rest[colon+1:]
	r.sizeErrorName = r.Service
	r.events = history.Resource{ResourceType: r.Service, Resource: a.Resource[colon+1:]}
	if added, ok := addedParameters[a.Resource]; ok {
		r.adds = &added
	}
	r.rules = checkedParameters[rest]
	return r
}
