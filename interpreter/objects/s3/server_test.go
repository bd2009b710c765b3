package s3_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/objects"
)

// server speaks as much of S3's protocol as a Store uses, over a store in memory.
type server struct {
	store *objects.MemoryStore

	mu       sync.Mutex
	requests []string // method, path and query
	uploads  map[string]map[int][]byte

	// breakAfter breaks the connection of the next GETs of an object after as many
	// bytes. A GET without an entry is whole.
	breakAfter []int64
}

func newServer(t *testing.T, store *objects.MemoryStore) (*server, *awss3.Client) {
	s := &server{store: store, uploads: map[string]map[int][]byte{}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, awss3.New(awss3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(h.URL), UsePathStyle: true, Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(noCredentials), HTTPClient: h.Client(),
	})
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	q := r.URL.Query()
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery)
	s.mu.Unlock()
	w.Header().Set("X-Amz-Request-Id", "R1")
	switch {
	case bucket == "denied":
		s.fail(w, r, 403, "AccessDenied", "Access Denied")
	case key == "":
		s.list(w, r, bucket)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		s.get(w, r, bucket, key)
	case r.Method == http.MethodPut && q.Has("uploadId"):
		s.putPart(w, q.Get("uploadId"), q.Get("partNumber"), body)
	case r.Method == http.MethodPut:
		s.put(w, r, bucket, key, body)
	case r.Method == http.MethodDelete:
		s.mu.Lock()
		delete(s.uploads, q.Get("uploadId"))
		s.mu.Unlock()
		w.WriteHeader(204)
	case q.Has("uploads"):
		s.mu.Lock()
		id := fmt.Sprintf("upload-%d", len(s.requests))
		s.uploads[id] = map[int][]byte{}
		s.mu.Unlock()
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)
	default:
		s.complete(w, r, bucket, key, q.Get("uploadId"), body)
	}
}

func (s *server) fail(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message><RequestId>R1</RequestId></Error>", code, message)
	}
}

func (s *server) failWith(w http.ResponseWriter, r *http.Request, err error) bool {
	switch {
	case err == nil:
		return false
	case strings.Contains(err.Error(), objects.ErrNoSuchBucket.Error()):
		s.fail(w, r, 404, "NoSuchBucket", "The specified bucket does not exist")
	case strings.Contains(err.Error(), objects.ErrNoSuchKey.Error()):
		s.fail(w, r, 404, "NoSuchKey", "The specified key does not exist.")
	case strings.Contains(err.Error(), objects.ErrChanged.Error()):
		s.fail(w, r, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	default:
		s.fail(w, r, 500, "InternalError", err.Error())
	}
	return true
}

func (s *server) get(w http.ResponseWriter, r *http.Request, bucket, key string) {
	object, err := s.store.Get(r.Context(), bucket, key, objects.GetOptions{ETag: r.Header.Get("If-Match")})
	if s.failWith(w, r, err) {
		return
	}
	body, err := io.ReadAll(object.Body)
	if s.failWith(w, r, err) {
		return
	}
	from, to, status := int64(0), object.Size, 200
	if header := r.Header.Get("Range"); header != "" {
		first, last, _ := strings.Cut(strings.TrimPrefix(header, "bytes="), "-")
		from, _ = strconv.ParseInt(first, 10, 64)
		if n, err := strconv.ParseInt(last, 10, 64); err == nil {
			to = min(to, n+1)
		}
		if from >= object.Size {
			s.fail(w, r, 416, "InvalidRange", "The requested range is not satisfiable")
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, object.Size))
		status = 206
	}
	h := w.Header()
	h.Set("ETag", object.ETag)
	h.Set("Last-Modified", object.LastModified.UTC().Format(http.TimeFormat))
	h.Set("Content-Length", fmt.Sprint(to-from))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	w.Write(body[from : from+s.bytesUntilBreak(to-from)])
}

func (s *server) breakNext(after ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breakAfter = after
}

// bytesUntilBreak returns how many of n bytes the server sends. If it sends less than
// the Content-Length, net/http closes the connection.
func (s *server) bytesUntilBreak(n int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.breakAfter) == 0 {
		return n
	}
	n = min(n, s.breakAfter[0])
	s.breakAfter = s.breakAfter[1:]
	return n
}

func (s *server) list(w http.ResponseWriter, r *http.Request, bucket string) {
	q := r.URL.Query()
	o := objects.ListOptions{Prefix: q.Get("prefix"), After: q.Get("start-after"), Max: 1000}
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil {
		o.Max = n
	}
	page, err := s.store.List(r.Context(), bucket, o)
	if s.failWith(w, r, err) {
		return
	}
	type contents struct {
		Key, ETag, LastModified, StorageClass string
		Size                                  int64
	}
	answer := struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		IsTruncated bool
		Contents    []contents
	}{IsTruncated: page.More}
	for _, info := range page.Objects {
		answer.Contents = append(answer.Contents, contents{info.Key, info.ETag, info.LastModified.UTC().Format(time.RFC3339), info.StorageClass, info.Size})
	}
	xml.NewEncoder(w).Encode(answer)
}

func (s *server) put(w http.ResponseWriter, r *http.Request, bucket, key string, body []byte) {
	writer, err := s.store.Put(r.Context(), bucket, key)
	if s.failWith(w, r, err) {
		return
	}
	writer.Write(body)
	s.failWith(w, r, writer.Close())
}

func (s *server) putPart(w http.ResponseWriter, id, number string, body []byte) {
	n, _ := strconv.Atoi(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[id][n] = body
	w.Header().Set("ETag", `"part-`+number+`"`)
}

func (s *server) complete(w http.ResponseWriter, r *http.Request, bucket, key, id string, body []byte) {
	var request struct {
		Part []struct {
			PartNumber int
			ETag       string
		}
	}
	err := xml.Unmarshal(body, &request)
	s.mu.Lock()
	var whole bytes.Buffer
	for _, part := range request.Part {
		if part.ETag != fmt.Sprintf(`"part-%d"`, part.PartNumber) {
			err = fmt.Errorf("part %d has the ETag %s", part.PartNumber, part.ETag)
		}
		whole.Write(s.uploads[id][part.PartNumber])
	}
	delete(s.uploads, id)
	s.mu.Unlock()
	if s.failWith(w, r, err) {
		return
	}
	s.put(w, r, bucket, key, whole.Bytes())
	fmt.Fprint(w, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
}

// count returns how many requests contain all of the parts.
func (s *server) count(parts ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, request := range s.requests {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(request, part) }) {
			n++
		}
	}
	return n
}

func (s *server) openUploads(t *testing.T) int {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotNil(t, s.uploads)
	return len(s.uploads)
}
