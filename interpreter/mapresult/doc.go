// Package mapresult encodes the results of distributed Maps as AWS writes them:
// the records of child executions, their outputs, and the elements of the array
// that a Map without a ResultWriter returns. It is pure: it opens no file and
// reads no clock.
//
//	format := mapresult.Format{Transformation: mapresult.Flatten, OutputType: mapresult.JSONL}
//	done := &mapresult.Record{Status: mapresult.Succeeded, Output: []any{int64(1), int64(2)}}
//	line, n := format.AppendEntry(nil, done) // "1\n2", two elements
package mapresult
