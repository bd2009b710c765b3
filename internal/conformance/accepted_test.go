package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/value"
)

// TestAccepted validates every definition that was recorded running on AWS as
// AWS did: nothing may be wrong with it.
func TestAccepted(t *testing.T) {
	var all acceptance
	for _, dir := range Folders() {
		for _, kind := range []string{"history", "outputs", "describe", "express"} {
			names, err := Files(dir, kind)
			require.NoError(t, err)
			for _, name := range names {
				all.validate(t, dir, kind, name)
			}
		}
	}
	if all.accepted == 0 {
		t.Skipf("no recordings in %s: ASL_CORPUS lists the folders of the corpus", strings.Join(Folders(), ", "))
	}
	fmt.Printf("accepted by AWS: %d definitions, %d of EXPRESS machines, %d refused\n", all.accepted, all.express, all.refused)
}

// acceptance counts the definitions that AWS accepted.
type acceptance struct{ accepted, express, refused int }

func (a *acceptance) validate(t *testing.T, dir, kind, name string) {
	data, err := os.ReadFile(filepath.Join(dir, kind, name))
	require.NoError(t, err)
	v, err := value.Parse(data)
	require.NoError(t, err)
	recording := v.(*value.Object)
	cases := listOf(recording, "cases")
	if kind != "outputs" {
		cases = []any{recording}
	}
	for _, c := range cases {
		a.accepted++
		machineType := asl.MachineType(textOf(c.(*value.Object), "type"))
		if machineType == asl.Express {
			a.express++
		}
		var wrong asl.ErrorList
		for _, d := range asl.Validate(recordedDefinition(c.(*value.Object)), asl.Options{Type: machineType, Resources: asl.AWSResources, Models: awsmodel.Models{}}) {
			if d.Severity == asl.SeverityError && !leftOver(name, d) {
				wrong = append(wrong, d)
			}
		}
		if len(wrong) > 0 {
			a.refused++
			t.Errorf("%s/%s: %v", kind, name, wrong)
		}
	}
}

// recordedDefinition is what AWS was given, with ARNs where the recorder wrote
// names.
func recordedDefinition(c *value.Object) []byte {
	return []byte(strings.NewReplacer(
		`"Resource":"activity_arn"`, `"Resource":"arn:aws:states:us-east-1:111111111111:activity:a"`,
		`<test_aws_account_id>`, `111111111111`,
	).Replace(string(value.Append(nil, memberOf(c, "definition")))))
}

// leftOver reports whether a finding is about a state that nothing leads to any
// more in a definition that was cut down after AWS had accepted it.
func leftOver(name string, d asl.Diagnostic) bool {
	return strings.HasPrefix(name, "native_") && strings.HasSuffix(d.Message, "is not reachable.")
}
