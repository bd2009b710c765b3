package asl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
)

// chain is a definition of n states, each of what the format makes of its number
// and that of the next.
func chain(n int, format string) []byte {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, format+",", i, i+1)
	}
	return fmt.Appendf(nil, `{"StartAt": "S0", "States": {%s "S%d": {"Type": "Succeed"}}}`, s.String(), n)
}

// chains are definitions whose ways, variables and constants are as many as
// their text allows.
var chains = []struct{ name, format string }{
	{"plain", `"S%d": {"Type": "Pass", "Parameters": {"a.$": "$.a.b", "fixed": "0123456789"}, "Next": "S%d"}`},
	{"a variable each", `"S%[1]d": {"Type": "Pass", "Assign": {"v%[2]d": 1, "v0": 1}, "InputPath": "$v%[1]d", "Next": "S%[2]d"}`},
	{"loops in loops", `"S%[1]d": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Assign": {"v%[1]d": 1}, "Next": "S0"}], "Default": "S%[2]d"}`},
	{"branches", `"S%[1]d": {"Type": "Parallel", "Assign": {"v%[2]d": 1, "v0": 1}, "Next": "S%[2]d",
		"Branches": [{"StartAt": "P%[1]d", "States": {"P%[1]d": {"Type": "Pass", "InputPath": "$v0", "End": true}}}]}`},
	{"constants", `"S%[1]d": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "A%[1]d"}], "Default": "B%[1]d"},
		"A%[1]d": {"Type": "Pass", "Result": {"a": 1, "b": 2, "c": {"d": 3}}, "ResultPath": "$.f%[1]d", "Next": "S%[2]d"},
		"B%[1]d": {"Type": "Pass", "Parameters": {"a": 1, "x.$": "$"}, "Next": "S%[2]d"}`},
}

// The time per byte stays the same: validation is linear.
func BenchmarkValidate(b *testing.B) {
	for _, c := range chains {
		for _, kilobytes := range []int{10, 100, 1000} {
			b.Run(fmt.Sprintf("%s/%d_kB", c.name, kilobytes), func(b *testing.B) {
				text := chain(kilobytes*1000/(len(c.format)+20), c.format)
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					asl.Validate(text, asl.Options{})
				}
			})
		}
	}
}

// What is measured is not refused, but for the first variable of a chain.
func TestValidateChains(t *testing.T) {
	for _, c := range chains {
		found := asl.Validate(chain(100, c.format), asl.Options{})
		if c.name == "a variable each" || c.name == "branches" {
			require.Len(t, found, 1, c.name)
			require.Equal(t, asl.CodePossiblyUndefinedVariable, found[0].Code)
			continue
		}
		require.Empty(t, found, c.name)
	}
}

// BenchmarkValidateModels validates a machine of ten Tasks of aws-sdk without
// and with the models.
func BenchmarkValidateModels(b *testing.B) {
	text := chain(10, `"S%d": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Parameters": {"Bucket": "b",
		"Key.$": "$.key", "Body.$": "$.body", "ContentType": "text/plain", "Metadata": {"a": "b"}}, "Next": "S%d"}`)
	for name, models := range map[string]asl.Models{"without": nil, "with": awsmodel.Models{}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if found := asl.Validate(text, asl.Options{Resources: asl.AWSResources, Models: models}); len(found) > 0 {
					b.Fatal(found)
				}
			}
		})
	}
}
