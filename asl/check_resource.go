package asl

import (
	"regexp"
	"strings"
)

const noResourceARN = "Value is not a valid resource ARN"

var resourceARN = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s].*$`)

// isFunctionOrActivity reports whether an ARN names a Lambda function or an
// activity.
func isFunctionOrActivity(a ARN) bool {
	kind, name, _ := strings.Cut(a.Resource, ":")
	return name != "" && (a.Service == "lambda" && kind == "function" || a.Service == "states" && kind == "activity")
}

// waitPattern is a set of integration patterns other than request-response.
type waitPattern uint8

const (
	sync      waitPattern = 1 << iota // .sync
	sync2                             // .sync:2
	taskToken                         // .waitForTaskToken
)

var waitPatterns = map[string]waitPattern{"": 0, ".sync": sync, ".sync:2": sync2, ".waitForTaskToken": taskToken}

// services has the APIs of each optimized integration and their patterns, from
// AWS's developer guide. Patterns are also included if the guide leaves open
// whether an API has them: .sync and .waitForTaskToken of http, and
// .waitForTaskToken of bedrock and eks. nil means any API: bedrock-agentcore is
// new and still grows.
var services = map[string]map[string]waitPattern{
	"apigateway": {"invoke": taskToken},
	"athena": {
		"startQueryExecution": sync, "stopQueryExecution": 0, "getQueryExecution": 0, "getQueryResults": 0,
	},
	"batch":             {"submitJob": sync},
	"bedrock":           {"createModelCustomizationJob": sync | taskToken, "invokeModel": taskToken},
	"bedrock-agentcore": nil,
	"codebuild": {
		"startBuild": sync, "stopBuild": 0, "batchDeleteBuilds": 0, "batchGetReports": 0,
		"startBuildBatch": sync, "stopBuildBatch": 0, "retryBuildBatch": sync, "deleteBuildBatch": 0,
	},
	"databrew": {"startJobRun": sync},
	"dynamodb": {"getItem": 0, "putItem": 0, "updateItem": 0, "deleteItem": 0},
	"ecs":      {"runTask": sync | taskToken},
	"eks": {
		"call": taskToken, "runJob": sync | taskToken,
		"createCluster": sync | taskToken, "deleteCluster": sync | taskToken,
		"createFargateProfile": sync | taskToken, "deleteFargateProfile": sync | taskToken,
		"createNodegroup": sync | taskToken, "deleteNodegroup": sync | taskToken,
	},
	"elasticmapreduce": {
		"createCluster": sync, "terminateCluster": sync, "setClusterTerminationProtection": 0,
		"addStep": sync, "cancelStep": 0, "modifyInstanceFleetByName": 0, "modifyInstanceGroupByName": 0,
	},
	"emr-containers": {"createVirtualCluster": 0, "deleteVirtualCluster": sync, "startJobRun": sync},
	"emr-serverless": {
		"createApplication": sync, "startApplication": sync, "stopApplication": sync, "deleteApplication": sync,
		"startJobRun": sync, "cancelJobRun": sync,
	},
	"events":       {"putEvents": taskToken},
	"glue":         {"startJobRun": sync},
	"http":         {"invoke": sync | taskToken},
	"lambda":       {"invoke": taskToken},
	"mediaconvert": {"createJob": sync},
	"sagemaker": {
		"createEndpoint": 0, "createEndpointConfig": 0, "createHyperParameterTuningJob": sync, "createLabelingJob": sync,
		"createModel": 0, "createProcessingJob": sync, "createTrainingJob": sync, "createTransformJob": sync, "updateEndpoint": 0,
	},
	"sns":    {"publish": taskToken},
	"sqs":    {"sendMessage": taskToken},
	"states": {"startExecution": sync | sync2 | taskToken},
}

// integration is a Resource that names the API of a service:
// arn:aws:states:::lambda:invoke.sync.
type integration struct {
	service, api string // "lambda", "invoke"; with aws-sdk, api is "service:action"
	pattern      string // "", ".sync", ".sync:2", ".waitForTaskToken"
}

// parseIntegration splits the resource of an ARN. If the ARN names a function or
// an activity, ok is false.
func parseIntegration(a ARN) (n integration, ok bool) {
	if a.Service != "states" || strings.HasPrefix(a.Resource, "activity:") {
		return n, false
	}
	n.service, n.api, _ = strings.Cut(a.Resource, ":")
	if i := strings.IndexByte(n.api, '.'); i >= 0 {
		n.api, n.pattern = n.api[:i], n.api[i:]
	}
	return n, true
}

// isOffered reports whether AWS offers the API with its pattern. The thousands
// of actions of aws-sdk are not checked.
func (n integration) isOffered() bool {
	apis, known := services[n.service]
	offered, named := apis[n.api]
	switch {
	case n.service == "aws-sdk":
		service, action, _ := strings.Cut(n.api, ":")
		known, offered = service != "" && action != "", taskToken
	case apis == nil:
		known = known && n.api != ""
	default:
		known = named
	}
	wanted, pattern := waitPatterns[n.pattern]
	return known && pattern && offered&wanted == wanted
}

// hasPlaceholder reports whether a Resource contains a placeholder,
// ${Function}, that is filled in when the definition is deployed.
func hasPlaceholder(resource string) bool {
	_, rest, found := strings.Cut(resource, "${")
	return found && strings.Contains(rest, "}")
}

// checkTaskResource refuses a Resource that AWS does not know, if the options
// ask for it. It returns false if the Task's resource or parameters are not
// usable.
func (c *checker) checkTaskResource(st *TaskState) (ok bool) {
	resource := st.Resource.Value
	ok = c.options.Type != Express || len(expressErrors(st)) == 0
	if c.options.Resources != AWSResources || resource == "" || hasPlaceholder(resource) {
		return ok
	}
	reportSchema := func(pos Pos, field, format string, args ...any) {
		c.addError(CodeSchemaValidationFailed, pos, st.Location+field, format, args...)
	}
	a, isARN := ParseARN(resource)
	if !isARN || !resourceARN.MatchString(resource) {
		reportSchema(st.Resource.Pos, "/Resource", noResourceARN)
		return false
	}
	n, integrated := parseIntegration(a)
	if !ok {
		n.pattern = "" // refused by the check of EXPRESS machines
	}
	if integrated && !n.isOffered() || !integrated && !isFunctionOrActivity(a) {
		reportSchema(st.Resource.Pos, "/Resource", "The resource provided %s is not recognized. The value is not a valid resource ARN, "+
			"or the resource is not available in this region.", resource)
		return false
	}
	if !integrated {
		if a.Service == "states" && st.Credentials.Presence != Absent {
			reportSchema(st.Credentials.Pos, "", "The field 'Credentials' is not supported for activities")
		}
		return ok
	}
	return c.checkRequest(st, n) && ok
}
