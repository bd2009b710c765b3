// Package conformance runs recorded executions of AWS Step Functions in the
// pure core and compares the results event by event.
//
// A corpus is a folder with a folder per kind and a JSON file per case: the
// definition, the input, the answers of tasks and the recording of AWS. The
// tests read the folders in ASL_CORPUS, or else ../shared/conformance and
// ../shared/conformance-2026 beside the repository, or else the project's own
// cases in testdata/corpus:
//
//	ASL_CORPUS=DIR:DIR go test ./internal/conformance -v
//	go test ./internal/conformance -run 'TestConformance/history/NAME.json' -v
//
// In code:
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
// event, the spelling of numbers, and the order of keys wherever the recording
// has it. A placeholder of the recorder matches any string, but always the same
// one within a case.
//
// The kinds are history; outputs, if no history was recorded; express, the
// response or the last log event of an EXPRESS machine; describe, the outcome
// of an execution or the variables that the states of a machine refer to;
// validation, the diagnostics of a definition; http, a call of http:invoke,
// which package httptask sends to a server on loopback; redrive; and teststate.
//
// Every execution runs in four ways, whose results must be equal byte for byte:
// straight; restored from a snapshot after every Step; crashed after every
// Step, so that Pending must repeat all commands; and twenty times in a row. If
// a case has a mock configuration of Step Functions Local, the driver also runs
// it with package mock, and must produce the same history.
//
// CheckStored runs a history in package interpreter over any store, whose interpreter
// crashes after a Commit and is replaced by another one.
//
// A case of kind redrive is the history that RedriveExecution appended to that of
// another case, or to short events in the same file. The run follows the
// recording, and of a short event it compares what the file has.
//
// A Map Run reads the files of its case through package itemreader and writes its
// results through package resultwriter. Its children run in the same ways as their
// parent. It also reads in chunks of 1, 2 and 1,000 items, and lets children end in
// another order. A case of kind native
// is a history with the inputs of the children, the counts of the Map Run and the
// bytes of its result files.
//
// A case of kind teststate is a request to TestState. The response, or the
// error with its code and message, must be the recorded one. A Task without a
// mock answers as in the recording.
package conformance
