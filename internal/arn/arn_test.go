package arn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/arn"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]arn.ARN{
		"arn:aws:lambda:eu-west-1:123456789012:function:f:live": {
			Partition: "aws", Service: "lambda", Region: "eu-west-1", Account: "123456789012", Resource: "function:f:live"},
		"arn:aws-cn:states:::sqs:sendMessage": {Partition: "aws-cn", Service: "states", Resource: "sqs:sendMessage"},
		"arn:::::":                            {},
	} {
		a, ok := arn.Parse(text)
		require.True(t, ok, text)
		require.Equal(t, want, a, text)
	}
	for _, text := range []string{"", "charge", "arn:aws:states", "arn:aws:states:::", "urn:aws:states:::x:y"} {
		a, ok := arn.Parse(text)
		require.Equal(t, text == "arn:aws:states:::", ok, text)
		if !ok {
			require.Zero(t, a)
		}
	}
}
