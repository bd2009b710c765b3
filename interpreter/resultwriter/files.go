package resultwriter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// Files is the [Writer] of AWS's s3:putObject: it writes result files and a
// manifest to an object store. It is safe for concurrent use.
type Files struct {
	Objects objects.Objects

	// Folder keeps the journals of open Map Runs, so that results outlive the
	// process; it must exist. Empty means that they do not.
	Folder string

	// TempDir is the folder for records that wait for their turn. Empty means
	// Folder or, without one, the system's folder for temporary files.
	TempDir string

	// HeldBytes is how many bytes of records that wait for their turn each Map Run
	// holds in memory. 0 means 8 MiB.
	HeldBytes int

	// FileBytes is the largest size of a result file, in bytes, unless a single
	// record is larger. 0 means 5 GiB (docs/evidence.md#result-file-size).
	FileBytes int64

	syncJournal func(*journal) error // for tests; nil means fsync
}

const (
	defaultHeldBytes = 8 << 20
	defaultFileBytes = 5 << 30
)

// attempt implements Results.
type attempt struct {
	store     objects.Objects
	mapRunArn string
	format    mapresult.Format
	redrive   int64
	bucket    string
	base      string // folder of the Map Run; ends in a slash
	folder    string // of the attempt; ends in a slash

	life context.Context // of objects that are being written
	end  context.CancelFunc

	earlier []manifestFile // of children that succeeded in earlier attempts
	files   [kinds]*resultFiles
	order   order
	ctx     context.Context // of the call of a method that is running
	entry   entry           // that is being added
	body    []byte          // its buffer

	journal *journal // nil if results are not kept
	broken  error    // of an earlier call
	ended   bool
}

var _ Writer = (*Files)(nil)

// Open implements [Writer]. It writes a manifest without files, to find out
// whether the bucket takes results (docs/evidence.md#result-files).
func (w *Files) Open(ctx context.Context, r *Request) (Results, error) {
	a, err := w.newAttempt(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := a.begin(ctx, w, r); err != nil {
		a.Abandon(ctx)
		if a.journal != nil {
			a.journal.discard() // no receipt stands for it
		}
		return nil, err
	}
	return a, nil
}

// isPutObject reports whether a Resource is s3:putObject, in any partition.
func isPutObject(resource string) bool {
	_, rest, _ := strings.Cut(strings.TrimPrefix(resource, "arn:"), ":")
	return strings.HasPrefix(resource, "arn:") && rest == "states:::s3:putObject"
}

func (w *Files) newAttempt(ctx context.Context, r *Request) (*attempt, error) {
	if !isPutObject(r.Resource) {
		return nil, newFailure(nil, "The Resource %q of the ResultWriter is not supported.", r.Resource)
	}
	if w.Objects == nil {
		return nil, newFailure(nil, "The host has no object store for a ResultWriter.")
	}
	bucket, prefix, err := placeOf(r.Parameters)
	if err != nil {
		return nil, err
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	a := &attempt{
		store: w.Objects, mapRunArn: r.MapRunArn, format: r.Format, redrive: r.RedriveCount,
		bucket: bucket, base: prefix + uuidOf(r.MapRunArn) + "/",
	}
	a.folder = a.folderOf(r.RedriveCount)
	a.life, a.end = context.WithCancel(context.WithoutCancel(ctx))
	for k := range kinds {
		a.files[k] = &resultFiles{
			store: a.store, bucket: bucket, folder: a.folder, life: a.life,
			kind: k, format: r.Format, maxSize: orDefault(w.FileBytes, defaultFileBytes),
		}
	}
	temporary := w.TempDir
	if temporary == "" {
		temporary = w.Folder
	}
	a.order = order{emit: a.writeEntry, limit: orDefault(w.HeldBytes, defaultHeldBytes), folder: temporary}
	return a, nil
}

func orDefault[T int | int64](n, usual T) T {
	if n > 0 {
		return n
	}
	return usual
}

// placeOf returns the bucket and the prefix of a ResultWriter.
func placeOf(parameters any) (bucket, prefix string, err error) {
	o, _ := parameters.(*value.Object)
	field := func(name string) (string, error) {
		v, ok := o.Get(name)
		text, isString := v.(string)
		if ok && !isString {
			return "", newFailure(nil, "The field '%s' of the ResultWriter must be a string.", name)
		}
		return text, nil
	}
	if bucket, err = field("Bucket"); err == nil && bucket == "" {
		err = newFailure(nil, "The field 'Bucket' of the ResultWriter is required but was missing.")
	}
	if err == nil {
		prefix, err = field("Prefix")
	}
	return bucket, prefix, err
}

// uuidOf returns what follows the last colon of the ARN of a Map Run.
func uuidOf(mapRunArn string) string {
	return mapRunArn[strings.LastIndexByte(mapRunArn, ':')+1:]
}

// folderOf returns the folder of an attempt (docs/evidence.md#redrive-files).
func (a *attempt) folderOf(redrive int64) string {
	if redrive == 0 {
		return a.base
	}
	return fmt.Sprintf("%sRedrive-%d/", a.base, redrive)
}

func (a *attempt) begin(ctx context.Context, w *Files, r *Request) (err error) {
	if w.Folder != "" {
		if a.journal, err = openJournal(w, r); err != nil {
			return err
		}
	} else if len(r.Receipt) > 0 {
		return newFailure(nil, "The results of Map Run %s are lost: Folder of resultwriter.Files must be set for them to outlive the process.", r.MapRunArn)
	}
	if a.earlier, err = a.earlierFiles(ctx); err != nil || len(r.Receipt) > 0 {
		return err
	}
	return a.writeManifest(ctx, "Failed to write a test manifest into the specified output bucket.")
}

var (
	errEnded     = errors.New("resultwriter: the results are closed or abandoned")
	errNotStatus = errors.New("resultwriter: not a status of a record")
)

// enter begins a method. A method that fails makes the later ones fail.
func (a *attempt) enter(ctx context.Context, method func() error) error {
	if a.ended {
		return errEnded
	}
	if a.broken != nil {
		return a.broken
	}
	a.ctx = ctx
	if ctx.Err() != nil {
		a.broken = context.Cause(ctx)
	} else {
		a.broken = method()
	}
	return a.broken
}

// Put implements [Results].
func (a *attempt) Put(ctx context.Context, records []mapresult.Record) (receipt []byte, err error) {
	err = a.enter(ctx, func() error {
		if a.journal != nil {
			receipt, err = a.journal.appendRecords(a.format, records)
			return err
		}
		receipt = []byte{receiptInMemory}
		for i := range records {
			if err := a.addRecord(&records[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return receipt, nil
}

func (a *attempt) addRecord(r *mapresult.Record) error {
	e, err := entryOf(r)
	if err != nil {
		return err
	}
	a.body, _ = a.format.AppendEntry(a.body[:0], r)
	e.body = a.body
	a.entry = e // in place, without allocating
	return a.order.addEntry(&a.entry)
}

// entryOf returns the entry of a record, without its body.
func entryOf(r *mapresult.Record) (entry, error) {
	k, ok := kindOf(r.Status)
	if !ok {
		return entry{}, fmt.Errorf("%w: %q", errNotStatus, r.Status)
	}
	if r.Index < 0 || r.Index == math.MaxInt64 {
		return entry{}, fmt.Errorf("resultwriter: a record cannot have the index %d", r.Index)
	}
	return entry{index: r.Index, kind: k}, nil
}

// writeEntry is called in the order of the indexes.
func (a *attempt) writeEntry(e *entry) error {
	if len(e.body) == 0 {
		return nil
	}
	return a.files[e.kind].addBody(a.ctx, e.body)
}

// Close implements [Results].
func (a *attempt) Close(ctx context.Context, s Summary) (output any, err error) {
	err = a.enter(ctx, func() error {
		if a.journal != nil {
			if err := a.journal.replay(ctx, a.order.addEntry); err != nil {
				return err
			}
		}
		if err := a.order.emitRest(); err != nil {
			return err
		}
		if n := a.order.emitted; s.Records != 0 && s.Records != n {
			return newFailure(nil, "The results of Map Run %s have %d records, not %d.", a.mapRunArn, n, s.Records)
		}
		for k := range kinds {
			if err := a.files[k].finishFile(ctx); err != nil {
				return err
			}
		}
		return a.writeManifest(ctx, "Failed to write the manifest into the specified output bucket.")
	})
	if err != nil {
		return nil, err
	}
	a.Abandon(ctx)
	return value.ObjectOf(
		value.Member{Key: "MapRunArn", Value: a.mapRunArn},
		value.Member{Key: "ResultWriterDetails", Value: value.ObjectOf(
			value.Member{Key: "Bucket", Value: a.bucket},
			value.Member{Key: "Key", Value: a.folder + manifestName},
		)},
	), nil
}

// Abandon implements [Results].
func (a *attempt) Abandon(ctx context.Context) {
	if a.ended {
		return
	}
	a.ended = true
	a.end()
	for k := range kinds {
		a.files[k].abandonFile(ctx)
	}
	a.order.closeTemporary()
	if a.journal != nil {
		a.journal.close()
	}
}
