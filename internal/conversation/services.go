package conversation

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// services stand in for the services of recorded conversations.
func (p *player) services() interpreter.Resolver {
	return interpreter.Mux{
		"arn:aws:states:::lambda:invoke": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			given, _ := t.Input.(*value.Object)
			payload, _ := given.Get("Payload")
			if payload == nil {
				return nil, asl.Errorf("Exception", "%s", lambdaFailure(`"requestId":<request-id>"`, ","))
			}
			return lambdaResponse(payload), nil
		}),
		"arn:aws:lambda:*:*:function:*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			time.Sleep(150 * time.Millisecond) // of the recording
			return nil, asl.Errorf("Exception", "%s", lambdaFailure(`"requestId": "<request-id>"`, ", "))
		}),
		"arn:aws:states:::events:putEvents": interpreter.HandlerFunc(p.putEvents),
	}
}

// lambdaFailure is the cause of a function that raises an exception, as it was recorded
// with a placeholder.
func lambdaFailure(requestID, comma string) string {
	colon := ":"
	if comma == ", " {
		colon = ": "
	}
	return `{"errorMessage"` + colon + `"Some exception was raised."` + comma + `"errorType"` + colon + `"Exception"` + comma + requestID + comma +
		`"stackTrace"` + colon + `["  File \"/var/task/handler.py\", line 2, in handler\n    raise Exception(\"Some exception was raised.\")\n"]}`
}

func lambdaResponse(payload any) any {
	text := value.String(payload)
	length := strconv.Itoa(len(text) + 1) // Python writes a space after the colon
	var answer any
	_ = json.Unmarshal([]byte(strings.ReplaceAll(`{"ExecutedVersion":"$LATEST","SdkHttpMetadata":{"AllHttpHeaders":{"X-Amz-Executed-Version":["$LATEST"],
		"x-amzn-Remapped-Content-Length":["0"],"Connection":["keep-alive"],"x-amzn-RequestId":["r"],"Content-Length":["LENGTH"],
		"Date":"2000-01-01T00:00:00Z","X-Amzn-Trace-Id":["t"],"Content-Type":["application/json"]},"HttpHeaders":{"Connection":"keep-alive",
		"Content-Length":"LENGTH","Content-Type":"application/json","Date":"2000-01-01T00:00:00Z","X-Amz-Executed-Version":"$LATEST",
		"x-amzn-Remapped-Content-Length":"0","x-amzn-RequestId":"r","X-Amzn-Trace-Id":"t"},"HttpStatusCode":200},
		"SdkResponseMetadata":{"RequestId":"r"},"StatusCode":200}`, "LENGTH", length)), &answer)
	o := answer.(map[string]any)
	o["Payload"] = json.RawMessage(text)
	return o
}

// putEvents is PutEvents of EventBridge.
func (p *player) putEvents(_ context.Context, t *interpreter.Task) (any, error) {
	given, _ := t.Input.(*value.Object)
	entries, _ := given.Get("Entries")
	var answers []any
	failed := 0
	list, _ := entries.([]any)
	for i := range list {
		e := list[i].(*value.Object)
		detail, _ := e.Get("Detail")
		if text, ok := detail.(string); ok {
			detail, _ = value.ParseString(text)
		}
		_, isObject := detail.(*value.Object)
		source, hasSource := e.Get("Source")
		switch {
		case !hasSource:
			failed++
			answers = append(answers, failedEntry("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."))
			continue
		case !isObject:
			failed++
			answers = append(answers, failedEntry("MalformedDetail", "Detail is malformed."))
			continue
		}
		id := "event-" + string(rune('a'+i))
		answers = append(answers, value.ObjectOf(value.Member{Key: "EventId", Value: id}))
		kind, _ := e.Get("DetailType")
		resources := []any{}
		if more, ok := e.Get("Resources"); ok {
			resources = more.([]any)
		}
		arn := t.ExecutionArn()
		machine := strings.Replace(arn[:strings.LastIndexByte(arn, ':')], ":execution:", ":stateMachine:", 1)
		event := value.ObjectOf(value.Member{Key: "version", Value: "0"}, value.Member{Key: "id", Value: id},
			value.Member{Key: "detail-type", Value: kind}, value.Member{Key: "source", Value: source},
			value.Member{Key: "account", Value: p.c.Account}, value.Member{Key: "time", Value: "2000-01-01T00:00:00Z"},
			value.Member{Key: "region", Value: p.c.Region}, value.Member{Key: "resources", Value: append(resources, machine, arn)},
			value.Member{Key: "detail", Value: detail})
		p.busEvents.Add(parse(value.Append(nil, event)))
	}
	answer := value.ObjectOf(value.Member{Key: "Entries", Value: answers}, value.Member{Key: "FailedEntryCount", Value: int64(failed)})
	if failed > 0 {
		return nil, asl.Errorf("EventBridge.FailedEntry", "%s", value.Append(nil, answer))
	}
	return answer, nil
}

func failedEntry(code, message string) any {
	return value.ObjectOf(value.Member{Key: "ErrorCode", Value: code}, value.Member{Key: "ErrorMessage", Value: message})
}

// bucket holds the file of the recorded Map Run.
func bucket() objects.Objects {
	m := objects.Memory("test-bucket-zq000001")
	m.Set("test-bucket-zq000001", "file.csv", []byte("Col1,Col2\nv1,v2\nv3,v4\n"))
	return m
}
