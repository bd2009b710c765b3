// Package conformance runs recorded executions of AWS Step Functions through
// the pure core and compares what comes out, event by event.
//
// A corpus is a folder with a folder per kind and a JSON file per case: the
// definition, the input, what the tasks answered and what AWS recorded. The
// tests of this package read those that ASL_CORPUS lists, or
// ../shared/conformance and ../shared/conformance-2026 beside the repository,
// and skip if there are none:
//
//	ASL_CORPUS=DIR:DIR go test ./internal/conformance -v
//	go test ./internal/conformance -run 'TestConformance/history/NAME.json' -v
//
// In code it is
//
//	c, err := conformance.Load(dir, "history", "order.json")
//	if reason := c.Skip(); reason != "" {
//		return
//	}
//	for _, problem := range c.Check() {
//		fmt.Println(problem)
//	}
//
// The comparison is strict: type, id, previousEventId and every detail of every
// event, numbers as they are spelled, the order of keys wherever a recording
// keeps it. What a recorder replaced by a placeholder may be anything, but the
// same placeholder stands for the same text all through a case.
//
// The kinds are history; outputs, where no history was recorded; express, the
// response or the last log event of an EXPRESS machine; describe, the outcome of
// an execution, or the variables that the states of a machine refer to;
// validation, what AWS finds in a definition; http, a call of http:invoke, which runs
// in package httptask against a server on loopback; teststate, of which below.
//
// Every execution runs in four ways that must not differ by a byte: straight;
// restored from a snapshot after every Step; crashed after every Step, with all
// commands lost and made again by Pending; and twenty times over. Where a case
// has a mock configuration of Step Functions Local, the driver runs it as well,
// by package mock, and must give the same history.
//
// A case of kind teststate is a request to TestState: the response, or the error
// with its code and message, must be the recorded one. A Task that was not mocked
// answers what the recording says that it answered.
package conformance
