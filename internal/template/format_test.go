package template_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/template"
)

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		text string
		want template.Format
	}{
		{`{"StartAt": "A"}`, template.Definition},
		{`{"States": {}, "Resources": {}}`, template.Definition},
		{`{"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}`, template.SAM},
		{`{"Transform": ["X", "AWS::Serverless-2016-10-31"], "Resources": {}}`, template.SAM},
		{resource(sam, ""), template.SAM},
		{resource(cfn, ""), template.CloudFormation},
		{`{"Resources": {"A": 1}}`, template.CloudFormation},
		{`{"Resources": {"M": {"Type": "AWS::CDK::Metadata"}}}`, template.CDK},
		{`{"Resources": {"M": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "a/b"}}}}`, template.CDK},
		{`{"stepFunctions": {}}`, template.Serverless},
		{`{"Type": "Pass"}`, template.Unknown},
		{`[]`, template.Unknown},
	} {
		f, ok := template.Document{JSON: []byte(c.text)}.Format()
		require.True(t, ok, c.text)
		require.Equal(t, c.want, f, c.text)
	}
	_, ok := template.Document{JSON: []byte(`StartAt: A`)}.Format()
	require.False(t, ok)
}

// A template of SAM or CDK is one of CloudFormation. A state alone has no StartAt.
func TestFormatsThatFit(t *testing.T) {
	all := []template.Format{template.Unknown, template.Definition, template.SAM, template.CloudFormation, template.CDK, template.Serverless}
	for wanted, want := range map[template.Format][]template.Format{
		template.Definition:     {template.Unknown, template.Definition},
		template.SAM:            {template.SAM},
		template.CloudFormation: {template.SAM, template.CloudFormation, template.CDK},
		template.CDK:            {template.CloudFormation, template.CDK},
		template.Serverless:     {template.Serverless},
	} {
		var fit []template.Format
		for _, f := range all {
			if f.Fits(wanted) {
				fit = append(fit, f)
			}
		}
		require.Equal(t, want, fit, wanted)
	}
}
