package awsmodel

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func parse(t testing.TB, text string) *value.Object {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err, text)
	return v.(*value.Object)
}

// checkAll runs both checks in all their ways over a model, on any JSON.
func checkAll(s *service, in, out *structure, text string) {
	v, err := value.ParseString(text)
	o, ok := v.(*value.Object)
	if err != nil || !ok {
		return
	}
	for _, yes := range []bool{true, false} {
		r := &request{integration: integration{sdk: yes, service: "s", action: "a"}, model: s, jsonata: yes}
		if in != nil {
			r.missing(in, o)
			r.checkMembers(in, o, yes)
		}
		if out != nil {
			(&response{model: s, sdk: yes, strict: yes}).checkMembers(out, o, nil)
		}
	}
}

func sdk(call string) string { return "arn:aws:states:::aws-sdk:" + call }

func opt(call string) string { return "arn:aws:states:::" + call }

const (
	send   = "sqs:sendMessage"
	put    = "s3:putObject"
	list   = "s3:listObjectsV2"
	sendOK = `"QueueUrl": "q", "MessageBody": "b"`
	putOK  = `"Bucket": "b", "Key": "k", "Body": "x"`
)

func TestRequests(t *testing.T) {
	const (
		noText = "The value for the field 'MessageBody' must be a STRING"
		noInt  = "The value for the field 'DelaySeconds' must be an INTEGER"
		noBool = "Cannot deserialize value of type `java.lang.Boolean` from "
	)
	unsupported := func(name string) string { return `The field "` + name + `" is not supported by Step Functions` }
	missing := func(name string) string { return "The field '" + name + "' is required but was missing" }
	for _, c := range []struct {
		resource, parameters string
		want                 []string
	}{
		{sdk(send), `{` + sendOK + `}`, nil},
		{sdk(send), `{}`, []string{missing("QueueUrl"), missing("MessageBody")}},
		{sdk(send), `{"messageBody": 1, "QueueUrl.$": "$.q"}`, []string{missing("MessageBody")}},
		{sdk(send), `{"QueueUrl": null, "MessageBody.$": 7}`, nil},
		{sdk(send + ".waitForTaskToken"), `{"QueueUrl": ""}`, []string{missing("MessageBody")}},
		{sdk(put), `{"Bogus": 1}`, []string{missing("Bucket"), missing("Key"), missing("Body")}},
		{sdk(put), `{"Bucket": "b", "Key": "k"}`, []string{missing("Body")}},
		{sdk(put), `{` + putOK + `}`, nil},
		{sdk(put), `{"Bucket": "b", "Key": "k", "Body.$": "$"}`, nil},
		{sdk(put), `{"Bucket": "b", "Key": "k", "Body": {"any": [1.5, null]}}`, nil},
		{sdk("s3:getObject"), `{"Bucket": "b", "Key": "k"}`, nil},
		{sdk("lambda:invoke"), `{"FunctionName": "f", "Payload": {"a": 1}}`, nil},
		{sdk("emrserverless:startJobRun"), `{"ApplicationId": "a"}`, []string{missing("ExecutionRoleArn")}},

		{sdk(send), `{` + sendOK + `, "Queue": 1, "Bogus": 1}`, []string{unsupported("Queue") + ". Did you mean 'QueueUrl'?"}},
		{sdk(send), `{` + sendOK + `, "xyz": 1}`, []string{unsupported("xyz")}},
		{sdk(send), `{` + sendOK + `, "messagebody.$": "$.b"}`, []string{unsupported("messagebody") + ". Did you mean 'MessageBody'?"}},
		{sdk(put), `{` + putOK + `, "Bogus": true}`, []string{unsupported("Bogus") + ". Did you mean 'Bucket'?"}},
		{sdk(put), `{` + putOK + `, "contentType": "t"}`, []string{unsupported("contentType") + ". Did you mean 'ContentType'?"}},
		{sdk(put), `{` + putOK + `, "Bodyy": "t"}`, []string{unsupported("Bodyy")}},
		{sdk(put), `{` + putOK + `, "ACL": "private"}`, []string{unsupported("ACL") + ". Did you mean 'Acl'?"}},
		{sdk(put), `{` + putOK + `, "Acl": "anything", "SseCustomerKeyMD5": "x", "ChecksumSHA256": "y"}`, nil},
		{sdk("rds:describeDBInstances"), `{"DBInstanceIdentifier": "d"}`, []string{unsupported("DBInstanceIdentifier") + ". Did you mean 'DbInstanceIdentifier'?"}},
		{sdk("rds:describeDBInstances"), `{"DbInstanceIdentifier": "d", "Filters": [{"Name": "n", "Values": ["v"]}]}`, nil},
		{sdk("rds:describeDBInstances"), `{"Filters": [{"name": "n"}]}`, []string{unsupported("name")}},
		{sdk(send), `{` + sendOK + `, "MessageAttributes": {"any key": {"DataTyp": "String"}}}`, []string{unsupported("DataTyp")}},
		{sdk(send), `{` + sendOK + `, "MessageAttributes": {"k": {"StringValue": "v"}}}`, nil},
		{sdk(send), `{` + sendOK + `, "MessageAttributes": {"k.$": "$.attribute", "l": {"DataType.$": 1}}}`, nil},
		{sdk(send), `{` + sendOK + `, "DelaySeconds": "2", "Bogus": 1}`, []string{noInt}},
		{sdk(send), `{` + sendOK + `, "Bogus": 1, "DelaySeconds": "2"}`, []string{unsupported("Bogus")}},

		{sdk(send), `{"QueueUrl": "q", "MessageBody": 1}`, []string{noText}},
		{sdk(send), `{"QueueUrl": "q", "MessageBody": 1.5}`, []string{noText}},
		{sdk(send), `{"QueueUrl": "q", "MessageBody": 12345678901234567890}`, []string{noText}},
		{sdk(send), `{"QueueUrl": "q", "MessageBody": false}`, []string{noText}},
		{sdk(send), `{"QueueUrl": "q", "MessageBody": {"a": 1}}`, nil},
		{sdk(send), `{"QueueUrl": "q", "MessageBody": [1]}`, nil},
		{sdk(send), `{` + sendOK + `, "MessageAttributes": {"k": {"DataType": 123, "StringValue": 12}}}`, []string{"The value for the field 'DataType' must be a STRING"}},
		{sdk(put), `{` + putOK + `, "StorageClass": 1}`, []string{"The value for the field 'StorageClass' must be a STRING"}},
		{sdk(put), `{` + putOK + `, "StorageClass": "Papyrus", "Metadata": {"k": 1}, "Expires": 1}`, nil},
		{sdk(send), `{` + sendOK + `, "DelaySeconds": 2}`, nil},
		{sdk(send), `{` + sendOK + `, "DelaySeconds": 12345678901234567890}`, nil},
		{sdk(send), `{` + sendOK + `, "DelaySeconds": -1}`, nil},
		{sdk(send), `{` + sendOK + `, "DelaySeconds": 2.0}`, []string{noInt}},
		{sdk(send), `{` + sendOK + `, "DelaySeconds": true}`, []string{noInt}},
		{sdk(send), `{` + sendOK + `, "DelaySeconds": {}}`, nil},
		{sdk(put), `{` + putOK + `, "ContentLength": "9"}`, []string{"The value for the field 'ContentLength' must be an INTEGER"}},
		{sdk(list), `{"Bucket": "b", "FetchOwner": "yes"}`, []string{noBool + `String "yes": only "true" or "false" recognized`}},
		{sdk(list), `{"Bucket": "b", "FetchOwner": "tRUE"}`, []string{noBool + `String "tRUE": only "true" or "false" recognized`}},
		{sdk(list), `{"Bucket": "b", "FetchOwner": 0.0}`, []string{noBool + "Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)"}},
		{sdk(list), `{"Bucket": "b", "FetchOwner": 7}`, nil},
		{sdk(list), `{"Bucket": "b", "FetchOwner": []}`, nil},
		{sdk(list), `{"Bucket": "b", "FetchOwner": " False\n"}`, nil},
		{sdk(send), `{` + sendOK + `, "MessageAttributes": {"k": "te'xt"}}`, []string{"Cannot construct instance of `software.amazon.awssdk.services.sqs.model.MessageAttributeValue$BuilderImpl` " +
			"(although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('te'xt')"}},
		{sdk(send), `{` + sendOK + `, "MessageAttributes": {"k": 1}}`, nil},
		{sdk(send), `{` + sendOK + `, "MessageAttributes": "k"}`, nil},
		{sdk("iot:createCommand"), `{"CommandId": "c", "MandatoryParameters": [{"ValueConditions": [{"Operand": {"String": "s"}}]}]}`, nil},
		{sdk("iot:createCommand"), `{"CommandId": "c", "MandatoryParameters": [{"ValueConditions": [{"Operand": {"String": 1}}]}]}`, []string{"The value for the field 'String' must be a STRING"}},
		{sdk("codedeploy:createDeployment"), `{"ApplicationName": "a", "Revision": {"String": {"Content": "c"}}}`, nil},
		{sdk("codedeploy:createDeployment"), `{"ApplicationName": "a", "Revision": {"String_": {}}}`, []string{unsupported("String_")}},
		{sdk("s3:copyObject"), `{"DestinationBucket": "d", "DestinationKey.$": "$.k", "SourceBucket": "s", "SourceKey": "k", "SourceVersionId": "v"}`, nil},
		{sdk("s3:copyObject"), `{"SourceBucket": "s", "SourceKey": "k"}`, []string{missing("Bucket"), missing("Key")}},
		{sdk("s3:uploadPartCopy"), `{"DestinationBucket": "d"}`, []string{missing("CopySource"), missing("Key"), missing("PartNumber"), missing("UploadId")}},
		{sdk(put), `{` + putOK + `, "SourceVersionId": "v"}`, []string{unsupported("SourceVersionId") + ". Did you mean 'ServerSideEncryption'?"}},
		{sdk("ec2:describeInstances"), `{"Filters": ["f"]}`, []string{"Cannot construct instance of `software.amazon.awssdk.services.ec2.model.Filter$BuilderImpl` " +
			"(although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('f')"}},

		{sdk(send), `{` + sendOK + `, "DelaySeconds": "${Delay}", "${Name}": 1, "MessageAttributes": {"k": "${Attribute}"}}`, nil},
		{sdk(send), `{"${Name}": 1}`, nil},
		{sdk("sqs:nope"), `{"a": 1}`, nil},
		{sdk("sqs:sendMessage 60"), `{"a": 1}`, nil},
		{sdk("sqs:SendMessage"), `{"a": 1}`, nil},
		{sdk("sqs:"), `{"a": 1}`, nil},
		{sdk("nope:sendMessage"), `{"a": 1}`, nil},
		{sdk("../sqs:sendMessage"), `{"a": 1}`, nil},
		{sdk("sqs"), `{"a": 1}`, nil},
		{opt("nope:sendMessage"), `{"a": 1}`, nil},
		{"f", `{"a": 1}`, nil},
		{"arn:aws:states:us-east-1:111111111111:activity:a", `{}`, nil},
		{"arn:aws-cn:states:::aws-sdk:sqs:sendMessage", `{"QueueUrl": "q"}`, []string{missing("MessageBody")}},

		{opt("sqs:sendMessage"), `{"MessageBody": {"a": 1}}`, []string{missing("QueueUrl")}},
		{opt("sqs:sendMessage"), `{"QueueUrl": 1, "MessageBody": {"a": 1}, "Bogus": 1}`, nil},
		{opt("dynamodb:putItem"), `{}`, []string{missing("TableName"), missing("Item")}},
		{opt("ecs:runTask"), `{"Count": 2}`, []string{missing("TaskDefinition")}},
		{opt("ecs:runTask"), `{"TaskDefinition": "t", "Count": 2, "StartedBy": "me"}`, nil},
		{opt("ecs:runTask.waitForTaskToken"), `{"TaskDefinition": "t", "Count": 2}`, nil},
		{opt("ecs:runTask.sync"), `{"TaskDefinition": "t", "StartedBy": "me", "Count.$": "$.n"}`,
			[]string{"The field 'StartedBy' is not supported by Step Functions", "The field 'Count' is not supported by Step Functions"}},
		{opt("events:putEvents"), `{}`, []string{missing("Entries")}},
		{opt("states:startExecution.sync:2"), `{}`, []string{missing("StateMachineArn")}},
		{opt("emr-serverless:createApplication"), `{}`, []string{missing("ReleaseLabel"), missing("Type")}},
		{opt("elasticmapreduce:addStep.sync"), `{"ClusterId.$": "$.c"}`, []string{missing("Step")}},
		{opt("http:invoke"), `{"ApiEndpoint": "e"}`, []string{missing("Method"), missing("Authentication")}},
		{opt("http:invoke"), `{"ApiEndpoint": "e", "Method": "GET", "InvocationConfig": {"ConnectionArn": "c"}}`, nil},
		{opt("bedrock:invokeModel"), `{"ModelId": "m", "Input.$": "$.i"}`, nil},
		{opt("bedrock:invokeModel"), `{}`, []string{missing("ModelId"), missing("Body")}},
		{opt("apigateway:invoke"), `{}`, []string{missing("ApiEndpoint"), missing("Method")}},
	} {
		require.Equal(t, c.want, Models{}.CheckRequest(c.resource, parse(t, c.parameters), false), "%s %s", c.resource, c.parameters)
	}
}

func TestNoParameters(t *testing.T) {
	require.Len(t, Models{}.CheckRequest(sdk(send), nil, false), 2)
	require.Len(t, Models{}.CheckRequest(sdk(send), value.NewObject(0), true), 2)
	require.Empty(t, Models{}.CheckRequest("", nil, false))
}

// In JSONata, expressions are not known, and a name that ends with ".$" is a
// name like any other.
func TestJSONataRequests(t *testing.T) {
	for parameters, want := range map[string]string{
		`{` + sendOK + `, "DelaySeconds": "{% 1 %}", "MessageAttributes": {"k": "{% $a %}"}}`: "",
		`{` + sendOK + `, "DelaySeconds": "1"}`:                                               "The value for the field 'DelaySeconds' must be an INTEGER",
		`{"QueueUrl.$": "$.q", "MessageBody": "b"}`:                                           "The field 'QueueUrl' is required but was missing",
	} {
		require.Equal(t, want, strings.Join(Models{}.CheckRequest(sdk(send), parse(t, parameters), true), "\n"), parameters)
	}
	require.NotEmpty(t, Models{}.CheckRequest(sdk(send), parse(t, `{`+sendOK+`, "DelaySeconds": "{% 1 %}"}`), false), "in JSONPath it is a string")
}

// Each boolean that Jackson takes passes.
func TestBooleanStrings(t *testing.T) {
	for _, v := range []string{"true", "false", "0", "-1", "null", `""`, `" "`, `"null"`, `"true"`, `"True"`, `"TRUE"`, `"false"`, `"False"`, `"FALSE"`} {
		require.Empty(t, Models{}.CheckRequest(sdk(list), parse(t, `{"Bucket": "b", "FetchOwner": `+v+`}`), false), v)
	}
}

func TestResponses(t *testing.T) {
	for _, c := range []struct {
		resource, result string
		strict, present  string // what is wrong
	}{
		{opt("states:startExecution"), `{}`, "Required field 'ExecutionArn' is missing", ""},
		{opt("states:startExecution"), `{"ExecutionArn": "a"}`, "Required field 'StartDate' is missing", ""},
		{opt("states:startExecution"), `{"ExecutionArn": 7, "StartDate": ""}`, "Field 'ExecutionArn' must be a string", "Field 'ExecutionArn' must be a string"},
		{opt("states:startExecution"), `{"executionArn": 7}`, "Required field 'ExecutionArn' is missing", ""},
		{sdk("sfn:startExecution"), `{"StartDate": 7}`, "Required field 'ExecutionArn' is missing", "Field 'StartDate' must be a string"},
		{opt("states:startExecution.waitForTaskToken"), `{"ExecutionArn": 7}`, "", ""},
		{opt("states:startExecution.sync"), `{"Input": {}}`, "Required field 'ExecutionArn' is missing", "Field 'Input' must be a string"},
		{opt("states:startExecution.sync"), `{"Status": "DONE"}`, "Required field 'ExecutionArn' is missing", "Field 'Status' is not an expected value"},
		{opt("states:startExecution.sync:2"), `{"Input": {}, "Output": [], "Name": 1}`, "Required field 'ExecutionArn' is missing", "Field 'Name' must be a string"},
		{opt("ecs:runTask.sync"), `{"TaskArn": 1}`, "", ""},
		{opt("ecs:runTask"), `{"Tasks": [{"TaskArn": 1}]}`, "Field 'TaskArn' must be a string", "Field 'TaskArn' must be a string"},
		{opt("ecs:runTask"), `{"Tasks": [7]}`, "Field 'Tasks' must be an object", "Field 'Tasks' must be an object"},
		{opt("sqs:sendMessage"), `{"MD5OfMessageBody": "m", "SdkHttpMetadata": 1}`, "", ""},
		{opt("sqs:sendMessage"), `{"MD5OfMessageBody": 1}`, "Field 'MD5OfMessageBody' must be a string", "Field 'MD5OfMessageBody' must be a string"},
		{opt("sqs:sendMessage"), `{"Md5OfMessageBody": 1}`, "", ""},
		{sdk(send), `{"Md5OfMessageBody": 1, "MD5OfMessageBody": 1}`, "Field 'Md5OfMessageBody' must be a string", "Field 'Md5OfMessageBody' must be a string"},
		{opt("dynamodb:getItem"), `{"Item": {"k": {"BOOL": 1}}}`, "Field 'BOOL' must be a boolean", "Field 'BOOL' must be a boolean"},
		{opt("dynamodb:getItem"), `{"Item": {"k": {"L": [{"S": 1}]}}}`, "Field 'S' must be a string", "Field 'S' must be a string"},
		{sdk("dynamodb:getItem"), `{"Item": {"k": {"Bool": true, "Nul": 1}}}`, "Field 'Nul' must be a boolean", "Field 'Nul' must be a boolean"},
		{sdk("dynamodb:getItem"), `{"Item": []}`, "Field 'Item' must be an object", "Field 'Item' must be an object"},
		{opt("lambda:invoke"), `{"Payload": {"a": 1}}`, "Field 'Payload' must be a string", "Field 'Payload' must be a string"},
		{opt("lambda:invoke"), `{"Payload": null, "StatusCode": 200.5}`, "", ""},
		{opt("lambda:invoke"), `{"StatusCode": "200"}`, "Field 'StatusCode' must be a number", "Field 'StatusCode' must be a number"},
		{sdk("lambda:getFunction"), `{"Configuration": {"MemorySize": 127}}`, "Field 'MemorySize' is less than the minimum value", "Field 'MemorySize' is less than the minimum value"},
		{sdk("lambda:getFunction"), `{"Configuration": {"MemorySize": 128}}`, "", ""},
		{sdk("lambda:getFunction"), `{"Configuration": {"MemorySize": 10241}}`, "Field 'MemorySize' exceeds the maximum value", "Field 'MemorySize' exceeds the maximum value"},
		{sdk("lambda:getFunction"), `{"Configuration": {"Version": ""}}`, "Field 'Version' is smaller than the minimum length", "Field 'Version' is smaller than the minimum length"},
		{sdk("lambda:getFunction"), `{"Tags": {"a": 1}}`, "Field 'Tags' must be a string", "Field 'Tags' must be a string"},
		{sdk("lambda:listFunctions"), `{"Functions": [{"Architectures": ["arm64", 7]}]}`, "Field 'Architectures' must be a string", "Field 'Architectures' must be a string"},
		{sdk("s3:getObject"), `{"StorageClass": "Papyrus"}`, "Field 'StorageClass' is not an expected value", "Field 'StorageClass' is not an expected value"},
		{sdk("s3:getObject"), `{"StorageClass": "GLACIER\tSTANDARD"}`, "Field 'StorageClass' is not an expected value", "Field 'StorageClass' is not an expected value"},
		{sdk("s3:getObject"), `{"LastModified": 7}`, "Field 'LastModified' must be a string", "Field 'LastModified' must be a string"},
		{sdk("s3:nope"), `{"LastModified": 7}`, "", ""},
		{sdk("s3:getObject"), `{"StorageClass": ""}`, "Field 'StorageClass' is not an expected value", "Field 'StorageClass' is not an expected value"},
		{sdk("s3:getObject"), `{"StorageClass": "GLACIE"}`, "Field 'StorageClass' is not an expected value", "Field 'StorageClass' is not an expected value"},
		{sdk("s3:getObject"), `{"StorageClass": "GLACIER"}`, "", ""},
		{opt("http:invoke"), `{"StatusCode": "x"}`, "", ""},
		{opt("eks:createCluster"), `{"Cluster": 1}`, "", ""},
		{opt("bedrock:invokeModel"), `{"Body": {}}`, "", ""},
		{opt("events:putEvents"), `{"Entries": "x"}`, "Field 'Entries' must be an array", "Field 'Entries' must be an array"},
		{"arn:aws:lambda:us-east-1:111111111111:function:f", `{"Payload": {}}`, "", ""},
	} {
		result := parse(t, c.result)
		require.Equal(t, c.strict, Models{}.CheckResponse(c.resource, result, true), "%s %s", c.resource, c.result)
		require.Equal(t, c.present, Models{}.CheckResponse(c.resource, result, false), "%s %s", c.resource, c.result)
	}
	for _, result := range []any{nil, int64(1), "x", []any{}} {
		require.Empty(t, Models{}.CheckResponse(opt("states:startExecution"), result, true))
	}
}

func FuzzChecks(f *testing.F) {
	for _, resource := range []string{sdk(send), sdk(put), sdk("dynamodb:putItem"), opt("ecs:runTask.sync"), opt("states:startExecution.sync:2"), opt("http:invoke")} {
		f.Add(resource, `{`+sendOK+`, "Item": {"k": {"L": [{"M": {"a": {"N": 1}}}]}}, "Count.$": "$.n"}`)
	}
	f.Fuzz(func(t *testing.T, resource, text string) {
		v, err := value.ParseString(text)
		if err != nil {
			return
		}
		before := value.String(v)
		for _, yes := range []bool{true, false} {
			Models{}.CheckResponse(resource, v, yes)
			if o, ok := v.(*value.Object); ok {
				Models{}.CheckRequest(resource, o, yes)
			}
		}
		require.Equal(t, before, value.String(v))
	})
}

func TestSuggestions(t *testing.T) {
	st := &structure{members: []member{{sdk: "Body", role: body}, {sdk: "Bucket", role: required}, {sdk: "StorageClass", role: optional}}}
	for name, want := range map[string]string{"bucket": "Bucket", "Bukcet": "Bucket", "Bodi": "", "storage": "StorageClass", "q": "", "": "",
		strings.Repeat("Bucket", 1000): ""} {
		require.Equal(t, want, nearest(name, st), name)
	}
	// The example of the book that describes the measure.
	require.InDelta(t, 0.9611, similarity("martha", "marhta"), 0.0001)
	require.InDelta(t, 0.84, similarity("dwayne", "duane"), 0.0001)
	require.InDelta(t, 0.8133, similarity("dixon", "dicksonx"), 0.0001)
	require.Equal(t, 1.0, similarity("a", "a"))
	require.Zero(t, similarity("a", "b"))
}

func ExampleModels_CheckRequest() {
	parameters, _ := value.ParseString(`{"Bucket": "reports", "key": "today"}`)
	for _, text := range (Models{}).CheckRequest("arn:aws:states:::aws-sdk:s3:getObject", parameters.(*value.Object), false) {
		fmt.Println(text)
	}
	// Output: The field 'Key' is required but was missing
}
