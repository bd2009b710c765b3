package template_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/template"
)

func find(text string, values map[string]string) []template.Machine {
	return template.Find(template.Document{JSON: []byte(text)}, values)
}

// A template of SAM or CloudFormation with one machine.
func resource(kind, properties string) string {
	return `{"Parameters": {"Stage": {"Type": "String", "Default": "beta"}, "Seconds": {"Type": "Number", "Default": 7}, "Bare": {"Type": "Number"},
		"Empty": {"Default": ""}, "Looked": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/name"}},
	"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Orders": {"Type": "` + kind + `", "Properties": {` + properties + `}}}}`
}

const (
	sam = "AWS::Serverless::StateMachine"
	cfn = "AWS::StepFunctions::StateMachine"
)

// Functions become placeholders in the definition, or the values that are known.
func TestFunctions(t *testing.T) {
	for name, c := range map[string]struct{ kind, properties, want string }{
		"an object": {sam, `"Definition": {"a": [1.50, true, null, "é\"\n"], "b": {}}`, `{"a":[1.50,true,null,"é\"\n"],"b":{}}`},
		"references": {sam, `"Definition": {"a": {"Ref": "T"}, "b": {"Fn::GetAtt": ["F", "Arn"]}, "c": {"Fn::GetAtt": "F.Arn"}}`,
			`{"a":"${T}","b":"${F.Arn}","c":"${F.Arn}"}`},
		"a string by its parameter's type": {sam, `"Definition": {"a": {"Ref": "Stage"}, "b": {"Ref": "Seconds"}, "c": {"Ref": "Bare"}}`,
			`{"a":"${Stage}","b":7,"c":"${Bare}"}`},
		"joined": {cfn, `"DefinitionString": {"Fn::Join": ["", ["{\"a\": \"", {"Ref": "T"}, "-", {"Fn::GetAtt": ["F", "Arn"]}, "\", \"b\": ", 1, "}"]]}`,
			`{"a": "${T}-${F.Arn}", "b": 1}`},
		"joined with a separator": {sam, `"Definition": {"a": {"Fn::Join": [":", ["x", {"Ref": "T"}, {"Fn::Join": ["", ["y", "z"]]}]]}}`, `{"a":"x:${T}:yz"}`},
		"substituted":             {cfn, `"DefinitionString": {"Fn::Sub": "{\"a\": \"${T}\", \"b\": \"${!X}\"}"}`, `{"a": "${T}", "b": "${!X}"}`},
		"substituted with variables": {cfn, `"DefinitionString": {"Fn::Sub": ["{\"a\": \"${V}-${W}-${T}\"}", {"V": {"Fn::GetAtt": ["F", "Arn"]}, "W": "w\"x"}]}`,
			`{"a": "${F.Arn}-w"x-${T}"}`},
		"a condition":       {sam, `"Definition": {"a": {"Fn::If": ["C", {"b": 1}, 2]}, "c": {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, 3]}}`, `{"a":{"b":1},"c":3}`},
		"no value":          {sam, `"Definition": {"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, {"Ref": "AWS::NoValue"}]}]}`, `{"b":[1]}`},
		"other functions":   {sam, `"Definition": {"a": {"Fn::ImportValue": "x-y z"}, "b": {"Fn::Select": [0, []]}, "c": {"Fn::Base64": {"Ref": "T"}}}`, `{"a":"${Fn__ImportValue_x-y_z}","b":"${Fn::Select}","c":"${Fn::Base64}"}`},
		"pseudo parameters": {sam, `"Definition": {"a": {"Fn::Sub": "arn:${AWS::Partition}:x"}, "b": {"Ref": "AWS::Region"}}`, `{"a":"arn:${AWS::Partition}:x","b":"${AWS::Region}"}`},
		"a plain string":    {cfn, `"DefinitionString": "{\n\t\"a\": \"\\u00e4\ud83d\ude00\"}"`, "{\n\t\"a\": \"\\u00e4😀\"}"},
		"Ref with others":   {sam, `"Definition": {"a": {"Ref": "T", "b": 1}}`, `{"a":{"Ref":"T","b":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			found := find(resource(c.kind, c.properties), nil)
			require.Len(t, found, 1)
			require.NoError(t, found[0].Err)
			require.Equal(t, "Orders", found[0].Name)
			require.Equal(t, c.want, string(found[0].Definition))
		})
	}
}

func TestSubstitutions(t *testing.T) {
	text := resource(sam, `"Definition": {"a": "${Arn} ${Stage} ${N}"}, "Type": "EXPRESS", "DefinitionSubstitutions": {
		"Arn": {"Fn::GetAtt": ["F", "Arn"]}, "N": 3, "Flag": true, "Table": {"Fn::Sub": "t-${Stage}"}, "Other": {"Fn::Sub": "t-${AWS::Region}"}, "Stage2": {"Ref": "Stage"},
		"Empty": {"Ref": "Empty"}, "Looked": {"Ref": "Looked"}}`)
	m := find(text, map[string]string{"Seconds": "9"})[0]
	require.Equal(t, map[string]string{"N": "3", "Flag": "true", "Table": "t-beta", "Stage": "beta", "Stage2": "beta", "Seconds": "9"}, m.Substitutions)
	require.Equal(t, asl.Express, m.Type)

	// A file knows only what the machine gives it.
	m = find(resource(sam, `"DefinitionUri": "m.asl.json", "DefinitionSubstitutions": {"N": 3}`), map[string]string{"X": "1"})[0]
	require.Equal(t, "m.asl.json", m.URI)
	require.Equal(t, map[string]string{"N": "3", "X": "1"}, m.Substitutions)
}

// A placeholder that stands for a value of any type gives a number its digits, and is known
// by its place if it has no value.
func TestUntypedPlaceholders(t *testing.T) {
	text := resource(sam, `"Definition": {"a": {"Ref": "Bare"}, "b": {"Fn::GetAtt": ["F", "Arn"]}, "c": "${Own}", "d": {"Fn::Sub": "${Own}"}, "e": {"Ref": "Stage"}}`)
	m := find(text, nil)[0]
	require.Equal(t, map[int]string{5: "Bare", 19: "F.Arn"}, m.Untyped)
	m = find(text, map[string]string{"Bare": "12", "F.Arn": "arn", "Stage": "1"})[0]
	require.Equal(t, `{"a":12,"b":"${F.Arn}","c":"${Own}","d":"${Own}","e":"${Stage}"}`, string(m.Definition))
	require.Empty(t, m.Untyped)
	require.True(t, m.Uses("Bare"))
	require.True(t, m.Uses("F.Arn"))
	require.False(t, m.Uses("Far"))
}

func TestWhereDefinitionsAre(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 4)
	for name, c := range map[string]struct{ kind, properties, uri, err string }{
		"a file":              {sam, `"DefinitionUri": "x/m.asl.yaml"`, "x/m.asl.yaml", ""},
		"a file to package":   {cfn, `"DefinitionS3Location": "./m.json"`, "./m.json", ""},
		"an asset of CDK":     {cfn, `"DefinitionS3Location": {"Bucket": {"Fn::Sub": "cdk-${AWS::Region}"}, "Key": "` + hash + `.json"}`, "asset." + hash + ".json", ""},
		"one with a prefix":   {cfn, `"DefinitionS3Location": {"Bucket": "b", "Key": "a/` + hash + `.json"}`, "asset." + hash + ".json", ""},
		"no asset of CDK":     {cfn, `"DefinitionS3Location": {"Bucket": "b", "Key": "order.json"}`, "", "its definition is not in a local file"},
		"a bucket":            {sam, `"DefinitionUri": {"Bucket": "b", "Key": "k"}`, "", "its definition is not in a local file"},
		"a URL":               {sam, `"DefinitionUri": "s3://b/k"`, "", "its definition is not in a local file"},
		"an empty name":       {sam, `"DefinitionUri": ""`, "", "the name of its definition's file is empty"},
		"nowhere":             {sam, `"Type": "STANDARD"`, "", "it has no definition"},
		"in an empty string":  {cfn, `"DefinitionString": ""`, "", "its definition is empty"},
		"in a list, not text": {cfn, `"DefinitionString": [1]`, "", "its definition is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			m := find(resource(c.kind, c.properties), nil)[0]
			require.Equal(t, c.uri, m.URI)
			if c.err == "" {
				require.NoError(t, m.Err)
			} else {
				require.EqualError(t, m.Err, c.err)
			}
		})
	}
}

func TestServerlessFramework(t *testing.T) {
	found := find(`{"service": "s", "stepFunctions": {"stateMachines": {
		"one": {"type": "EXPRESS", "definition": {"a": {"Fn::GetAtt": ["hello", "Arn"]}, "b": "${self:custom.wait}", "c": "x-${opt:stage, 'dev'}-${env:A}", "d": "${X}"}},
		"two": {"definition": "${file(machines/two.asl.json)}"},
		"three": {"definition": "${self:custom.three}"},
		"four": {}}}}`, map[string]string{"self_custom_wait": "5"})
	require.Len(t, found, 4)
	require.Equal(t, `{"a":"${hello.Arn}","b":5,"c":"x-${opt_stage___dev_}-${env_A}","d":"${X}"}`, string(found[0].Definition))
	require.Equal(t, asl.Express, found[0].Type)
	require.Equal(t, "machines/two.asl.json", found[1].URI)
	require.Equal(t, "${self_custom_three}", string(found[2].Definition))
	require.EqualError(t, found[3].Err, "it has no definition")
}

// What is not a template is a definition as it stands.
func TestPlainDefinitions(t *testing.T) {
	for _, text := range []string{`{"StartAt": "A", "States": {}, "Resources": {"A": {"Ref": "x"}}}`, `{"Type": "Pass"}`, `[1]`, `{`, ``, `{"x": {"Ref": "A"}}`} {
		found := find(text, map[string]string{"A": "1"})
		require.Len(t, found, 1)
		require.Equal(t, text, string(found[0].Definition))
		require.Equal(t, 3, found[0].Offset(3))
		require.Equal(t, map[string]string{"A": "1"}, found[0].Substitutions)
	}
	require.Empty(t, find(`{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}`, nil))
}

// Each part of a definition leads to its place in the template.
func TestPlacesInTheTemplate(t *testing.T) {
	text := resource(cfn, `"DefinitionString": {"Fn::Join": ["", ["{\"é\": \"Q1\",\n \"", {"Ref": "T"}, "Q2\"", {"Fn::Sub": ["Q3 ${V} Q4", {"V": "Q5"}]}, "}"]]}`)
	m := find(text, nil)[0]
	for i := 1; i <= 5; i++ {
		name := fmt.Sprintf("Q%d", i)
		at := strings.Index(string(m.Definition), name)
		require.Positive(t, at)
		require.Equal(t, strings.Index(text, name), m.Offset(at), name)
		require.Equal(t, strings.Index(text, name)+1, m.Offset(at+1), name)
	}
	require.Equal(t, strings.Index(text, `{"Ref": "T"}`), m.Offset(strings.Index(string(m.Definition), "${T}")))

	text = resource(sam, `"Definition": {"StartAt" : "Q1", "x": [ {"Fn::Sub": "a ${B} Q2"} , 3.25, {"Ref": "Q3"}]}`)
	m = find(text, nil)[0]
	for definition, place := range map[string]string{`"StartAt"`: `"StartAt"`, "Q1": "Q1", "Q2": "Q2", "3.25": "3.25", `"${Q3}"`: `{"Ref": "Q3"}`, "[": "[ {"} {
		require.Equal(t, strings.Index(text, place), m.Offset(strings.Index(string(m.Definition), definition)), place)
	}
}

// Repeated members stay in a definition, which has findings about them. A template cannot have
// two machines of one name.
func TestRepeatedKeys(t *testing.T) {
	text := resource(sam, `"Definition": {"StartAt": "A", "States": {"A": 1, "B": {}, "\u0041": 2, "A": {"Type": "Succeed", "Type": "Fail"}}}`)
	m := find(text, nil)[0]
	var got []string
	for _, d := range asl.Validate(m.Definition, asl.Options{}) {
		if d.Code == asl.CodeFieldRepeated {
			got = append(got, text[m.Offset(d.Pos.Offset):][:6])
		}
	}
	require.Equal(t, []string{`"\u004`, `"A": {`, `"Type"`}, got)

	found := find(`{"Resources": {"M": {"Type": "`+sam+`"}, "N": {"Type": "`+sam+`", "Properties": {"Definition": {}}}, "M": {"Type": "`+sam+`", "Properties": {"Definition": {}}}}}`, nil)
	require.Len(t, found, 2)
	require.EqualError(t, found[0].Err, "the template has several resources of this name")
	require.NoError(t, found[1].Err)
}

// Functions do not make a definition that has no end, or that needs work without one.
func TestExpansionIsBounded(t *testing.T) {
	nested := `""`
	for range 9 {
		nested = `{"Fn::Sub": ["` + strings.Repeat("${a}", 30) + `", {"a": ` + nested + `}]}`
	}
	chosen := `""`
	for range 300 {
		chosen = `{"Fn::If": ["C", ` + chosen + `, 1]}`
	}
	items := strings.Repeat("1,", 100_000) + "1"
	long := strings.Repeat("x", 100_000)
	for name, definition := range map[string]string{
		"a long variable":     `{"Fn::Sub": ["` + strings.Repeat("${V}", 50_000) + `", {"V": "` + long + `"}]}`,
		"an empty variable":   nested,
		"chosen many times":   `{"Fn::Sub": ["` + strings.Repeat("${V}", 50_000) + `", {"V": ` + chosen + `}]}`,
		"a long separator":    `{"Fn::Join": ["` + long + `", [` + items + `]]}`,
		"a long name":         `{"Fn::Join": [{"Ref": "` + long + `"}, [` + items + `]]}`,
		"a long number":       `{"Fn::Join": [1` + strings.Repeat("0", 200) + `, [` + items + `]]}`,
		"an attribute's name": `{"Fn::Join": [{"Fn::GetAtt": [` + items + `]}, [` + items + `]]}`,
	} {
		t.Run(name, func(t *testing.T) {
			properties := []string{`"DefinitionString": ` + definition}
			if strings.HasSuffix(name, "variable") { // a substitution is written by the same functions
				properties = append(properties, `"DefinitionUri": "x.json", "DefinitionSubstitutions": {"A": `+definition+`}`)
			}
			for _, p := range properties {
				m := find(resource(cfn, p), nil)[0]
				require.EqualError(t, m.Err, "the functions of the template expand to too much")
				require.Less(t, len(m.Definition), 8<<20)
			}
		})
	}

	// A long template without such functions is read.
	var machines []string
	for i := range 5_000 {
		machines = append(machines, fmt.Sprintf(`"M%d": {"Type": "%s", "Properties": {"DefinitionString": {"Fn::Join": ["", ["%s", {"Ref": "A"}]]}}}`, i, cfn, long[:1000]))
	}
	found := find(`{"Resources": {`+strings.Join(machines, ",")+`}}`, nil)
	require.Len(t, found, 5_000)
	for _, m := range found {
		require.NoError(t, m.Err)
	}
}

// A machine has the values of the parameters that it uses, and not a copy of all.
func TestSubstitutionsOfMachines(t *testing.T) {
	m := find(resource(cfn, `"DefinitionString": "${Stage}", "DefinitionSubstitutions": {"X": "1"}`), nil)[0]
	require.Equal(t, map[string]string{"Stage": "beta", "X": "1"}, m.Substitutions)
}

// Fn::Sub makes ${Name} of ${!Name}, which DefinitionSubstitutions replaces.
func TestLiteralPlaceholders(t *testing.T) {
	for definition, want := range map[string]string{
		`{"Fn::Sub": "${!X} ${!Y} ${!Z}"}`:                     "${X} ${Y} ${!Z}",
		`{"Fn::Sub": ["${!X} ${V}", {"V": "${!X}"}]}`:          "${X} ${!X}",
		`{"Fn::Join": ["-", ["${!X}", {"Fn::Sub": "${!X}"}]]}`: "${!X}-${X}",
	} {
		m := find(resource(cfn, `"DefinitionString": `+definition+`, "DefinitionSubstitutions": {"X": "1", "Y": {"Ref": "T"}}`), nil)[0]
		require.Equal(t, want, string(m.Definition), definition)
	}
}

// Only a number becomes a number: the parameter's type says what its value is.
func TestTypesOfParameters(t *testing.T) {
	for kind, want := range map[string]string{
		"Number": `{"a":1}`, "String": `{"a":"${P}"}`, "CommaDelimitedList": `{"a":"${P}"}`,
		"List<Number>": `{"a":"${P}"}`, "AWS::EC2::VPC::Id": `{"a":"${P}"}`,
	} {
		text := `{"Parameters": {"P": {"Type": "` + kind + `", "Default": "1"}}, "Resources": {"M": {"Type": "` + sam + `", "Properties": {"Definition": {"a": {"Ref": "P"}}}}}}`
		m := find(text, nil)[0]
		require.Equal(t, want, string(m.Definition), kind)
		require.Empty(t, m.Untyped, kind)
	}
}

// Any JSON is read. The offsets of what is found are in it.
func FuzzFind(f *testing.F) {
	f.Add(resource(sam, `"Definition": {"a": {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, {"Fn::Sub": ["${V}", {"V": {"Fn::Join": [":", ["\u00e4", {"Ref": 1}]]}}]}]}}`), 0)
	f.Add(`{"stepFunctions": {"stateMachines": {"a": {"definition": "${file(x)}"}, "b": {"definition": {"c": "${self:x, ${opt:y}}"}}}}}`, 0)
	f.Add(`{"StartAt": "${X}", "Fn::Sub": [], "x": {"Fn::GetAtt": {}}}`, 12)
	f.Add(`{"Resources": {"a": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": {"Fn::Join": [[], ["a", "\ud83d"]]}}}}}`, 0)
	f.Fuzz(func(t *testing.T, text string, placeholder int) {
		d := template.Document{JSON: []byte(text), Tagged: true, Placeholders: []int{placeholder}}
		for _, m := range template.Find(d, map[string]string{"X": "1"}) {
			for at := range len(m.Definition) + 1 {
				require.GreaterOrEqual(t, m.Offset(at), 0)
				require.LessOrEqual(t, m.Offset(at), len(text)+1)
			}
			var object map[string]any
			if json.Unmarshal([]byte(text), &object) == nil && object["StartAt"] != nil {
				require.True(t, json.Valid(m.Definition), "%s", m.Definition)
			}
		}
	})
}
