package asl_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

func errorsOf(found asl.ErrorList) asl.ErrorList {
	var list asl.ErrorList
	for _, d := range found {
		if d.Severity == asl.SeverityError {
			list = append(list, d)
		}
	}
	return list
}

// Validate gives no error for a definition that two validators take.
func TestValidateRealDefinitions(t *testing.T) {
	valid, wrong, warned := 0, 0, 0
	eachLine(t, filepath.Join("real", "definitions.ndjson"), func(o *value.Object) {
		found := asl.Validate([]byte(text(o, "text")), asl.Options{})
		if text(o, "verdict") != "valid" {
			return
		}
		valid++
		if list := errorsOf(found); len(list) > 0 {
			wrong++
			t.Errorf("%s: %v", text(o, "id"), list)
		}
		if len(found) > 0 {
			warned++
			t.Logf("%s: %v", text(o, "id"), asl.ErrorList(found))
		}
	})
	t.Logf("of %d valid definitions %d are refused, %d have warnings", valid, wrong, warned)
}

// notDeployable are the definitions that AWS could not take as they stand, and
// why.
var notDeployable = map[string]string{
	"20e3d9769084": "its Resources are to be replaced: <INSERT DICE LAMBDA ARN HERE>",
	"8673d8fadaf9": "its Resource is to be replaced: <INSERT DICE LAMBDA ARN HERE>",
	"5cd525e4a590": "its Resource is to be replaced: {{DOC_EXAMPLE_ACTIVITY_ARN}}",
	"6a5b02b5918c": "its Resource is to be replaced: REPLACE_WITH_YOUR_LAMBDA_ARN",
	"c2ad6883e722": "its Resource is to be replaced: REPLACE_WITH_YOUR_LAMBDA_ARN",
	"1091a7f8bdca": "its Resources are to be replaced: ACCOUNT_ID is no account",
	"9d6aa3611004": "its Resources are to be replaced: ACCOUNT_ID is no account",
	"7dab6a8515b2": "its Resource is to be replaced: ACCOUNT is no account",
	"da1f492ced7c": "its Resource is to be replaced: ACCOUNT is no account",
	"c24920f7e5fc": "its Resources are attributes of another template: VerifyStackInstanceStatus.Arn",
	"3c988abc945f": "its Resource is the name of another tool's task: task1",
	"3dba76b2f72d": "its Resources are names of another tool's functions: generate_batch_config",
	"f21d317ba4fe": "it is the example of a talk, which calls lambda:invoke without Parameters",
}

// Validate gives no error about resources for a definition that two validators
// take, if AWS could take it.
func TestValidateRealResources(t *testing.T) {
	valid, wrong, otherwise := 0, 0, 0
	eachLine(t, filepath.Join("real", "definitions.ndjson"), func(o *value.Object) {
		if text(o, "verdict") != "valid" {
			return
		}
		valid++
		list := errorsOf(asl.Validate([]byte(text(o, "text")), asl.Options{Resources: asl.AWSResources}))
		switch reason := notDeployable[text(o, "id")]; {
		case reason != "":
			otherwise++
			require.NotEmpty(t, list, "%s is refused: %s", text(o, "id"), reason)
		case len(list) > 0:
			wrong++
			t.Errorf("%s: %v", text(o, "id"), list)
		}
	})
	t.Logf("of %d valid definitions %d are refused, and %d that are not deployable", valid, wrong, otherwise)
}

// judgedOtherwise are the cases whose source is not followed, and why.
var judgedOtherwise = map[string]string{
	"v0075": "AWS was recorded to refuse a JSONPath state in a machine of JSONata",
	"v0402": "the Credentials are another engine's: AWS was recorded to require RoleArn",
	"v0403": "the Credentials are another engine's: AWS was recorded to require RoleArn",
}

// Validate gives the verdict of each case, counted by its source.
func TestValidateCorpus(t *testing.T) {
	type tally struct{ passed, failed, otherwise int }
	tallies := map[string]*tally{}
	eachLine(t, filepath.Join("validator", "cases.ndjson"), func(o *value.Object) {
		// AWS saw this recording with the value of the test's parameter.
		definition := strings.Replace(text(o, "text"), "%CONTEXT_OBJECT_LITERAL_PLACEHOLDER%", "$$", 1)
		options := asl.Options{}
		if text(o, "rule") == "express-unsupported" {
			options.Type = asl.Express
			definition = strings.ReplaceAll(definition, `"activity_arn"`, `"arn:aws:states:us-east-1:111111111111:activity:a"`)
		}
		if text(o, "rule") == "arn-format" || strings.Contains(text(o, "reason"), "is not recognized") {
			options.Resources = asl.AWSResources
		}
		source := text(o, "source") + " (" + text(o, "truth") + ")"
		if tallies[source] == nil {
			tallies[source] = &tally{}
		}
		list := errorsOf(asl.Validate([]byte(definition), options))
		switch {
		case len(list) == 0 == (text(o, "expected") == "valid"):
			tallies[source].passed++
			require.Empty(t, judgedOtherwise[text(o, "id")], "it passes")
		case judgedOtherwise[text(o, "id")] != "":
			tallies[source].otherwise++
		default:
			tallies[source].failed++
			t.Errorf("%s %s: %s: want %s (%s), got\n%v\n%s", source, text(o, "id"), text(o, "test"), text(o, "expected"), text(o, "reason"), list, definition)
		}
	})
	for source, n := range tallies {
		t.Logf("%s: %d passed, %d failed, %d judged otherwise", source, n.passed, n.failed, n.otherwise)
	}
}
