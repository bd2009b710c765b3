package resultwriter

import (
	"context"

	"github.com/gostates/gostates/interpreter/mapresult"
)

// Writer writes the results of Map Runs. A host may have its own. Its methods are
// called from several goroutines at once.
//
// An error that wraps an [asl.Error] fails the Map state with that error, any
// other error with States.ResultWriterFailed and its message as the cause. The
// error of a context that is done fails nothing.
type Writer interface {
	// Open begins an attempt of a Map Run, or continues one if the request has a
	// receipt. It fails if results cannot be written: AWS then starts no child.
	Open(ctx context.Context, r *Request) (Results, error)

	// Remove deletes what the writer keeps in order to continue an attempt. The
	// caller no longer needs it, or gives it up. It does not delete results. An
	// attempt that is unknown or removed is not an error.
	Remove(ctx context.Context, mapRunArn string, redriveCount int64) error
}

// Request says which results [Writer.Open] writes, and where.
type Request struct {
	MapRunArn    string
	RedriveCount int64 // 0 for the first attempt

	Resource   string           // of the ResultWriter
	Parameters any              // Parameters or Arguments, evaluated
	Format     mapresult.Format // WriterConfig

	// Receipt is the last receipt of the attempt that the caller has stored. Empty
	// begins the attempt, and discards what it wrote before.
	Receipt []byte
}

// Results are the open results of an attempt. Their methods are called one after
// another. After an error, only Abandon may be called; Open with a receipt
// continues.
type Results interface {
	// Put adds records, in any order of their indexes. A record with the index of
	// another one may be ignored. The receipt stands for these and all earlier
	// records. The writer does not keep the records.
	Put(ctx context.Context, records []mapresult.Record) (receipt []byte, err error)

	// Close writes what is left and returns the result of the Map state. Nothing
	// may be called after it returns nil.
	Close(ctx context.Context, s Summary) (output any, err error)

	// Abandon releases the results without completing them. The context limits
	// how long it waits for that. After Close it does nothing, so that it can be
	// deferred.
	Abandon(ctx context.Context)
}

// Summary is the end of an attempt.
type Summary struct {
	Status mapresult.Status // of the Map Run: Succeeded, Failed or Aborted

	// Records is the number of records that the caller has put, each once. Close
	// fails if the writer has another number. 0 means that the caller does not
	// know.
	Records int64
}
