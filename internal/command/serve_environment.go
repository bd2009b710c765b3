package command

import (
	"flag"
	"fmt"
)

// environment are the variables of Step Functions Local that stand for options.
var environment = []struct{ variable, option string }{
	{"AWS_ACCOUNT_ID", "account"},
	{"AWS_DEFAULT_REGION", "region"},
	{"WAIT_TIME_SCALE", "wait-scale"},
	{"LAMBDA_ENDPOINT", "lambda-endpoint"},
	{"SFN_MOCK_CONFIG", "mock"},
}

// readEnvironment sets the options that are not given.
func readEnvironment(f *flag.FlagSet, lookup func(string) (string, bool)) error {
	given := map[string]bool{}
	f.Visit(func(set *flag.Flag) { given[set.Name] = true })
	for _, e := range environment {
		text, ok := lookup(e.variable)
		if !ok || text == "" || given[e.option] {
			continue
		}
		if err := f.Set(e.option, text); err != nil {
			return usageError("%s: invalid value %q: %v", e.variable, text, err)
		}
	}
	return nil
}

// endpoints are the variables of Step Functions Local for services that the server does
// not call.
var endpoints = []struct{ variable, service string }{
	{"BATCH_ENDPOINT", "AWS Batch"},
	{"DYNAMODB_ENDPOINT", "DynamoDB"},
	{"ECS_ENDPOINT", "Amazon ECS"},
	{"GLUE_ENDPOINT", "AWS Glue"},
	{"SAGE_MAKER_ENDPOINT", "SageMaker"},
	{"SNS_ENDPOINT", "Amazon SNS"},
	{"SQS_ENDPOINT", "Amazon SQS"},
}

// unsupportedEnvironment says which variables have no effect.
func unsupportedEnvironment(lookup func(string) (string, bool)) []string {
	var warnings []string
	for _, e := range endpoints {
		if text, ok := lookup(e.variable); ok && text != "" {
			warnings = append(warnings, fmt.Sprintf("%s is not supported: tasks of %s fail, unless a case of the mock file answers them", e.variable, e.service))
		}
	}
	if text, ok := lookup("STEP_FUNCTIONS_ENDPOINT"); ok && text != "" {
		warnings = append(warnings, "STEP_FUNCTIONS_ENDPOINT has no effect: nested executions run in this server")
	}
	return warnings
}
