package asl

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl/value"
)

const noResourceARN = "Value is not a valid resource ARN"

var resourceARN = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s].*$`)

// requiredParameters are those of optimised integrations (measured).
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

// services are the APIs of each optimised integration; none are listed where not
// all are known.
var services = map[string][]string{
	"apigateway":        {"invoke"},
	"batch":             {"submitJob"},
	"databrew":          {"startJobRun"},
	"dynamodb":          {"getItem", "putItem", "updateItem", "deleteItem"},
	"ecs":               {"runTask"},
	"events":            {"putEvents"},
	"glue":              {"startJobRun"},
	"http":              {"invoke"},
	"lambda":            {"invoke"},
	"mediaconvert":      {"createJob"},
	"sns":               {"publish"},
	"sqs":               {"sendMessage"},
	"states":            {"startExecution"},
	"athena":            nil,
	"aws-sdk":           nil,
	"bedrock":           nil,
	"bedrock-agentcore": nil,
	"codebuild":         nil,
	"eks":               nil,
	"elasticmapreduce":  nil,
	"emr-containers":    nil,
	"emr-serverless":    nil,
	"sagemaker":         nil,
}

// Services that do not offer a way of waiting (measured).
var (
	withoutSync = []string{"lambda", "sns", "sqs", "dynamodb", "events", "apigateway", "aws-sdk", "bedrock-agentcore"}
	withoutWait = []string{"athena", "batch", "codebuild", "elasticmapreduce", "emr-containers", "emr-serverless",
		"glue", "databrew", "mediaconvert", "sagemaker", "dynamodb", "bedrock-agentcore"}
)

// integration is the Resource of a service: arn:aws:states:::lambda:invoke.sync.
type integration struct {
	service, api string // "lambda", "invoke"; the api of aws-sdk has its service before it
	pattern      string // "", ".sync", ".sync:2", ".waitForTaskToken"
}

// integrationOf takes an ARN apart; ok is false where it is that of a function
// or an activity.
func integrationOf(arn string) (n integration, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "states" || strings.HasPrefix(parts[5], "activity:") {
		return n, false
	}
	n.service, n.api, _ = strings.Cut(parts[5], ":")
	if i := strings.IndexByte(n.api, '.'); i >= 0 {
		n.api, n.pattern = n.api[:i], n.api[i:]
	}
	return n, true
}

// offered reports whether AWS has the API, and the way of waiting for it.
func (n integration) offered() bool {
	apis, known := services[n.service]
	if !known || apis != nil && !slices.Contains(apis, n.api) {
		return false
	}
	switch n.pattern {
	case "":
		return n.api != ""
	case ".sync":
		return !slices.Contains(withoutSync, n.service)
	case ".sync:2":
		return n.service == "states" && n.api == "startExecution"
	case ".waitForTaskToken":
		return !slices.Contains(withoutWait, n.service)
	}
	return false
}

// resource checks what a Task names, where it must be a resource of AWS.
func (c *checker) resource(st *TaskState) {
	arn := st.Resource.Value
	if c.options.Resources != AWS || arn == "" {
		return
	}
	schema := func(pos Pos, field, format string, args ...any) {
		c.foundAt(SeverityError, CodeSchemaValidationFailed, pos, st.Location+field, format, args...)
	}
	if !resourceARN.MatchString(arn) {
		schema(st.Resource.Pos, "/Resource", noResourceARN)
		return
	}
	n, ok := integrationOf(arn)
	if !ok {
		if strings.Contains(arn, ":activity:") && st.Credentials.Presence != Absent {
			schema(st.Credentials.Pos, "", "The field 'Credentials' is not supported for activities")
		}
		return
	}
	if !n.offered() {
		schema(st.Resource.Pos, "/Resource", "The resource provided %s is not recognized. The value is not a valid resource ARN, "+
			"or the resource is not available in this region.", arn)
		return
	}
	field, given := "Parameters", st.Parameters
	if st.Language == JSONata {
		field, given = "Arguments", st.Arguments
	}
	if given.Presence == Absent {
		schema(st.Pos, "", "%s field is required for resource ARN: %s", field, arn)
		return
	}
	parameters, ok := given.Value.Source.(*value.Object)
	if !ok {
		return
	}
	for _, name := range requiredParameters[n.service+":"+n.api] {
		if !parameters.Has(name) && !(st.Language == JSONPath && parameters.Has(name+".$")) {
			schema(given.Pos, "/"+field, "The field '%s' is required but was missing", name)
		}
	}
}
