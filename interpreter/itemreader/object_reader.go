package itemreader

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// ObjectReader is the [Reader] of AWS's resources s3:getObject and s3:listObjectsV2.
// Its fields must not change while it is used.
type ObjectReader struct {
	Objects objects.Objects

	// Formats are the binary formats by InputType. PARQUET is in the module
	// github.com/gostates/gostates/interpreter/objects/parquet.
	Formats map[string]Format

	// Decompress are the compressions by name. GZIP needs no entry; ZSTD does, such as
	// NewReader and IOReadCloser of github.com/klauspost/compress/zstd. Objects are
	// recognised by their first bytes. A result that is an io.Closer is closed.
	Decompress map[string]func(io.Reader) (io.Reader, error)

	MaxItemBytes   int   // of one item; 0 means AWS's limit of 8 MiB
	MaxObjectBytes int64 // of one object, decompressed; 0 means AWS's limit of 10 GiB
}

// Open implements [Reader]. It reads nothing yet.
func (o *ObjectReader) Open(ctx context.Context, r *Request) (Items, error) {
	i := &items{ctx: ctx, reader: o, request: r, config: r.Config, skip: r.Skip,
		maxItem: o.MaxItemBytes, maxObject: o.MaxObjectBytes}
	if i.maxItem <= 0 {
		i.maxItem = 8 << 20
	}
	if i.maxObject <= 0 {
		i.maxObject = 10 << 30
	}
	if r.Cursor != nil {
		var err error
		if i.at, err = parseCursor(r.Cursor); err != nil {
			return nil, err
		}
	}
	if err := i.prepareRequest(); err != nil {
		return nil, err
	}
	return i, nil
}

// items are the items of a request.
type items struct {
	ctx       context.Context
	reader    *ObjectReader
	request   *Request
	config    Config // InputType is that of the data objects
	maxItem   int
	maxObject int64

	bucket  string
	owner   string
	objects catalogue

	at      cursor // of the row after the latest one
	open    rows   // of the object of at; nil between objects
	source  string // of open
	skip    int64
	ahead   *row // read and not returned; nil or &slot
	slot    row
	aheadAt cursor // where ahead is
	from    string // source of ahead
	err     error  // after ahead
}

// catalogue lists the objects that hold the items.
type catalogue interface {
	// find returns the object at a cursor, or the one after it if the cursor says that
	// the object is done. It returns io.EOF after the last one. It changes the cursor
	// only if it returns an object.
	find(at *cursor) (location, error)
}

// location is an object with items.
type location struct{ bucket, key, version string }

const maxMaxItems = 100_000_000

// prepareRequest checks the request and chooses the catalogue.
func (i *items) prepareRequest() error {
	c := &i.config
	if c.MaxItems < 0 {
		return errNegativeMaxItems
	}
	if c.MaxItems == 0 || c.MaxItems > maxMaxItems {
		c.MaxItems = maxMaxItems
	}
	arguments, _ := i.request.Arguments.(*value.Object)
	for _, name := range []string{"Bucket", "Key", "VersionId", "ExpectedBucketOwner", "Prefix", "StartAfter"} {
		v, _ := arguments.Get(name)
		if _, isString := v.(string); v != nil && !isString {
			return failf("The field '%s' of the ItemReader must be a string.", name)
		}
	}
	text := func(name string) string {
		v, _ := arguments.Get(name)
		s, _ := v.(string)
		return s
	}
	i.bucket, i.owner = text("Bucket"), text("ExpectedBucketOwner")
	if i.bucket == "" {
		return failf("The ItemReader has no Bucket.")
	}
	_, action, _ := strings.Cut(i.request.Resource, ":states:::")
	switch action {
	case "s3:listObjectsV2":
		listing := &listing{items: i, prefix: text("Prefix"), after: text("StartAfter")}
		i.objects = listing
		if c.Transformation == "" || c.Transformation == "NONE" {
			i.objects = nil
			i.open = &listRows{listing: listing, after: max(i.at.key, listing.after)}
			i.source = "s3://" + i.bucket
			return nil
		}
	case "s3:getObject":
		object := location{i.bucket, text("Key"), text("VersionId")}
		if object.key == "" {
			return failf("The ItemReader has no Key.")
		}
		i.objects = single(object)
		switch {
		case c.ManifestType == "ATHENA_DATA":
			i.objects = &manifest{items: i, manifest: object, parse: parseAthena}
		case c.ManifestType != "" || c.InputType == "MANIFEST":
			i.objects = &manifest{items: i, manifest: object, parse: parseInventory}
			c.InputType = "CSV"
		}
	default:
		return failf("No reader for the resource %s of an ItemReader.", i.request.Resource)
	}
	return i.checkInputType()
}

func (i *items) checkInputType() error {
	switch i.config.InputType {
	case "CSV":
		if _, known := delimiters[i.config.CSVDelimiter]; !known {
			return failf("Not a CSVDelimiter: %s.", i.config.CSVDelimiter)
		}
		return nil
	case "JSON", "JSONL":
		return nil
	}
	if i.reader.Formats[i.config.InputType] != nil {
		return nil
	}
	if i.config.InputType == "PARQUET" {
		return failf("The InputType PARQUET needs an entry in ObjectReader.Formats, from the module github.com/gostates/gostates/interpreter/objects/parquet.")
	}
	return failf("Not an InputType: %q.", i.config.InputType)
}

func (i *items) Close() error {
	if i.open == nil {
		return nil
	}
	return i.open.Close()
}

// Next implements [Items]. It reads one row ahead, so that it knows whether there is
// one.
func (i *items) Next(most, maxBytes int) (*Chunk, error) {
	if err := i.skipItems(); err != nil {
		return nil, err
	}
	chunk := &Chunk{}
	for size := 0; i.readAhead() && len(chunk.Items) < max(most, 1); i.ahead = nil {
		r := i.ahead
		if len(chunk.Items) > 0 && (size+r.size > maxBytes || i.from != chunk.Source) {
			break
		}
		size += r.size
		if chunk.Items == nil {
			chunk.Items = make([]any, 0, min(max(most, 1), 64))
			chunk.Source = i.from
		}
		chunk.Items = append(chunk.Items, r.value)
		if r.keyed {
			chunk.Keys = append(chunk.Keys, r.key)
		}
	}
	next := i.at
	if i.ahead != nil {
		next = i.aheadAt
	} else if i.err == io.EOF {
		chunk.End = true
	} else if len(chunk.Items) == 0 {
		return nil, i.err
	}
	var err error
	chunk.Cursor, err = next.encode()
	return chunk, err
}

// skipItems leaves out the items that the request leaves out.
func (i *items) skipItems() error {
	for ; i.skip > 0; i.skip-- {
		if !i.readAhead() {
			if i.err == io.EOF {
				i.err = failf("The data has fewer items than before: it has changed.")
			}
			return i.err
		}
		i.ahead = nil
	}
	return nil
}

// readAhead makes sure that ahead is the next row. It reports whether there is one;
// err says why not.
func (i *items) readAhead() bool {
	if i.ahead != nil {
		return true
	}
	if i.err != nil {
		return false
	}
	if i.at.count >= i.config.MaxItems {
		i.err = io.EOF
		return false
	}
	if i.err = i.readRow(&i.slot); i.err != nil {
		if i.err != io.EOF {
			i.err = i.failure(i.err)
		}
		return false
	}
	i.ahead = &i.slot
	return true
}

// readRow reads the next row of all objects. It sets aheadAt, at and from.
func (i *items) readRow(r *row) error {
	for {
		if err := i.ctx.Err(); err != nil {
			return err
		}
		if i.open == nil {
			if err := i.openNext(); err != nil {
				return err
			}
		}
		i.aheadAt = i.at
		err := i.open.next(r)
		if err == nil {
			i.from = i.source
			i.at.count++
			if list, ok := i.open.(*listRows); ok {
				i.at.key = list.after
			} else {
				i.at.place = i.open.place()
			}
			return nil
		}
		if err != io.EOF || i.objects == nil {
			return err
		}
		i.open.Close()
		i.open = nil
		i.at.done = true
	}
}

// failure makes the failure of a Map Run of an error, unless the context is done.
func (i *items) failure(err error) error {
	if _, ok := err.(*Error); ok || i.ctx.Err() != nil {
		return err
	}
	return &Error{Cause: objects.Cause(err), Err: err}
}

// single is a catalogue of one object.
type single location

func (s single) find(at *cursor) (location, error) {
	if at.done {
		return location{}, io.EOF
	}
	return location(s), nil
}

// listing is the catalogue of the objects with a prefix.
type listing struct {
	items         *items
	prefix, after string

	page []objects.Info // not yet returned
	more bool           // further pages come after this one
	used bool           // a page was read
}

// nextInfo returns the first object after a key.
func (l *listing) nextInfo(after string) (objects.Info, error) {
	for len(l.page) == 0 {
		if l.used && !l.more {
			return objects.Info{}, io.EOF
		}
		if err := l.readPage(after); err != nil {
			return objects.Info{}, err
		}
	}
	info := l.page[0]
	l.page = l.page[1:]
	return info, nil
}

// readPage reads a page, and refuses one that would make the listing endless.
func (l *listing) readPage(after string) error {
	i := l.items
	page, err := i.reader.Objects.List(i.ctx, i.bucket, objects.ListOptions{
		Prefix: l.prefix, After: after, ExpectedBucketOwner: i.owner,
	})
	if err != nil {
		return err
	}
	for n, info := range page.Objects {
		if n == 0 && info.Key <= after || n > 0 && info.Key <= page.Objects[n-1].Key {
			return failf("The object store lists the key %q out of order.", info.Key)
		}
	}
	if len(page.Objects) == 0 && page.More {
		return failf("The object store lists an empty page that is not the last one.")
	}
	l.page, l.more, l.used = page.Objects, page.More, true
	return nil
}

// find skips the markers of folders (docs/evidence.md#flatten-order).
func (l *listing) find(at *cursor) (location, error) {
	if at.key != "" && !at.done {
		return location{bucket: l.items.bucket, key: at.key}, nil
	}
	for after := max(at.key, l.after); ; {
		info, err := l.nextInfo(after)
		if err != nil {
			return location{}, err
		}
		if info.Size > 0 || !strings.HasSuffix(info.Key, "/") {
			return location{bucket: l.items.bucket, key: info.Key}, nil
		}
		after = info.Key
	}
}

// listRows are the objects of a listing as items.
type listRows struct {
	listing *listing
	after   string // key of the latest object
}

func (l *listRows) next(r *row) error {
	info, err := l.listing.nextInfo(l.after)
	if err != nil {
		return err
	}
	l.after = info.Key
	*r = row{size: len(info.Key) + 150, value: value.ObjectOf(
		value.Member{Key: "Etag", Value: validString([]byte(info.ETag))},
		value.Member{Key: "Key", Value: validString([]byte(info.Key))},
		value.Member{Key: "LastModified", Value: float64(info.LastModified.Unix())},
		value.Member{Key: "Size", Value: info.Size},
		value.Member{Key: "StorageClass", Value: validString([]byte(info.StorageClass))},
	)}
	return nil
}

func (l *listRows) place() place { return place{} }
func (l *listRows) Close() error { return nil }

// manifest is a catalogue that an object holds.
type manifest struct {
	items    *items
	manifest location
	parse    func(i *items, manifest location, text []byte) ([]location, error)

	read  bool
	files []location
}

const maxManifest = 64 << 20

func (m *manifest) find(at *cursor) (location, error) {
	if !m.read {
		if err := m.readManifest(at); err != nil {
			return location{}, err
		}
		m.read = true
	}
	number := at.file
	if at.done {
		number++
	}
	if number >= int64(len(m.files)) {
		return location{}, io.EOF
	}
	file := m.files[number]
	if file.bucket == m.manifest.bucket && file.key == m.manifest.key {
		return location{}, failf("The manifest s3://%s/%s names itself.", file.bucket, file.key)
	}
	at.file = number
	return file, nil
}

// readManifest reads the manifest, which must be the one that the cursor knows.
func (m *manifest) readManifest(at *cursor) error {
	i := m.items
	body, info, err := i.get(m.manifest, at.manifest, 0, 0)
	if err != nil {
		return err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxManifest+1))
	if err != nil {
		return err
	}
	if len(text) > maxManifest {
		return failf("The manifest s3://%s/%s is larger than %d bytes.", m.manifest.bucket, m.manifest.key, maxManifest)
	}
	at.manifest = info.ETag
	m.files, err = m.parse(i, m.manifest, text)
	return err
}

// parseInventory parses the manifest.json of an S3 inventory. Its files are in the
// manifest's bucket, and their columns are those of fileSchema.
func parseInventory(i *items, manifest location, text []byte) ([]location, error) {
	name := "s3://" + manifest.bucket + "/" + manifest.key
	v, err := value.Read(text, value.ReadOptions{})
	if err != nil {
		return nil, invalidJSON(0, err)
	}
	root, _ := v.(*value.Object)
	field := func(o *value.Object, key string) string {
		v, _ := o.Get(key)
		s, _ := v.(string)
		return s
	}
	if format := field(root, "fileFormat"); format != "CSV" {
		return nil, failf("The manifest %s has the fileFormat %q: only CSV can be read.", name, format)
	}
	schema := field(root, "fileSchema")
	if schema == "" {
		return nil, failf("The manifest %s has no fileSchema.", name)
	}
	i.config.CSVHeaderLocation, i.config.CSVDelimiter, i.config.CSVHeaders = "GIVEN", "COMMA", nil
	for column := range strings.SplitSeq(schema, ",") {
		i.config.CSVHeaders = append(i.config.CSVHeaders, strings.TrimSpace(column))
	}
	list, _ := root.Get("files")
	files, isList := list.([]any)
	if !isList {
		return nil, failf("The manifest %s has no files.", name)
	}
	locations := make([]location, len(files))
	for n, f := range files {
		file, _ := f.(*value.Object)
		locations[n] = location{bucket: manifest.bucket, key: field(file, "key")}
		if locations[n].key == "" {
			return nil, failf("The manifest %s has no key for file %d.", name, n)
		}
	}
	return locations, nil
}

// parseAthena parses the manifest of Athena's UNLOAD: a line per object.
func parseAthena(_ *items, manifest location, text []byte) ([]location, error) {
	var locations []location
	for line := range strings.Lines(validString(text)) {
		line = strings.Trim(strings.TrimSpace(line), `"`)
		if line == "" {
			continue
		}
		place, isURI := strings.CutPrefix(line, "s3://")
		bucket, key, hasKey := strings.Cut(place, "/")
		if !isURI || !hasKey || bucket == "" || key == "" {
			return nil, failf("The manifest s3://%s/%s has a line that is not s3://bucket/key: %s", manifest.bucket, manifest.key, line[:min(len(line), 200)])
		}
		locations = append(locations, location{bucket: bucket, key: key})
	}
	return slices.Clip(locations), nil
}
