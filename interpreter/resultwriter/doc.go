// Package resultwriter writes the results of distributed Maps that have a
// ResultWriter, as AWS does: manifest.json, and files of the children that
// succeeded, that failed and that never started.
//
//	w := &resultwriter.Files{
//		Objects: objects.Dir("/var/lib/objects"), Folder: "/var/lib/results",
//	}
//	results, err := w.Open(ctx, &resultwriter.Request{
//		MapRunArn: arn, Resource: resource, Parameters: parameters,
//	})
//	receipt, err := results.Put(ctx, records)
//	output, err := results.Close(ctx, resultwriter.Summary{Records: n})
//	err = w.Remove(ctx, arn, 0)
//
// # Order
//
// Children may end in any order. Every file has its records in the order of
// [mapresult.Record.Index], and the same records always give the same files. A
// record whose turn has not come is held in memory, up to [Files.HeldBytes]
// altogether, and after that in a temporary file. Memory does not grow with the
// number of records, except for about 50 bytes for every HeldBytes of records
// that wait at the same time.
//
// # Crashes
//
// With a [Files.Folder], results outlive the process. Put appends the records to
// a journal in the folder and syncs it before it returns a receipt. Open with a
// receipt continues right after the records of that Put, without later ones,
// which the caller puts again. Close writes the result files from the journal,
// and may be repeated after a crash at any point of it, until Remove deletes the
// journal. So if the caller
//
//   - stores each receipt together with the fact that the children of that Put
//     have ended,
//   - opens with the last receipt that it stored, and puts the records of all
//     other children, and
//   - calls Remove only after it has stored the output of Close,
//
// then the files have each record once, and equal those of a run without a crash
// if the records do. A crash between the last two steps leaves the journal: the
// interpreter calls Remove again in the next process.
//
// The objects are written by Close, so a crash leaves none of them in part. The
// folder needs space for all results of the open Map Runs, and must be on a disk
// that survives the process. If several processes share a store, they must share
// the folder too. A process that has lost an execution to another one, and still
// puts records, does not spoil them: each Open writes files of its own in the
// folder. Its Close writes the same bytes as the other one's, from the same records;
// the interpreter asks the store before Open and Close, and ends their contexts when it
// has lost the execution.
//
// Without a Folder, results are written to the object store as they come and
// need no disk, but are lost with the process. Open with such a receipt is an
// error.
package resultwriter
