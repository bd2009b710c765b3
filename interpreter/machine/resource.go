package machine

import (
	"strings"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/arn"
	"github.com/gostates/gostates/value"
)

// ResourceKind is the family of a Task's Resource: it decides the history events.
type ResourceKind uint8

const (
	// Function is a Lambda function by its ARN, and any name of the host's own.
	Function ResourceKind = iota
	// Activity is work that a worker fetches.
	Activity
	// Service is a call of an AWS service: arn:aws:states:::sqs:sendMessage.
	Service
)

// IntegrationPattern says when a Service task ends.
type IntegrationPattern uint8

const (
	RequestResponse  IntegrationPattern = iota // with the call's answer
	Sync                                       // .sync: when the job that it started ends
	Sync2                                      // .sync:2: the same, with parsed Input and Output
	WaitForTaskToken                           // .waitForTaskToken: when the token comes back
)

var patternSuffixes = []struct {
	suffix  string
	pattern IntegrationPattern
}{{".sync", Sync}, {".sync:2", Sync2}, {".waitForTaskToken", WaitForTaskToken}}

// Resource is a Task's Resource, taken apart.
type Resource struct {
	Name    string // as written
	Kind    ResourceKind
	Service string // of a Service: "sqs", "aws-sdk:dynamodb"
	Action  string // of a Service, without the pattern: "sendMessage"
	Pattern IntegrationPattern
	Region  string

	events        history.Resource
	sizeErrorName string        // what a result's size error calls it
	adds          *value.Member // a parameter that AWS adds
	rules         *parameterRules
}

// addedParameters are the parameters that AWS adds to a call by itself, where
// the state does not give them (recorded of ECS, and not of its plain runTask).
var addedParameters = map[string]value.Member{
	"ecs:runTask.sync": {Key: "StartedBy", Value: "AWS Step Functions"},
}

// ParseResource takes a Task's Resource apart. A Resource that is no ARN is a
// Function.
func ParseResource(name string) Resource {
	r := Resource{Name: name, sizeErrorName: name, events: history.Resource{ARN: name}}
	a, ok := arn.Parse(name)
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
