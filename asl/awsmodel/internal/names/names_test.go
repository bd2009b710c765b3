package names_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl/awsmodel/internal/names"
)

func TestServices(t *testing.T) {
	for id, want := range map[string]string{
		"SQS": "sqs", "CloudWatch Logs": "cloudwatchlogs", "EventBridge": "eventbridge", "SFN": "sfn", "Config Service": "config",
		"Database Migration Service": "databasemigration", "Lex Runtime Service": "lexruntime", "Elastic Load Balancing v2": "elasticloadbalancingv2",
		"Service Catalog AppRegistry": "servicecatalogappregistry", "ServiceDiscovery": "servicediscovery", "AWS Thing": "thing", "Amazon Thing Service": "thing",
		"IoT 1Click Devices Service": "iot1clickdevices", "signer": "signer", "": "", "é": "",
	} {
		require.Equal(t, want, names.Service(id), id)
	}
}

func TestActions(t *testing.T) {
	for operation, want := range map[string]string{
		"SendMessage": "sendMessage", "ListObjectsV2": "listObjectsV2", "DescribeDBInstances": "describeDBInstances",
		"DBThing": "dbThing", "X": "x", "": "",
	} {
		require.Equal(t, want, names.Action(operation), operation)
	}
}

func TestMembers(t *testing.T) {
	for name, want := range map[string]string{
		"Bucket": "Bucket", "MD5OfBody": "Md5OfBody", "DBInstanceIdentifier": "DbInstanceIdentifier", "SSECustomerKeyMD5": "SseCustomerKeyMD5",
		"SSEKMSKeyId": "SsekmsKeyId", "ETag": "ETag", "ChecksumSHA256": "ChecksumSHA256", "RoleARN": "RoleARN", "ACL": "Acl", "ARN": "Arn",
		"BOOL": "Bool", "NS": "Ns", "S": "S", "VPCId": "VpcId", "IPv6Cidr": "IPv6Cidr", "AWSAccountIds": "AwsAccountIds", "ID": "Id",
		"Equals": "EqualsValue", "Default": "DefaultValue", "NULL": "NullValue", "Wait": "WaitValue", "Builder": "BuilderValue", "Defaults": "Defaults", "": "",
	} {
		require.Equal(t, want, names.Member(name), name)
	}
}

func TestAliases(t *testing.T) {
	require.True(t, names.IsAlias("Default", "Default"))
	require.True(t, names.IsAlias("NULL", "Nul"))
	require.True(t, names.IsAlias("NULL", "Null"))
	require.False(t, names.IsAlias("Equals", "Equals"))
	require.False(t, names.IsAlias("MD5OfBody", "MD5OfBody"))
	require.False(t, names.IsAlias("Nil", "Nul"))
}

// The prefixes are those that AWS lists for these services.
func TestErrorPrefixes(t *testing.T) {
	for id, want := range map[string]string{
		"SQS": "Sqs", "S3": "S3", "EC2": "Ec2", "SFN": "Sfn", "ACM PCA": "AcmPca", "DynamoDB": "DynamoDb", "DocDB Elastic": "DocDbElastic", "MemoryDB": "MemoryDb",
		"IoT": "Iot", "IoTAnalytics": "IoTAnalytics", "IoT Wireless": "IotWireless", "IotDeviceAdvisor": "IotDeviceAdvisor", "IoTTwinMaker": "IoTTwinMaker",
		"FSx": "FSx", "MTurk": "MTurk", "XRay": "XRay", "QBusiness": "QBusiness", "b2bi": "B2Bi", "m2": "M2", "WAFV2": "Wafv2", "SESv2": "SesV2", "GreengrassV2": "GreengrassV2",
		"CloudHSM V2": "CloudHsmV2", "Elastic Load Balancing v2": "ElasticLoadBalancingV2", "MediaPackageV2": "MediaPackageV2", "Inspector2": "Inspector2",
		"SageMaker A2I Runtime": "SageMakerA2IRuntime", "AmplifyUIBuilder": "AmplifyUiBuilder", "OpsWorksCM": "OpsWorksCm", "CleanRoomsML": "CleanRoomsMl",
		"Kinesis Video WebRTC Storage": "KinesisVideoWebRtcStorage", "Timestream InfluxDB": "TimestreamInfluxDb", "DevOps Guru": "DevOpsGuru",
		"Config Service": "Config", "Lex Runtime Service": "LexRuntime", "Resource Groups Tagging API": "ResourceGroupsTaggingApi", "Route53RecoveryCluster": "Route53RecoveryCluster",
		"savingsplans": "Savingsplans", "codestar notifications": "CodestarNotifications", "billingconductor": "Billingconductor", "": "",
	} {
		require.Equal(t, want, names.ErrorPrefix(id), id)
	}
}
