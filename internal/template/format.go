package template

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// Format is what a document has at its top.
type Format string

// The formats. CDK synthesizes templates of CloudFormation, and SAM extends them.
const (
	Unknown        Format = "" // none of the others, or not JSON
	Definition     Format = "definition"
	SAM            Format = "sam"
	CloudFormation Format = "cfn"
	CDK            Format = "cdk"
	Serverless     Format = "serverless"
)

// names are for people.
var names = map[Format]string{
	Definition:     "a definition",
	SAM:            "a template of SAM",
	CloudFormation: "a template of CloudFormation",
	CDK:            "a template that CDK synthesized",
	Serverless:     "a file of the Serverless Framework",
}

// String returns the format in words.
func (f Format) String() string { return names[f] }

// Fits reports whether a document that looks like f can be read as another format: all
// templates with Resources as CloudFormation, and those without the metadata of CDK as CDK.
func (f Format) Fits(wanted Format) bool {
	switch wanted {
	case CloudFormation:
		return slices.Contains([]Format{SAM, CloudFormation, CDK}, f)
	case CDK:
		return f == CDK || f == CloudFormation
	case Definition:
		return f == Definition || f == Unknown
	}
	return f == wanted
}

// Format returns what the document looks like. It reports false if it is not JSON.
func (d Document) Format() (f Format, ok bool) {
	root, err := value.ReadNode(d.JSON, value.ReadOptions{})
	if err != nil {
		return Unknown, false
	}
	return formatOf(object{&root}), true
}

func formatOf(top object) Format {
	switch {
	case top.memberNode("StartAt") != nil || top.memberNode("States") != nil:
		return Definition
	case top.memberNode("Resources") != nil:
		return kindOfResources(top)
	case top.memberNode("stepFunctions") != nil:
		return Serverless
	}
	return Unknown
}

// kindOfResources tells apart templates with Resources, by their Transform and by the types
// and the metadata of resources.
func kindOfResources(top object) Format {
	if t := top.memberNode("Transform"); t != nil && strings.Contains(value.String(t.Value), `AWS::Serverless-`) {
		return SAM
	}
	kind := CloudFormation
	object{top.memberNode("Resources")}.each(func(_ string, n *value.Node) {
		t := object{n}.memberNode("Type")
		if t == nil {
			return
		}
		name, _ := t.Value.(string)
		switch metadata := (object{n}).memberNode("Metadata"); {
		case strings.HasPrefix(name, "AWS::Serverless::"):
			kind = SAM
		case kind != SAM && (name == "AWS::CDK::Metadata" || object{metadata}.memberNode("aws:cdk:path") != nil):
			kind = CDK
		}
	})
	return kind
}
