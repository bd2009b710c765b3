package itemreader

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gostates/gostates/interpreter/objects"
)

// get opens length bytes of an object from an offset on; 0 means all. If etag is not
// empty, the object must have it.
func (i *items) get(at location, etag string, offset, length int64) (io.ReadCloser, objects.Info, error) {
	o := objects.GetOptions{VersionID: at.version, ETag: etag, Offset: offset, Length: length}
	if at.bucket == i.bucket {
		o.ExpectedBucketOwner = i.owner
	}
	object, err := i.reader.Objects.Get(i.ctx, at.bucket, at.key, o)
	if err != nil {
		return nil, objects.Info{}, at.changed(err)
	}
	if object.Size > i.maxObject {
		object.Body.Close()
		return nil, objects.Info{}, i.tooLarge(at)
	}
	left := object.Size - offset
	if length > 0 {
		left = min(left, length)
	}
	return &body{ReadCloser: object.Body, ctx: i.ctx, at: at, left: left}, object.Info, nil
}

// changed makes a failure of objects.ErrChanged, and leaves other errors as they are.
func (at location) changed(err error) error {
	if !errors.Is(err, objects.ErrChanged) {
		return err
	}
	return &Error{Err: err,
		Cause: fmt.Sprintf("The object s3://%s/%s has changed since its first items were read.", at.bucket, at.key)}
}

// body ends with its context, and when reads bring nothing. It must not end early.
type body struct {
	io.ReadCloser
	ctx  context.Context
	at   location
	left int64 // bytes that are to come
}

func (b *body) Read(p []byte) (int, error) {
	for range 100 {
		if err := b.ctx.Err(); err != nil {
			return 0, err
		}
		n, err := b.ReadCloser.Read(p)
		b.left -= int64(n)
		if err == io.EOF && b.left > 0 {
			err = failf("The object s3://%s/%s ends %d bytes before its size.", b.at.bucket, b.at.key, b.left)
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, b.at.changed(err)
		}
	}
	return 0, io.ErrNoProgress
}

func (i *items) tooLarge(at location) error {
	return failf("The object s3://%s/%s is larger than %d bytes.", at.bucket, at.key, i.maxObject)
}

// openNext opens the object at the cursor, or the one after it.
func (i *items) openNext() error {
	at, err := i.objects.find(&i.at)
	if err != nil {
		return err
	}
	if i.at.done {
		i.at.done, i.at.etag, i.at.version, i.at.place = false, "", "", place{}
	}
	i.at.key = ""
	if _, listed := i.objects.(*listing); listed {
		i.at.key = at.key
	}
	if i.at.version != "" {
		at.version = i.at.version
	}
	i.source = "s3://" + at.bucket + "/" + at.key
	if format := i.reader.Formats[i.config.InputType]; format != nil {
		i.open, err = i.openFormat(format, at)
	} else {
		i.open, err = i.openText(at)
	}
	if err != nil {
		i.open = nil
		return err
	}
	i.at.place = i.open.place()
	return nil
}

// remember notes which version of an object is being read.
func (i *items) remember(info objects.Info) {
	i.at.etag, i.at.version = info.ETag, info.VersionID
}

// openFormat opens an object of a binary format.
func (i *items) openFormat(format Format, at location) (rows, error) {
	body, info, err := i.get(at, i.at.etag, 0, 0)
	if err != nil {
		return nil, err
	}
	body.Close()
	i.remember(info)
	if info.VersionID != "" {
		at.version = info.VersionID
	}
	r, err := format.Open(i.ctx, &objectAt{items: i, at: at, etag: info.ETag, size: info.Size}, info.Size, i.at.place.offset)
	if err != nil {
		return nil, err
	}
	return &formatRows{rows: r, at: i.at.place.offset}, nil
}

// objectAt reads parts of an object.
type objectAt struct {
	items *items
	at    location
	etag  string
	size  int64
}

func (o *objectAt) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset >= o.size || len(p) == 0 {
		return 0, io.EOF
	}
	body, _, err := o.items.get(o.at, o.etag, offset, int64(len(p)))
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n, err := io.ReadFull(body, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// openText opens an object of a format that is read as a stream.
func (i *items) openText(at location) (_ rows, err error) {
	from := i.at.place
	s := &stream{items: i, at: at, etag: i.at.etag, packed: from.packed}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	fromRow := i.config.InputType == "CSV" && i.config.CSVHeaderLocation != "GIVEN"
	start := from.offset
	if fromRow {
		start = 0 // the header
	}
	b, err := s.openAt(start)
	if err != nil {
		return nil, err
	}
	i.remember(s.info)
	switch i.config.InputType {
	case "JSON":
		return &jsonRows{buffer: b, Closer: s, packed: s.packed, pointer: i.config.ItemsPointer, mode: from.mode}, nil
	case "JSONL":
		return &lineRows{buffer: b, Closer: s, packed: s.packed}, b.skipMark()
	}
	c := &csvRows{csvScanner: csvScanner{buffer: b, comma: delimiters[i.config.CSVDelimiter]}, Closer: s}
	if err := b.skipMark(); err != nil {
		return nil, err
	}
	if !fromRow {
		c.packed = s.packed
		return c, c.setHeader(i.config.CSVHeaders)
	}
	if err := c.scanHeader(); err == io.EOF {
		c.packed = s.packed
		return c, nil // an empty file
	} else if err != nil {
		return nil, err
	}
	if from.offset > b.offset() {
		c.empty = false
		if c.buffer, err = s.openAt(from.offset); err != nil {
			return nil, err
		}
	}
	c.packed = s.packed
	return c, nil
}

// stream is the decompressed content of an object.
type stream struct {
	items  *items
	at     location
	etag   string
	packed string // name of the compression, empty for none
	info   objects.Info

	body   io.Closer
	unpack io.Closer // or nil
}

func (s *stream) Close() error {
	var err error
	if s.unpack != nil {
		err = s.unpack.Close()
	}
	if s.body != nil {
		err = errors.Join(s.body.Close(), err)
	}
	s.unpack, s.body = nil, nil
	return err
}

// openAt opens the content at an offset. It closes what was open before.
func (s *stream) openAt(offset int64) (*buffer, error) {
	s.Close()
	i := s.items
	skip := int64(0)
	if s.packed != "" {
		skip, offset = offset, 0
	}
	body, info, err := i.get(s.at, s.etag, offset, 0)
	if err != nil {
		return nil, err
	}
	s.body, s.info, s.etag = body, info, info.ETag
	if info.VersionID != "" {
		s.at.version = info.VersionID
	}
	var content io.Reader = body
	if offset == 0 {
		if content, err = s.unpackBody(body); err != nil {
			return nil, err
		}
	}
	content = &limitedReader{source: content, left: i.maxObject - offset, err: i.tooLarge(s.at)}
	if _, err := io.CopyN(io.Discard, content, skip); err != nil && err != io.EOF {
		return nil, err
	}
	return newBuffer(content, offset+skip, i.maxItem), nil
}

// compressions are recognised by the first bytes of an object. Neither JSON nor CSV
// begins like this.
var compressions = []struct{ name, magic string }{
	{"GZIP", "\x1f\x8b"}, {"ZSTD", "\x28\xb5\x2f\xfd"},
}

// unpackBody decompresses an object that is compressed.
func (s *stream) unpackBody(body io.Reader) (io.Reader, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(body, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	whole := io.MultiReader(bytes.NewReader(head), body)
	s.packed = ""
	for _, c := range compressions {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			s.packed = c.name
		}
	}
	if s.packed == "" {
		return whole, nil
	}
	var content io.Reader
	unpack := s.items.reader.Decompress[s.packed]
	switch {
	case unpack != nil:
		content, err = unpack(whole)
	case s.packed == "GZIP":
		content, err = gzip.NewReader(whole)
	default:
		return nil, failf("The object s3://%s/%s is compressed with %s, which needs an entry in ObjectReader.Decompress, such as NewReader of github.com/klauspost/compress/zstd.", s.at.bucket, s.at.key, s.packed)
	}
	if err != nil {
		return nil, s.damaged(err)
	}
	s.unpack, _ = content.(io.Closer)
	return &unpackedReader{content, s}, nil
}

func (s *stream) damaged(err error) error {
	if failure := (*Error)(nil); errors.As(err, &failure) {
		return failure // of the body
	}
	return &Error{Cause: fmt.Sprintf("The object s3://%s/%s cannot be decompressed: %v", s.at.bucket, s.at.key, err), Err: err}
}

// unpackedReader names the object in the errors of a decompressor.
type unpackedReader struct {
	io.Reader
	stream *stream
}

func (u *unpackedReader) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = u.stream.damaged(err)
	}
	return n, err
}

// limitedReader ends with an error after left bytes.
type limitedReader struct {
	source io.Reader
	left   int64
	err    error
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.source.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, l.err
	}
	return n, err
}
