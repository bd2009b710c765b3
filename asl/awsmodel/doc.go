// Package awsmodel has models of AWS's services. It finds mistakes in what a
// Task sends to a service, and in a mocked answer of one, as AWS Step Functions
// does:
//
//	found := asl.Validate(text, asl.Options{Resources: asl.AWSResources, Models: awsmodel.Models{}})
//	answer, err := teststate.Run(ctx, request, teststate.Options{Models: awsmodel.Models{}})
//
// The models are part of the program that imports the package: about 1.4 MB of
// compressed data. A model is read when its service is first asked for. README.md
// says how old the data is and how to renew it.
//
// A service or an action that the models do not have is not checked. Where it is
// not known what AWS says about a mistake, there is no finding: it is worse to
// refuse what AWS accepts than to accept what AWS refuses.
package awsmodel

//go:generate go run ./internal/generate

// Date is the day of the newest of the sources from which the models were made.
const Date = "2026-11-10"

// Models checks requests and responses. The zero value is ready to use. It is
// safe for concurrent use.
type Models struct{}

// ErrorPrefix returns what stands before the dot in the names of errors of
// aws-sdk:SERVICE: "DynamoDb" for dynamodb, whose errors are such as
// DynamoDb.ConditionalCheckFailedException. It returns "" for an unknown service.
func (Models) ErrorPrefix(service string) string {
	if s := findService(service); s != nil {
		return s.prefix
	}
	return ""
}
