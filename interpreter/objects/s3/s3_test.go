package s3_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/objects/objectstest"
	"github.com/gostates/gostates/interpreter/objects/s3"
	"github.com/gostates/gostates/value"
)

func noCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

func TestStoreKeepsTheContract(t *testing.T) {
	_, client := newServer(t, objects.Memory("b"))
	objectstest.Test(t, s3.New(client), "b")
}

func TestStoreKeepsTheContractWithManyParts(t *testing.T) {
	_, client := newServer(t, objects.Memory("b"))
	store := s3.New(client)
	store.PartSize = 1000
	objectstest.Test(t, store, "b")
}

func put(t *testing.T, store objects.Objects, size int, end func(objects.Writer) error) error {
	t.Helper()
	w, err := store.Put(t.Context(), "b", "k")
	require.NoError(t, err)
	for range size {
		_, err := io.WriteString(w, "x")
		require.NoError(t, err)
	}
	return end(w)
}

func TestOnlyLargeObjectsAreUploadedInParts(t *testing.T) {
	for size, parts := range map[int]int{0: 0, 9: 0, 10: 0, 11: 2, 20: 2, 25: 3} {
		memory := objects.Memory("b")
		server, client := newServer(t, memory)
		store := s3.New(client)
		store.PartSize = 10
		require.NoError(t, put(t, store, size, objects.Writer.Close))
		require.Equal(t, parts, server.count("PUT", "partNumber"), "parts of %d bytes", size)
		require.Zero(t, server.openUploads(t))
		object, err := memory.Get(t.Context(), "b", "k", objects.GetOptions{})
		require.NoError(t, err)
		require.Equal(t, int64(size), object.Size)
	}
}

func TestAbortRemovesTheParts(t *testing.T) {
	server, client := newServer(t, objects.Memory("b"))
	store := s3.New(client)
	store.PartSize = 10
	require.NoError(t, put(t, store, 25, objects.Writer.Abort))
	require.Equal(t, 1, server.count("DELETE", "uploadId"))
	require.Zero(t, server.openUploads(t))
	_, err := store.Get(t.Context(), "b", "k", objects.GetOptions{})
	require.ErrorIs(t, err, objects.ErrNoSuchKey)
}

func TestErrorsHaveTheAnswerOfTheService(t *testing.T) {
	_, client := newServer(t, objects.Memory("b"))
	store := s3.New(client)
	_, err := store.Get(t.Context(), "b", "missing", objects.GetOptions{})
	require.ErrorIs(t, err, objects.ErrNoSuchKey)
	require.Equal(t, "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: R1)", objects.Cause(err))
	_, err = store.List(t.Context(), "denied", objects.ListOptions{})
	require.ErrorIs(t, err, objects.ErrAccessDenied)
	require.Equal(t, "Access Denied (Service: S3, Status Code: 403, Request ID: R1)", objects.Cause(err))
}

func TestBrokenDownloadsContinue(t *testing.T) {
	memory := objects.Memory("b")
	body := strings.Repeat("0123456789", 1000)
	memory.Set("b", "k", []byte(body))
	server, client := newServer(t, memory)
	store := s3.New(client)
	for _, c := range []struct {
		o    objects.GetOptions
		want string
	}{
		{objects.GetOptions{}, body}, {objects.GetOptions{Offset: 3}, body[3:]}, {objects.GetOptions{Offset: 3, Length: 5000}, body[3:5003]},
	} {
		server.breakNext(1000, 0, 0, 1, 2000)
		object, err := store.Get(t.Context(), "b", "k", c.o)
		require.NoError(t, err)
		got, err := io.ReadAll(object.Body)
		require.NoError(t, err)
		require.NoError(t, object.Body.Close())
		require.Equal(t, c.want, string(got))
	}
	server.breakNext(10, 0, 0, 0, 0)
	object, err := store.Get(t.Context(), "b", "k", objects.GetOptions{})
	require.NoError(t, err)
	got, err := io.ReadAll(object.Body)
	require.Error(t, err)
	require.Len(t, got, 10)
	server.breakNext(10)
	object, err = store.Get(t.Context(), "b", "k", objects.GetOptions{})
	require.NoError(t, err)
	memory.Set("b", "k", []byte("changed"))
	_, err = io.ReadAll(object.Body)
	require.ErrorIs(t, err, objects.ErrChanged)
}

func TestItemsAreReadFromTheStore(t *testing.T) {
	memory := objects.Memory("b")
	memory.Set("b", "f/1.csv", []byte("a,b\n1,2\n3,4\n"))
	memory.Set("b", "f/2.csv", []byte("a\n5\n"))
	_, client := newServer(t, memory)
	r := &itemreader.ObjectReader{Objects: s3.New(client)}
	q := &itemreader.Request{
		Resource:  "arn:aws:states:::s3:listObjectsV2",
		Arguments: value.ObjectOf(value.Member{Key: "Bucket", Value: "b"}, value.Member{Key: "Prefix", Value: "f/"}),
		Config:    itemreader.Config{InputType: "CSV", Transformation: "LOAD_AND_FLATTEN"},
	}
	var got []string
	for end := false; !end; {
		items, err := r.Open(t.Context(), q)
		require.NoError(t, err)
		chunk, err := items.Next(1, 1)
		require.NoError(t, err)
		require.NoError(t, items.Close())
		got = append(got, chunk.Source+" "+value.String(chunk.Items[0]))
		q.Cursor, end = chunk.Cursor, chunk.End
	}
	require.Equal(t, []string{`s3://b/f/1.csv {"a":"1","b":"2"}`, `s3://b/f/1.csv {"a":"3","b":"4"}`, `s3://b/f/2.csv {"a":"5"}`}, got)
}
