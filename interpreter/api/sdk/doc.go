// Package sdk tests the Step Functions API of package api with the AWS SDK for Go: its
// client calls every operation and decodes every answer. It has no code of its own; it
// is a module of its own because of the SDK.
package sdk
