package history

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// wire is how each type's details look, as the specification lists them; "" for
// types that have none.
var wire = map[Type]string{
	ExecutionStarted:             `"executionStartedEventDetails":{"input":I,"inputDetails":{"truncated":false},"roleArn":"role","stateMachineAliasArn":"alias","stateMachineVersionArn":"version"}`,
	ExecutionSucceeded:           `"executionSucceededEventDetails":{"output":I,"outputDetails":{"truncated":false}}`,
	ExecutionFailed:              `"executionFailedEventDetails":{"error":"E","cause":""}`,
	ExecutionAborted:             `"executionAbortedEventDetails":{"error":"E","cause":""}`,
	ExecutionTimedOut:            `"executionTimedOutEventDetails":{"error":"E","cause":""}`,
	ExecutionRedriven:            `"executionRedrivenEventDetails":{"redriveCount":2}`,
	PassStateEntered:             entered,
	PassStateExited:              exited,
	TaskStateEntered:             entered,
	TaskStateExited:              exited,
	TaskStateAborted:             "",
	ChoiceStateEntered:           entered,
	ChoiceStateExited:            exited,
	WaitStateEntered:             entered,
	WaitStateExited:              exited,
	WaitStateAborted:             "",
	SucceedStateEntered:          entered,
	SucceedStateExited:           exited,
	FailStateEntered:             entered,
	ParallelStateEntered:         entered,
	ParallelStateExited:          exited,
	ParallelStateStarted:         "",
	ParallelStateSucceeded:       "",
	ParallelStateFailed:          "",
	ParallelStateAborted:         "",
	MapStateEntered:              entered,
	MapStateExited:               exited,
	MapStateStarted:              `"mapStateStartedEventDetails":{"length":3}`,
	MapStateSucceeded:            "",
	MapStateFailed:               "",
	MapStateAborted:              "",
	MapIterationStarted:          `"mapIterationStartedEventDetails":{"name":"M","index":1}`,
	MapIterationSucceeded:        `"mapIterationSucceededEventDetails":{"name":"M","index":1}`,
	MapIterationFailed:           `"mapIterationFailedEventDetails":{"name":"M","index":1}`,
	MapIterationAborted:          `"mapIterationAbortedEventDetails":{"name":"M","index":1}`,
	MapRunStarted:                `"mapRunStartedEventDetails":{"mapRunArn":"arn:map"}`,
	MapRunSucceeded:              "",
	MapRunFailed:                 `"mapRunFailedEventDetails":{"error":"E","cause":""}`,
	MapRunAborted:                "",
	MapRunRedriven:               `"mapRunRedrivenEventDetails":{"mapRunArn":"arn:map","redriveCount":4}`,
	TaskScheduled:                `"taskScheduledEventDetails":{"resourceType":"sqs","resource":"sendMessage","region":"us-east-1","parameters":I,"timeoutInSeconds":9,"heartbeatInSeconds":3,"taskCredentials":{"roleArn":"r"}}`,
	TaskStarted:                  `"taskStartedEventDetails":{"resourceType":"sqs","resource":"sendMessage"}`,
	TaskSubmitted:                `"taskSubmittedEventDetails":{"resourceType":"sqs","resource":"sendMessage","output":I,"outputDetails":{"truncated":false}}`,
	TaskSucceeded:                `"taskSucceededEventDetails":{"resourceType":"sqs","resource":"sendMessage","output":I,"outputDetails":{"truncated":false}}`,
	TaskFailed:                   `"taskFailedEventDetails":{"resourceType":"sqs","resource":"sendMessage","error":"E","cause":"C"}`,
	TaskTimedOut:                 `"taskTimedOutEventDetails":{"resourceType":"sqs","resource":"sendMessage","error":"E","cause":"C"}`,
	TaskStartFailed:              `"taskStartFailedEventDetails":{"resourceType":"sqs","resource":"sendMessage","error":"E","cause":"C"}`,
	TaskSubmitFailed:             `"taskSubmitFailedEventDetails":{"resourceType":"sqs","resource":"sendMessage","error":"E","cause":"C"}`,
	LambdaFunctionScheduled:      `"lambdaFunctionScheduledEventDetails":{"resource":"arn:aws:lambda:us-east-1:1:function:f","input":I,"inputDetails":{"truncated":false},"timeoutInSeconds":9,"taskCredentials":{"roleArn":"r"}}`,
	LambdaFunctionStarted:        "",
	LambdaFunctionSucceeded:      `"lambdaFunctionSucceededEventDetails":{"output":I,"outputDetails":{"truncated":false}}`,
	LambdaFunctionFailed:         `"lambdaFunctionFailedEventDetails":{"error":"E","cause":""}`,
	LambdaFunctionTimedOut:       `"lambdaFunctionTimedOutEventDetails":{"error":"E","cause":""}`,
	LambdaFunctionScheduleFailed: `"lambdaFunctionScheduleFailedEventDetails":{"error":"E","cause":""}`,
	LambdaFunctionStartFailed:    `"lambdaFunctionStartFailedEventDetails":{"error":"E","cause":""}`,
	ActivityScheduled:            `"activityScheduledEventDetails":{"resource":"arn:aws:states:us-east-1:1:activity:a","input":I,"inputDetails":{"truncated":false},"timeoutInSeconds":9,"heartbeatInSeconds":3}`,
	ActivityStarted:              `"activityStartedEventDetails":{"workerName":"worker"}`,
	ActivitySucceeded:            `"activitySucceededEventDetails":{"output":I,"outputDetails":{"truncated":false}}`,
	ActivityFailed:               `"activityFailedEventDetails":{"error":"E","cause":""}`,
	ActivityTimedOut:             `"activityTimedOutEventDetails":{"error":"E","cause":""}`,
	ActivityScheduleFailed:       `"activityScheduleFailedEventDetails":{"error":"E","cause":""}`,
	EvaluationFailed:             `"evaluationFailedEventDetails":{"state":"S","error":"States.QueryEvaluationError","cause":"C","location":"Output/x"}`,
}

const (
	entered = `"stateEnteredEventDetails":{"name":"S","input":I,"inputDetails":{"truncated":false}}`
	exited  = `"stateExitedEventDetails":{"name":"S","output":I,"outputDetails":{"truncated":false},"assignedVariables":{"a":"\"s\"","b":"0.1","c":"null"},"assignedVariablesDetails":{"truncated":false}}`
	// I in the above: the data of every sample.
	sampleText = `"{\"z\":[1,1.0,null,true],\"a\":\"quote \\\" slash \\\\ line \\n lone \\uD800 é <&>\"}"`
)

func TestEveryTypeHasAWSsJSON(t *testing.T) {
	for _, typ := range allTypes() {
		t.Run(typ.String(), func(t *testing.T) {
			details, ok := wire[typ]
			require.True(t, ok)
			want := `{"id":` + value.String(int64(typ)) + `,"previousEventId":` + value.String(int64(typ)-1) +
				`,"timestamp":1700000000.123,"type":"` + typ.String() + `"`
			if details != "" {
				want += "," + string(bytes.ReplaceAll([]byte(details), []byte(":I"), []byte(":"+sampleText)))
			}
			text, err := sample(typ).MarshalJSON()
			require.NoError(t, err)
			require.Equal(t, want+"}", string(text))
			require.True(t, json.Valid(text))
		})
	}
}

func TestEveryTypeComesBack(t *testing.T) {
	for _, typ := range allTypes() {
		t.Run(typ.String(), func(t *testing.T) {
			for _, e := range []Event{sample(typ), sample(typ).WithoutData(), {ID: 1, Type: typ}} {
				text, err := e.MarshalJSON()
				require.NoError(t, err)
				var back Event
				require.NoError(t, back.UnmarshalJSON(text))
				again, err := back.MarshalJSON()
				require.NoError(t, err)
				require.Equal(t, string(text), string(again))
				require.Equal(t, e.Nanos, back.Nanos)
			}
			e, back := sample(typ), Event{}
			require.NoError(t, back.UnmarshalJSON(e.AppendJSON(nil)))
			require.Equal(t, e, back)
		})
	}
}

func TestDetailsSayWhatTheJSONSays(t *testing.T) {
	for _, typ := range allTypes() {
		t.Run(typ.String(), func(t *testing.T) {
			for _, e := range []Event{sample(typ), sample(typ).WithoutData(), {Type: typ}} {
				var event map[string]json.RawMessage
				require.NoError(t, json.Unmarshal(e.AppendJSON(nil), &event))
				member, details := e.Details()
				if member == "" {
					require.Nil(t, details)
					require.Len(t, event, 4)
					continue
				}
				require.Len(t, event, 5)
				var text bytes.Buffer
				enc := json.NewEncoder(&text)
				enc.SetEscapeHTML(false)
				require.NoError(t, enc.Encode(details))
				require.Equal(t, string(event[member])+"\n", text.String())
			}
		})
	}
}

func TestWithoutDataLeavesOutVariablesAndKeepsParameters(t *testing.T) {
	e := sample(TaskStateExited).WithoutData()
	_, d := e.Details()
	require.Equal(t, StateExitedEventDetails{Name: "S"}, d)

	e = sample(TaskScheduled)
	require.Equal(t, e, e.WithoutData())

	e = Event{ID: 1, Type: ActivityScheduled, Value: int64(1)}
	require.JSONEq(t, `{"id":1,"previousEventId":0,"timestamp":0.000,"type":"ActivityScheduled",
		"activityScheduledEventDetails":{"resource":""}}`, string(must(e.WithoutData().MarshalJSON())))
}

// The JSON of events without data is that of GetExecutionHistory with
// includeExecutionData false.
func TestJSONWithoutData(t *testing.T) {
	name, cause := "E", "because"
	for want, e := range map[string]Event{
		`"type":"ExecutionStarted","executionStartedEventDetails":{"roleArn":"r"}`:               {Type: ExecutionStarted, Value: "data", Detail: &Started{RoleArn: "r"}},
		`"type":"PassStateEntered","stateEnteredEventDetails":{"name":"S"}`:                      {Type: PassStateEntered, Name: "S", Value: "data"},
		`"type":"PassStateExited","stateExitedEventDetails":{"name":"S"}`:                        {Type: PassStateExited, Name: "S", Value: "data", Detail: value.ObjectOf(value.Member{Key: "v", Value: "data"})},
		`"type":"ExecutionSucceeded","executionSucceededEventDetails":{}`:                        {Type: ExecutionSucceeded, Value: "data"},
		`"type":"ExecutionFailed","executionFailedEventDetails":{"error":"E","cause":"because"}`: {Type: ExecutionFailed, Detail: &Failure{Error: &name, Cause: &cause}},
		`"type":"MapStateStarted","mapStateStartedEventDetails":{"length":3}`:                    {Type: MapStateStarted, Index: 3},
		`"type":"ActivityScheduled","activityScheduledEventDetails":{"resource":"a"}`:            {Type: ActivityScheduled, Value: "data", Detail: &Scheduled{Resource: &Resource{ARN: "a"}}},
		`"type":"ActivityStarted","activityStartedEventDetails":{"workerName":"joe"}`:            {Type: ActivityStarted, Name: "joe"},
		`"type":"ActivitySucceeded","activitySucceededEventDetails":{}`:                          {Type: ActivitySucceeded, Value: "data"},
	} {
		e.ID, e.Previous = 2, 1
		e = e.WithoutData()
		require.Equal(t, `{"id":2,"previousEventId":1,"timestamp":0.000,`+want+`}`, string(e.AppendJSON(nil)))
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

func TestFailureWithoutErrorAndCauseIsAnEmptyObject(t *testing.T) {
	for _, detail := range []any{nil, (*Failure)(nil), &Failure{}} {
		e := Event{ID: 3, Previous: 2, Type: ExecutionFailed, Detail: detail}
		require.Equal(t,
			`{"id":3,"previousEventId":2,"timestamp":0.000,"type":"ExecutionFailed","executionFailedEventDetails":{}}`,
			string(e.AppendJSON(nil)))
	}
}

func TestAssignedVariablesAreAlphabeticalAndLeftOutWhenNone(t *testing.T) {
	e := Event{Type: PassStateExited, Name: "S", Detail: value.ObjectOf(
		value.Member{Key: "b", Value: int64(2)}, value.Member{Key: "a", Value: int64(1)})}
	require.Contains(t, string(e.AppendJSON(nil)), `"assignedVariables":{"a":"1","b":"2"},"assignedVariablesDetails":{"truncated":false}}`)
	for _, none := range []any{nil, (*value.Object)(nil), value.NewObject(0)} {
		e.Detail = none
		require.NotContains(t, string(e.AppendJSON(nil)), "assigned")
	}
}

func TestTimestamps(t *testing.T) {
	tests := []struct {
		name, text string
		want       time.Time
	}{
		{"milliseconds", `1700000000.123`, time.UnixMilli(1700000000123)},
		{"whole seconds", `1700000000`, time.Unix(1700000000, 0)},
		{"exponent, as Java writes it", `1.700000000123E9`, time.UnixMilli(1700000000123)},
		{"microseconds of another writer", `1700000000.123456`, time.UnixMicro(1700000000123456)},
		{"before 1970", `-1.5`, time.UnixMilli(-1500)},
		{"ISO 8601 in UTC", `"2023-11-14T22:13:20.123Z"`, time.UnixMilli(1700000000123)},
		{"ISO 8601 with offset, as the AWS CLI prints it", `"2023-11-14T23:13:20.123000+01:00"`, time.UnixMilli(1700000000123)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e Event
			require.NoError(t, e.UnmarshalJSON([]byte(`{"id":1,"type":"ExecutionAborted","timestamp":`+tt.text+`}`)))
			require.Equal(t, tt.want.UTC(), e.Time())
		})
	}
}

func TestTimestampIsWrittenInMilliseconds(t *testing.T) {
	tests := map[int64]string{
		0:                         "0.000",
		999_999:                   "0.000",
		1_000_000:                 "0.001",
		-1:                        "-0.001",
		-1_500_000_000:            "-1.500",
		1_700_000_000_045_999_999: "1700000000.045",
		math.MaxInt64:             "9223372036.854",
		math.MinInt64:             "-9223372036.855",
	}
	for nanos, want := range tests {
		require.Equal(t, want, string(appendTimestamp(nil, nanos)))
	}
}

func TestDataThatIsNotJSONIsKept(t *testing.T) {
	tests := map[string]struct {
		details string
		want    any
	}{
		"cut by AWS":         {`"input":"{\"a\":","inputDetails":{"truncated":true}`, Raw{`{"a":`, true}},
		"cut, looks whole":   {`"input":"12","inputDetails":{"truncated":true}`, Raw{"12", true}},
		"no JSON":            {`"input":"a\u0001\"b","inputDetails":{"truncated":false}`, Raw{"a\x01\"b", false}},
		"left out":           {``, NoData{}},
		"JSON, not its text": {`"input":{"a":1},"inputDetails":{"truncated":false}`, value.ObjectOf(value.Member{Key: "a", Value: int64(1)})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := `{"id":1,"previousEventId":0,"timestamp":0.000,"type":"ExecutionSucceeded","executionSucceededEventDetails":{` + tt.details + `}}`
			text = string(bytes.ReplaceAll([]byte(text), []byte("input"), []byte("output")))
			var e Event
			require.NoError(t, e.UnmarshalJSON([]byte(text)))
			require.Equal(t, tt.want, e.Value)
			if _, parsed := tt.want.(*value.Object); !parsed {
				require.Equal(t, text, string(e.AppendJSON(nil)))
			}
		})
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	tests := map[string]string{
		`[]`:                                `history: an event is an object, got array`,
		`{"id"`:                             `history: value: offset 5: the JSON ends where ':' should be`,
		`{}`:                                `history: not an event, which has an "id" and a "type", nor a history, which has "events"`,
		`{"type":"FailStateEntered"}`:       `history: event 0: an event needs an id from 1 and a type`,
		`{"id":1}`:                          `history: event 1: an event needs an id from 1 and a type`,
		`{"id":"1"}`:                        `history: event 0: id: want an event id, got string "1"`,
		`{"id":4294967296}`:                 `history: event 0: id: want an event id, got number 4294967296`,
		`{"id":1,"type":"PassStateFailed"}`: `history: event 1: type: want an event type, got string "PassStateFailed"`,
		`{"id":1,"type":"TaskFailed","timestamp":"yesterday"}`:                          `history: event 1 (TaskFailed): timestamp: want seconds since 1970 or ISO 8601, got "yesterday"`,
		`{"id":1,"type":"TaskFailed","timestamp":1e300}`:                                `history: event 1 (TaskFailed): timestamp: want a time between the years 1678 and 2261, got number 1.0E300`,
		`{"id":1,"type":"TaskFailed","timestamp":"9999-12-31T23:59:59Z"}`:               `history: event 1 (TaskFailed): timestamp: want a time between the years 1678 and 2261, got string "9999-12-31T23:59:59Z"`,
		`{"id":1,"type":"TaskFailed","timestamp":"0001-01-01T00:00:00Z"}`:               `history: event 1 (TaskFailed): timestamp: want a time between the years 1678 and 2261, got string "0001-01-01T00:00:00Z"`,
		`{"id":1,"type":"TaskFailed","taskFailedEventDetails":7}`:                       `history: event 1 (TaskFailed): taskFailedEventDetails: want an object, got number 7`,
		`{"id":1,"type":"TaskFailed","taskFailedEventDetails":{"error":7}}`:             `history: event 1 (TaskFailed): taskFailedEventDetails.error: want a string, got number 7`,
		`{"id":1,"type":"MapStateStarted","mapStateStartedEventDetails":{"length":-1}}`: `history: event 1 (MapStateStarted): mapStateStartedEventDetails.length: want a count, got number -1`,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			e := sample(TaskFailed)
			require.EqualError(t, e.UnmarshalJSON([]byte(text)), want)
			require.Equal(t, sample(TaskFailed), e, "a failed read changes nothing")
		})
	}
}

func TestEventIsSmall(t *testing.T) {
	require.LessOrEqual(t, int(sizeOf), 72)
}

func FuzzEvent(f *testing.F) {
	for _, typ := range allTypes() {
		e := sample(typ)
		f.Add(e.AppendJSON(nil))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var e Event
		if e.UnmarshalJSON(text) != nil {
			return
		}
		first := e.AppendJSON(nil)
		var back Event
		require.NoError(t, back.UnmarshalJSON(first))
		require.Equal(t, string(first), string(back.AppendJSON(nil)))
		_, _ = e.Details()
	})
}
