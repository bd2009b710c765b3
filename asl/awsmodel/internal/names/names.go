// Package names spells the names of services, actions and parameters as AWS Step
// Functions does. It follows the SDK for Java, in whose words Step Functions
// calls the services.
package names

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Service returns the name of a service in a Resource, from the id in its
// model: cloudwatchlogs for "CloudWatch Logs", config for "Config Service". AWS
// lists these names (docs/evidence.md#model-services).
func Service(id string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return -1
	}, bare(id))
}

// bare returns an id without the words that Step Functions leaves out.
func bare(id string) string {
	id = strings.TrimPrefix(strings.TrimPrefix(id, "Amazon"), "AWS")
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(id), "Service"))
}

// ErrorPrefix returns what stands before the dot in the names of a service's
// errors, from the id in its model: CloudWatchLogs for "CloudWatch Logs",
// DynamoDb for "DynamoDB", IoTAnalytics for "IoTAnalytics". All prefixes that AWS
// lists come out so.
func ErrorPrefix(id string) string {
	id = bare(id)
	for _, rule := range wordRules {
		id = regexp.MustCompile(rule.pattern).ReplaceAllString(id, rule.with)
	}
	var b strings.Builder
	for word := range strings.FieldsSeq(id) {
		b.WriteString(strings.ToUpper(word[:1]) + strings.ToLower(word[1:]))
	}
	return b.String()
}

// wordRules put blanks between the words of an id, as the SDK for Java does.
var wordRules = []struct{ pattern, with string }{
	{`[^A-Za-z0-9]+`, " "},
	{`([^a-z]{2,})v([0-9]+)`, "$1 v$2 "},       // SESv2
	{`([^A-Z]{2,})V([0-9]+)`, "$1 V$2 "},       // MediaPackageV2, but not WAFV2
	{`([a-z])([A-Z])([A-Za-z0-9])`, "$1 $2$3"}, // AppConfig, but not IoT
	{`([A-Z]+)([A-Z][a-z])`, "$1 $2"},          // FSx
	{`([0-9])([a-zA-Z])`, "$1 $2"},             // b2bi
}

// Action returns the name of an operation in a Resource: sendMessage for
// SendMessage.
func Action(operation string) string { return lowerFirstWord(operation) }

// Member returns the name of a member as parameters and results of aws-sdk
// spell it: Md5OfBody for MD5OfBody, DbInstanceIdentifier for
// DBInstanceIdentifier, EqualsValue for Equals.
func Member(name string) string {
	if isReserved(lowerFirstWord(name)) {
		return plain(name) + "Value"
	}
	return plain(name)
}

// IsAlias reports whether spelled may be the name of a member too. For reserved
// words it is only derived that Value is added, so they may stand as they are.
func IsAlias(name, spelled string) bool {
	return name == "NULL" && spelled == "Nul" || // AttributeValue in the SDK for Java
		spelled == plain(name) && name != "Equals"
}

// plain returns the name of a member that Java does not reserve.
func plain(name string) string {
	end := firstWord(name)
	if end <= 1 {
		return name
	}
	return name[:1] + strings.ToLower(name[1:end]) + name[end:]
}

// lowerFirstWord lowers a leading run of capitals, but for the one that begins
// the next word.
func lowerFirstWord(name string) string {
	end := firstWord(name)
	return strings.ToLower(name[:end]) + name[end:]
}

// firstWord returns the length of the run of capitals that lowerFirstWord lowers.
func firstWord(name string) (end int) {
	for end < len(name) && isUpper(name[end]) && (end == 0 || end+1 == len(name) || !isLower(name[end+1])) {
		end++
	}
	return end
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// reserved are the words that no method of a Java class may have as its name:
// keywords, the methods of all objects, and those of all requests and responses.
// AWS documents equals. The others are derived (docs/evidence.md#model-reserved).
var reserved = []string{
	"abstract", "assert", "boolean", "break", "builder", "byte", "case", "catch", "char", "class", "const", "continue", "default",
	"do", "double", "else", "enum", "equals", "extends", "false", "final", "finalize", "finally", "float", "for", "getClass",
	"goto", "hashCode", "if", "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "notify",
	"notifyAll", "null", "overrideConfiguration", "package", "private", "protected", "public", "return", "sdkFields",
	"sdkHttpResponse", "short", "static", "strictfp", "super", "switch", "synchronized", "this", "throw", "throws", "toBuilder",
	"toString", "transient", "true", "try", "void", "volatile", "wait", "while",
}

// isReserved reports whether a name with a small first letter is reserved.
func isReserved(name string) bool {
	_, found := slices.BinarySearch(reserved, name)
	return found
}
