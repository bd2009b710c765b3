// Package s3 is the object store of distributed Maps in Amazon S3, over the client of
// the AWS SDK:
//
//	cfg, err := config.LoadDefaultConfig(ctx)
//	if err != nil {
//		return err
//	}
//	store := s3.New(awss3.NewFromConfig(cfg))
//
// The client's own retries apply. A download that breaks continues where it broke, if
// the object is still the same.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/gostates/gostates/interpreter/objects"
)

// Client is the part of the SDK's client that a [Store] uses. It must be safe for
// concurrent use.
type Client interface {
	GetObject(context.Context, *awss3.GetObjectInput, ...func(*awss3.Options)) (*awss3.GetObjectOutput, error)
	HeadObject(context.Context, *awss3.HeadObjectInput, ...func(*awss3.Options)) (*awss3.HeadObjectOutput, error)
	ListObjectsV2(context.Context, *awss3.ListObjectsV2Input, ...func(*awss3.Options)) (*awss3.ListObjectsV2Output, error)
	PutObject(context.Context, *awss3.PutObjectInput, ...func(*awss3.Options)) (*awss3.PutObjectOutput, error)
	CreateMultipartUpload(context.Context, *awss3.CreateMultipartUploadInput, ...func(*awss3.Options)) (*awss3.CreateMultipartUploadOutput, error)
	UploadPart(context.Context, *awss3.UploadPartInput, ...func(*awss3.Options)) (*awss3.UploadPartOutput, error)
	CompleteMultipartUpload(context.Context, *awss3.CompleteMultipartUploadInput, ...func(*awss3.Options)) (*awss3.CompleteMultipartUploadOutput, error)
	AbortMultipartUpload(context.Context, *awss3.AbortMultipartUploadInput, ...func(*awss3.Options)) (*awss3.AbortMultipartUploadOutput, error)
}

// Store implements [objects.Objects]. It is safe for concurrent use.
type Store struct {
	client Client

	// PartSize is the size in bytes of the parts of an upload, each of which is held in
	// memory. 0 means 8 MiB. S3 takes at least 5 MiB and at most 10,000 parts. It must
	// be set before the first use of the Store.
	PartSize int
}

// New returns a Store that uses c.
func New(c Client) *Store { return &Store{client: c} }

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// reasons are the errors of package objects for S3's codes.
var reasons = map[string]error{
	"NoSuchBucket":       objects.ErrNoSuchBucket,
	"NoSuchKey":          objects.ErrNoSuchKey,
	"NoSuchVersion":      objects.ErrNoSuchVersion,
	"AccessDenied":       objects.ErrAccessDenied,
	"PreconditionFailed": objects.ErrChanged,
}

// serviceError returns err with the service's answer.
func serviceError(op, bucket, key string, err error) error {
	e := &objects.Error{Op: op, Bucket: bucket, Key: key, Err: err}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Message = api.ErrorMessage()
		if reason := reasons[api.ErrorCode()]; reason != nil {
			e.Err = fmt.Errorf("%w: %w", reason, err)
		}
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		e.Status, e.RequestID = response.HTTPStatusCode(), response.ServiceRequestID()
	}
	return e
}

func hasCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code
}

// Get implements [objects.Objects].
func (s *Store) Get(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	object, err := s.openObject(ctx, bucket, key, o)
	if err != nil {
		return nil, err
	}
	o.ETag, o.VersionID = object.ETag, object.VersionID
	object.Body = &resumingBody{ctx: ctx, store: s, bucket: bucket, key: key, o: o, body: object.Body, size: object.Size}
	return object, nil
}

func (s *Store) openObject(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	if o.Offset < 0 || o.Length < 0 {
		return nil, &objects.Error{Op: "get", Bucket: bucket, Key: key,
			Err: fmt.Errorf("range of %d bytes at offset %d: neither may be negative", o.Length, o.Offset)}
	}
	in := &awss3.GetObjectInput{
		Bucket: &bucket, Key: &key, VersionId: nilIfEmpty(o.VersionID), IfMatch: nilIfEmpty(o.ETag),
		ExpectedBucketOwner: nilIfEmpty(o.ExpectedBucketOwner),
	}
	switch {
	case o.Length > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", o.Offset, o.Offset+o.Length-1))
	case o.Offset > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", o.Offset))
	}
	out, err := s.client.GetObject(ctx, in)
	if hasCode(err, "InvalidRange") {
		return s.describeObject(ctx, bucket, key, o)
	}
	if err != nil {
		return nil, serviceError("get", bucket, key, err)
	}
	size := aws.ToInt64(out.ContentLength)
	if in.Range != nil {
		_, total, _ := strings.Cut(aws.ToString(out.ContentRange), "/")
		if size, err = strconv.ParseInt(total, 10, 64); err != nil {
			out.Body.Close()
			return nil, &objects.Error{Op: "get", Bucket: bucket, Key: key,
				Err: fmt.Errorf("the answer to %s has the Content-Range %q", *in.Range, aws.ToString(out.ContentRange))}
		}
	}
	return &objects.Object{Body: out.Body, Info: objects.Info{
		Key: key, Size: size, ETag: aws.ToString(out.ETag), VersionID: aws.ToString(out.VersionId),
		LastModified: aws.ToTime(out.LastModified), StorageClass: storageClass(string(out.StorageClass)),
	}}, nil
}

// describeObject returns an object without a body, for a range behind its end.
func (s *Store) describeObject(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	out, err := s.client.HeadObject(ctx, &awss3.HeadObjectInput{
		Bucket: &bucket, Key: &key, VersionId: nilIfEmpty(o.VersionID), IfMatch: nilIfEmpty(o.ETag),
		ExpectedBucketOwner: nilIfEmpty(o.ExpectedBucketOwner),
	})
	if err != nil {
		return nil, serviceError("get", bucket, key, err)
	}
	return &objects.Object{Body: io.NopCloser(strings.NewReader("")), Info: objects.Info{
		Key: key, Size: aws.ToInt64(out.ContentLength), ETag: aws.ToString(out.ETag), VersionID: aws.ToString(out.VersionId),
		LastModified: aws.ToTime(out.LastModified), StorageClass: storageClass(string(out.StorageClass)),
	}}, nil
}

// storageClass returns the class that S3 leaves out.
func storageClass(class string) string {
	if class == "" {
		return string(types.StorageClassStandard)
	}
	return class
}

// resumingBody opens the object again when the connection breaks. A Map Run may read
// so slowly that S3 closes it.
type resumingBody struct {
	ctx         context.Context
	store       *Store
	bucket, key string
	o           objects.GetOptions // from the next byte on
	size        int64              // of the object
	body        io.ReadCloser
	failures    int // since the latest byte
	read        int64
}

const maxFailures = 3

func (b *resumingBody) Read(p []byte) (int, error) {
	for {
		n, err := b.body.Read(p)
		if n > 0 {
			b.o.Offset += int64(n)
			b.read += int64(n)
			b.failures = 0
		}
		if err == nil || err == io.EOF {
			return n, err
		}
		if n > 0 {
			return n, nil // the next Read has the error again
		}
		if b.failures++; b.failures > maxFailures || b.ctx.Err() != nil {
			return 0, serviceError("get", b.bucket, b.key, err)
		}
		if err := b.reopen(); err != nil {
			return 0, err
		}
	}
}

func (b *resumingBody) reopen() error {
	o := b.o
	if o.Length > 0 {
		o.Length -= b.read
	}
	if o.Offset >= b.size || b.o.Length > 0 && o.Length == 0 {
		b.body.Close()
		b.body = io.NopCloser(strings.NewReader(""))
		return nil
	}
	object, err := b.store.openObject(b.ctx, b.bucket, b.key, o)
	if err != nil {
		return err
	}
	b.body.Close()
	b.body = object.Body
	return nil
}

func (b *resumingBody) Close() error { return b.body.Close() }

// List implements [objects.Objects]. S3's pages have at most 1,000 objects.
func (s *Store) List(ctx context.Context, bucket string, o objects.ListOptions) (*objects.Page, error) {
	in := &awss3.ListObjectsV2Input{
		Bucket: &bucket, Prefix: nilIfEmpty(o.Prefix), StartAfter: nilIfEmpty(o.After),
		ExpectedBucketOwner: nilIfEmpty(o.ExpectedBucketOwner),
	}
	if o.Max > 0 {
		in.MaxKeys = aws.Int32(int32(min(o.Max, 1000)))
	}
	for {
		out, err := s.client.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, serviceError("list", bucket, o.Prefix, err)
		}
		page := &objects.Page{More: aws.ToBool(out.IsTruncated)}
		for _, c := range out.Contents {
			page.Objects = append(page.Objects, objects.Info{
				Key: aws.ToString(c.Key), Size: aws.ToInt64(c.Size), ETag: aws.ToString(c.ETag),
				LastModified: aws.ToTime(c.LastModified), StorageClass: storageClass(string(c.StorageClass)),
			})
		}
		if len(page.Objects) > 0 || !page.More || aws.ToString(out.NextContinuationToken) == "" {
			return page, nil
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

// Put implements [objects.Objects]. An object that is smaller than a part is one
// request when it is closed; a larger one is a multipart upload.
func (s *Store) Put(ctx context.Context, bucket, key string) (objects.Writer, error) {
	size := s.PartSize
	if size <= 0 {
		size = 8 << 20
	}
	return &writer{ctx: ctx, client: s.client, bucket: bucket, key: key, size: size}, nil
}

type writer struct {
	ctx         context.Context
	client      Client
	bucket, key string
	size        int
	part        []byte // not yet sent
	upload      *string
	parts       []types.CompletedPart
	closed      bool
	err         error // of a part
}

var errClosed = errors.New("the writer is closed")

func (w *writer) errorOf(err error) error { return serviceError("put", w.bucket, w.key, err) }

func (w *writer) Write(p []byte) (int, error) {
	if w.closed {
		return 0, w.errorOf(errClosed)
	}
	written := 0
	for w.err == nil && written < len(p) {
		if len(w.part) == w.size {
			w.err = w.sendPart()
			continue
		}
		n := min(len(p)-written, w.size-len(w.part))
		w.part = append(w.part, p[written:written+n]...)
		written += n
	}
	return written, w.err
}

// sendPart uploads the part that is full, or the last one.
func (w *writer) sendPart() error {
	if w.upload == nil {
		out, err := w.client.CreateMultipartUpload(w.ctx, &awss3.CreateMultipartUploadInput{Bucket: &w.bucket, Key: &w.key})
		if err != nil {
			return w.errorOf(err)
		}
		w.upload = out.UploadId
	}
	number := aws.Int32(int32(len(w.parts) + 1))
	out, err := w.client.UploadPart(w.ctx, &awss3.UploadPartInput{
		Bucket: &w.bucket, Key: &w.key, UploadId: w.upload, PartNumber: number, Body: bytes.NewReader(w.part),
	})
	if err != nil {
		return w.errorOf(err)
	}
	w.parts = append(w.parts, types.CompletedPart{
		PartNumber: number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32, ChecksumCRC64NVME: out.ChecksumCRC64NVME,
	})
	w.part = w.part[:0]
	return nil
}

func (w *writer) Close() error {
	if w.closed {
		return w.errorOf(errClosed)
	}
	err := w.err
	if err == nil {
		err = w.publish()
	}
	if err != nil {
		return errors.Join(err, w.Abort())
	}
	w.closed = true
	return nil
}

func (w *writer) publish() error {
	if w.upload == nil {
		_, err := w.client.PutObject(w.ctx, &awss3.PutObjectInput{Bucket: &w.bucket, Key: &w.key, Body: bytes.NewReader(w.part)})
		if err != nil {
			return w.errorOf(err)
		}
		return nil
	}
	if len(w.part) > 0 {
		if err := w.sendPart(); err != nil {
			return err
		}
	}
	_, err := w.client.CompleteMultipartUpload(w.ctx, &awss3.CompleteMultipartUploadInput{
		Bucket: &w.bucket, Key: &w.key, UploadId: w.upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: w.parts},
	})
	if err != nil {
		return w.errorOf(err)
	}
	return nil
}

// Abort removes the parts, also if the writer's context is done.
func (w *writer) Abort() error {
	if w.closed {
		return nil
	}
	w.closed, w.part = true, nil
	if w.upload == nil {
		return nil
	}
	_, err := w.client.AbortMultipartUpload(context.WithoutCancel(w.ctx), &awss3.AbortMultipartUploadInput{
		Bucket: &w.bucket, Key: &w.key, UploadId: w.upload,
	})
	if err != nil {
		return w.errorOf(err)
	}
	return nil
}
