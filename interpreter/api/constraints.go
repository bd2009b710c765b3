package api

// model is what AWS's service model says of the requests of all operations. Enums are in
// the order of AWS's messages where that is recorded, and in that of the model elsewhere.
// The model does not require the key of a tag; a tag without one is refused here.
var model = map[string]shape{
	"CreateActivity": {members: []member{
		{name: "name", required: true, kind: kindText, min: 1, max: 80},
		{name: "tags", kind: kindList, element: &member{kind: kindStructure, shape: &shapeTag}},
		{name: "encryptionConfiguration", kind: kindStructure, shape: &shapeEncryptionConfiguration},
	}},
	"CreateStateMachine": {members: []member{
		{name: "name", required: true, kind: kindText, min: 1, max: 80},
		{name: "definition", required: true, kind: kindText, min: 1, max: 1048576, sensitive: true},
		{name: "roleArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "type", kind: kindText, enum: []string{"STANDARD", "EXPRESS"}},
		{name: "loggingConfiguration", kind: kindStructure, shape: &shapeLoggingConfiguration},
		{name: "tags", kind: kindList, element: &member{kind: kindStructure, shape: &shapeTag}},
		{name: "tracingConfiguration", kind: kindStructure, shape: &shapeTracingConfiguration},
		{name: "publish", kind: kindBoolean},
		{name: "versionDescription", kind: kindText, max: 256},
		{name: "encryptionConfiguration", kind: kindStructure, shape: &shapeEncryptionConfiguration},
	}},
	"CreateStateMachineAlias": {members: []member{
		{name: "description", kind: kindText, max: 256},
		{name: "name", required: true, kind: kindText, min: 1, max: 80, pattern: &aliasPattern},
		{name: "routingConfiguration", required: true, kind: kindList, min: 1, max: 2, element: &member{kind: kindStructure, shape: &shapeRoutingConfigurationListItem}},
	}},
	"DeleteActivity": {members: []member{
		{name: "activityArn", required: true, kind: kindText, min: 1, max: 256},
	}},
	"DeleteStateMachine": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
	}},
	"DeleteStateMachineAlias": {members: []member{
		{name: "stateMachineAliasArn", required: true, kind: kindText, min: 1, max: 256},
	}},
	"DeleteStateMachineVersion": {members: []member{
		{name: "stateMachineVersionArn", required: true, kind: kindText, min: 1, max: 2000},
	}},
	"DescribeActivity": {members: []member{
		{name: "activityArn", required: true, kind: kindText, min: 1, max: 256},
	}},
	"DescribeExecution": {members: []member{
		{name: "executionArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "includedData", kind: kindText, enum: []string{"ALL_DATA", "METADATA_ONLY"}},
	}},
	"DescribeMapRun": {members: []member{
		{name: "mapRunArn", required: true, kind: kindText, min: 1, max: 2000},
	}},
	"DescribeStateMachine": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "includedData", kind: kindText, enum: []string{"ALL_DATA", "METADATA_ONLY"}},
	}},
	"DescribeStateMachineAlias": {members: []member{
		{name: "stateMachineAliasArn", required: true, kind: kindText, min: 1, max: 256},
	}},
	"DescribeStateMachineForExecution": {members: []member{
		{name: "executionArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "includedData", kind: kindText, enum: []string{"ALL_DATA", "METADATA_ONLY"}},
	}},
	"GetActivityTask": {members: []member{
		{name: "activityArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "workerName", kind: kindText, min: 1, max: 80},
	}},
	"GetExecutionHistory": {members: []member{
		{name: "executionArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "maxResults", kind: kindInteger, max: 1000},
		{name: "reverseOrder", kind: kindBoolean},
		{name: "nextToken", kind: kindText, min: 1, max: 1024},
		{name: "includeExecutionData", kind: kindBoolean},
	}},
	"ListActivities": {members: []member{
		{name: "maxResults", kind: kindInteger, max: 1000},
		{name: "nextToken", kind: kindText, min: 1, max: 1024},
	}},
	"ListExecutions": {members: []member{
		{name: "stateMachineArn", kind: kindText, min: 1, max: 256},
		{name: "statusFilter", kind: kindText, enum: []string{"SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"}},
		{name: "maxResults", kind: kindInteger, max: 1000},
		{name: "nextToken", kind: kindText, min: 1, max: 3096},
		{name: "mapRunArn", kind: kindText, min: 1, max: 2000},
		{name: "redriveFilter", kind: kindText, enum: []string{"REDRIVEN", "NOT_REDRIVEN"}},
	}},
	"ListMapRuns": {members: []member{
		{name: "executionArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "maxResults", kind: kindInteger, max: 1000},
		{name: "nextToken", kind: kindText, min: 1, max: 1024},
	}},
	"ListStateMachineAliases": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "nextToken", kind: kindText, min: 1, max: 1024},
		{name: "maxResults", kind: kindInteger, max: 1000},
	}},
	"ListStateMachineVersions": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "nextToken", kind: kindText, min: 1, max: 1024},
		{name: "maxResults", kind: kindInteger, max: 1000},
	}},
	"ListStateMachines": {members: []member{
		{name: "maxResults", kind: kindInteger, max: 1000},
		{name: "nextToken", kind: kindText, min: 1, max: 1024},
	}},
	"ListTagsForResource": {members: []member{
		{name: "resourceArn", required: true, kind: kindText, min: 1, max: 256},
	}},
	"PublishStateMachineVersion": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "revisionId", kind: kindText},
		{name: "description", kind: kindText, max: 256},
	}},
	"RedriveExecution": {members: []member{
		{name: "executionArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "clientToken", kind: kindText, min: 1, max: 64, pattern: &tokenPattern},
	}},
	"SendTaskFailure": {members: []member{
		{name: "taskToken", required: true, kind: kindText, min: 1, max: 2048},
		{name: "error", kind: kindText, max: 256, sensitive: true},
		{name: "cause", kind: kindText, max: 32768, sensitive: true},
	}},
	"SendTaskHeartbeat": {members: []member{
		{name: "taskToken", required: true, kind: kindText, min: 1, max: 2048},
	}},
	"SendTaskSuccess": {members: []member{
		{name: "taskToken", required: true, kind: kindText, min: 1, max: 2048},
		{name: "output", required: true, kind: kindText, max: 262144, sensitive: true},
	}},
	"StartExecution": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "name", kind: kindText, min: 1, max: 80},
		{name: "input", kind: kindText, max: 262144, sensitive: true},
		{name: "traceHeader", kind: kindText, max: 256, pattern: &asciiPattern},
	}},
	"StartSyncExecution": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "name", kind: kindText, min: 1, max: 80},
		{name: "input", kind: kindText, max: 262144, sensitive: true},
		{name: "traceHeader", kind: kindText, max: 256, pattern: &asciiPattern},
		{name: "includedData", kind: kindText, enum: []string{"ALL_DATA", "METADATA_ONLY"}},
	}},
	"StopExecution": {members: []member{
		{name: "executionArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "error", kind: kindText, max: 256, sensitive: true},
		{name: "cause", kind: kindText, max: 32768, sensitive: true},
	}},
	"TagResource": {members: []member{
		{name: "resourceArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "tags", required: true, kind: kindList, element: &member{kind: kindStructure, shape: &shapeTag}},
	}},
	"TestState": {members: []member{
		{name: "definition", required: true, kind: kindText, min: 1, max: 1048576, sensitive: true},
		{name: "roleArn", kind: kindText, min: 1, max: 256},
		{name: "input", kind: kindText, max: 262144, sensitive: true},
		{name: "inspectionLevel", kind: kindText, enum: []string{"INFO", "DEBUG", "TRACE"}},
		{name: "revealSecrets", kind: kindBoolean},
		{name: "variables", kind: kindText, max: 262144, sensitive: true},
		{name: "stateName", kind: kindText, min: 1, max: 80},
		{name: "mock", kind: kindStructure, shape: &shapeMockInput},
		{name: "context", kind: kindText, max: 262144, sensitive: true},
		{name: "stateConfiguration", kind: kindStructure, shape: &shapeTestStateConfiguration},
	}},
	"UntagResource": {members: []member{
		{name: "resourceArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "tagKeys", required: true, kind: kindList, element: &member{kind: kindText, min: 1, max: 128}},
	}},
	"UpdateMapRun": {members: []member{
		{name: "mapRunArn", required: true, kind: kindText, min: 1, max: 2000},
		{name: "maxConcurrency", kind: kindInteger},
		{name: "toleratedFailurePercentage", kind: kindFloat, max: 100},
		{name: "toleratedFailureCount", kind: kindInteger},
	}},
	"UpdateStateMachine": {members: []member{
		{name: "stateMachineArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "definition", kind: kindText, min: 1, max: 1048576, sensitive: true},
		{name: "roleArn", kind: kindText, min: 1, max: 256},
		{name: "loggingConfiguration", kind: kindStructure, shape: &shapeLoggingConfiguration},
		{name: "tracingConfiguration", kind: kindStructure, shape: &shapeTracingConfiguration},
		{name: "publish", kind: kindBoolean},
		{name: "versionDescription", kind: kindText, max: 256},
		{name: "encryptionConfiguration", kind: kindStructure, shape: &shapeEncryptionConfiguration},
	}},
	"UpdateStateMachineAlias": {members: []member{
		{name: "stateMachineAliasArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "description", kind: kindText, max: 256},
		{name: "routingConfiguration", kind: kindList, min: 1, max: 2, element: &member{kind: kindStructure, shape: &shapeRoutingConfigurationListItem}},
	}},
	"ValidateStateMachineDefinition": {members: []member{
		{name: "definition", required: true, kind: kindText, min: 1, max: 1048576, sensitive: true},
		{name: "type", kind: kindText, enum: []string{"STANDARD", "EXPRESS"}},
		{name: "severity", kind: kindText, enum: []string{"ERROR", "WARNING"}},
		{name: "maxResults", kind: kindInteger, max: 100},
	}},
}

var (
	shapeCloudWatchLogsLogGroup = shape{name: "CloudWatchLogsLogGroup", members: []member{
		{name: "logGroupArn", kind: kindText, min: 1, max: 256},
	}}
	shapeEncryptionConfiguration = shape{name: "EncryptionConfiguration", members: []member{
		{name: "kmsKeyId", kind: kindText, min: 1, max: 2048},
		{name: "kmsDataKeyReusePeriodSeconds", kind: kindInteger, min: 60, max: 900},
		{name: "type", required: true, kind: kindText, enum: []string{"AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"}},
	}}
	shapeLogDestination = shape{name: "LogDestination", members: []member{
		{name: "cloudWatchLogsLogGroup", kind: kindStructure, shape: &shapeCloudWatchLogsLogGroup},
	}}
	shapeLoggingConfiguration = shape{name: "LoggingConfiguration", members: []member{
		{name: "level", kind: kindText, enum: []string{"ALL", "ERROR", "FATAL", "OFF"}},
		{name: "includeExecutionData", kind: kindBoolean},
		{name: "destinations", kind: kindList, element: &member{kind: kindStructure, shape: &shapeLogDestination}},
	}}
	shapeMockErrorOutput = shape{name: "MockErrorOutput", members: []member{
		{name: "error", kind: kindText, max: 256, sensitive: true},
		{name: "cause", kind: kindText, max: 32768, sensitive: true},
	}}
	shapeMockInput = shape{name: "MockInput", members: []member{
		{name: "result", kind: kindText, max: 262144, sensitive: true},
		{name: "errorOutput", kind: kindStructure, shape: &shapeMockErrorOutput},
		{name: "fieldValidationMode", kind: kindText, enum: []string{"STRICT", "PRESENT", "NONE"}},
	}}
	shapeRoutingConfigurationListItem = shape{name: "RoutingConfigurationListItem", members: []member{
		{name: "stateMachineVersionArn", required: true, kind: kindText, min: 1, max: 256},
		{name: "weight", required: true, kind: kindInteger, max: 100},
	}}
	shapeTag = shape{name: "Tag", members: []member{
		{name: "key", required: true, kind: kindText, min: 1, max: 128},
		{name: "value", kind: kindText, max: 256},
	}}
	shapeTestStateConfiguration = shape{name: "TestStateConfiguration", members: []member{
		{name: "retrierRetryCount", kind: kindInteger},
		{name: "errorCausedByState", kind: kindText, min: 1, max: 80},
		{name: "mapIterationFailureCount", kind: kindInteger},
		{name: "mapItemReaderData", kind: kindText, max: 262144, sensitive: true},
	}}
	shapeTracingConfiguration = shape{name: "TracingConfiguration", members: []member{
		{name: "enabled", kind: kindBoolean},
	}}
)
