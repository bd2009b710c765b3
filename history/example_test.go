package history_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

func happened() []history.Event {
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
	order := value.ObjectOf(value.Member{Key: "id", Value: int64(7)})
	sqs := &history.Resource{ResourceType: "sqs", Resource: "sendMessage"}
	name, cause := "CardDeclined", "limit is 100"
	return []history.Event{
		{ID: 1, Nanos: at, Type: history.ExecutionStarted, Value: order, Detail: &history.Started{RoleArn: "role"}},
		{ID: 2, Nanos: at, Type: history.EnteredType("Task"), Name: "Charge", Value: order},
		{ID: 3, Previous: 2, Nanos: at, Type: history.TaskFailed, Detail: &history.Failure{Error: &name, Cause: &cause, Resource: sqs}},
		{ID: 4, Previous: 3, Nanos: at, Type: history.ExecutionFailed, Detail: &history.Failure{Error: &name, Cause: &cause}},
	}
}

func ExampleLog() {
	var log history.Log
	if err := log.Record("order-1", happened()); err != nil {
		fmt.Println(err)
	}
	for e := range log.All() {
		_, details := e.Details()
		switch d := details.(type) {
		case history.StateEnteredEventDetails:
			fmt.Println(e.ID, e.Type, d.Name, d.Input)
		case history.TaskFailedEventDetails:
			fmt.Println(e.ID, e.Type, d.Resource, *d.Error)
		default:
			fmt.Println(e.ID, e.Type)
		}
	}
	// Output:
	// 1 ExecutionStarted
	// 2 TaskStateEntered Charge {"id":7}
	// 3 TaskFailed sendMessage CardDeclined
	// 4 ExecutionFailed
}

func ExampleWriter() {
	w := history.NewWriter(os.Stdout)
	if err := w.Record("order-1", happened()[2:]); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"execution":"order-1","id":3,"previousEventId":2,"timestamp":1704164645.000,"type":"TaskFailed","taskFailedEventDetails":{"resourceType":"sqs","resource":"sendMessage","error":"CardDeclined","cause":"limit is 100"}}
	// {"execution":"order-1","id":4,"previousEventId":3,"timestamp":1704164645.000,"type":"ExecutionFailed","executionFailedEventDetails":{"error":"CardDeclined","cause":"limit is 100"}}
}

func ExampleReader() {
	response := `{"events": [
		{"id": 1, "previousEventId": 0, "timestamp": 1704164645.0, "type": "ExecutionStarted",
		 "executionStartedEventDetails": {"input": "{\"n\": 1.0}", "roleArn": "role"}},
		{"id": 2, "previousEventId": 0, "timestamp": 1704164645.5, "type": "ExecutionAborted"}
	]}`
	for e, err := range history.NewReader(strings.NewReader(response)).All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Time().Format(time.RFC3339Nano), e.Type)
	}
	// Output:
	// 2024-01-02T03:04:05Z ExecutionStarted
	// 2024-01-02T03:04:05.5Z ExecutionAborted
}

func ExampleEvent_WithoutData() {
	e := happened()[1].WithoutData()
	text, _ := e.MarshalJSON()
	fmt.Println(string(text))
	// Output:
	// {"id":2,"previousEventId":0,"timestamp":1704164645.000,"type":"TaskStateEntered","stateEnteredEventDetails":{"name":"Charge"}}
}

func ExampleTee() {
	var log history.Log
	failures := history.SinkFunc(func(execution string, events []history.Event) error {
		for i := range events {
			if events[i].Type == history.ExecutionFailed {
				fmt.Println(execution, "failed")
			}
		}
		return nil
	})
	sink := history.Tee(&log, failures)
	if err := sink.Record("order-1", happened()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(log.Len(), "events")
	// Output:
	// order-1 failed
	// 4 events
}

// printed prints metrics.
type printed struct{}

func (printed) Count(metric string, _ history.Labels) { fmt.Println(metric) }

func (printed) Time(metric string, _ history.Labels, d time.Duration) { fmt.Println(metric, d) }

func ExampleMeasure() {
	sink := history.Measure(printed{})
	events := happened()
	events[3].Nanos += int64(2 * time.Second)
	if err := sink.Record("order-1", events); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ExecutionsStarted
	// ExecutionsFailed
	// ExecutionTime 2s
}

func ExampleParseType() {
	t, ok := history.ParseType("TaskStateEntered")
	fmt.Println(t, ok, t.IsStateEntered(), t.StateType())
	// Output:
	// TaskStateEntered true true Task
}
