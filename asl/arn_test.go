package asl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestParseARN(t *testing.T) {
	for text, want := range map[string]asl.ARN{
		"arn:aws:lambda:eu-west-1:123456789012:function:f:live": {
			Partition: "aws", Service: "lambda", Region: "eu-west-1", Account: "123456789012", Resource: "function:f:live"},
		"arn:aws-cn:states:::sqs:sendMessage": {Partition: "aws-cn", Service: "states", Resource: "sqs:sendMessage"},
		"arn:::::":                            {},
	} {
		a, ok := asl.ParseARN(text)
		require.True(t, ok, text)
		require.Equal(t, want, a, text)
	}
	for _, text := range []string{"", "charge", "arn:aws:states", "arn:aws:states:::", "urn:aws:states:::x:y"} {
		a, ok := asl.ParseARN(text)
		require.Equal(t, text == "arn:aws:states:::", ok, text)
		if !ok {
			require.Zero(t, a)
		}
	}
}
