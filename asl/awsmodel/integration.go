package awsmodel

import "strings"

// integration is the API that a Resource names.
type integration struct {
	sdk     bool   // it is one of aws-sdk
	service string // "sqs"
	action  string // "sendMessage"
	pattern string // "", ".sync", ".sync:2", ".waitForTaskToken"
}

// parseResource parses the Resource of a Task. If it names no API of a service,
// the integration is empty.
func parseResource(resource string) (n integration) {
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "states" {
		return n
	}
	rest, sdk := strings.CutPrefix(parts[5], "aws-sdk:")
	n.sdk = sdk
	n.service, n.action, _ = strings.Cut(rest, ":")
	if i := strings.IndexByte(n.action, '.'); i >= 0 {
		n.action, n.pattern = n.action[:i], n.action[i:]
	}
	return n
}

// optimized has the optimized integrations with a model, and its name where that
// is another (docs/evidence.md#model-optimized).
var optimized = map[string]string{
	"athena": "", "batch": "", "codebuild": "", "databrew": "", "dynamodb": "", "ecs": "", "glue": "", "lambda": "",
	"mediaconvert": "", "sagemaker": "", "sns": "", "sqs": "", "bedrock": "", "eks": "",
	"emr-containers": "emrcontainers", "emr-serverless": "emrserverless", "events": "eventbridge", "states": "sfn",
}

// findModel returns the model of the service, or nil.
func (n integration) findModel() *service {
	if n.sdk {
		return findService(n.service)
	}
	name, known := optimized[n.service]
	switch {
	case !known:
		return nil
	case name == "":
		name = n.service
	}
	return findService(name)
}

// ownRequired has the required parameters of optimized integrations that are no
// API of their service, from AWS's developer guide
// (docs/evidence.md#model-own-apis). Of each list, one is enough.
var ownRequired = map[string][][]string{
	"apigateway:invoke":                                {{"ApiEndpoint"}, {"Method"}},
	"bedrock:invokeModel":                              {{"ModelId"}, {"Body", "Input"}},
	"eks:call":                                         {{"ClusterName"}, {"CertificateAuthority"}, {"Endpoint"}, {"Method"}, {"Path"}},
	"eks:runJob":                                       {{"ClusterName"}, {"CertificateAuthority"}, {"Endpoint"}, {"Job"}},
	"elasticmapreduce:addStep":                         {{"ClusterId"}, {"Step"}},
	"elasticmapreduce:cancelStep":                      {{"ClusterId"}, {"StepId"}},
	"elasticmapreduce:createCluster":                   {{"Name"}, {"Instances"}},
	"elasticmapreduce:modifyInstanceFleetByName":       {{"ClusterId"}, {"InstanceFleetName"}, {"InstanceFleet"}},
	"elasticmapreduce:modifyInstanceGroupByName":       {{"ClusterId"}, {"InstanceGroup"}},
	"elasticmapreduce:setClusterTerminationProtection": {{"ClusterId"}, {"TerminationProtected"}},
	"elasticmapreduce:terminateCluster":                {{"ClusterId"}},
	"http:invoke":                                      {{"ApiEndpoint"}, {"Method"}, {"Authentication", "InvocationConfig"}},
}

// runTaskRefused are the parameters that ecs:runTask.sync sets itself
// (docs/evidence.md#model-run-task).
var runTaskRefused = []string{"Count", "StartedBy"}
