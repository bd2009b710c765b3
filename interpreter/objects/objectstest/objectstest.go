// Package objectstest tests implementations of [objects.Objects].
package objectstest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gostates/gostates/interpreter/objects"
)

// Test checks that a store keeps the contract of [objects.Objects]. The bucket
// must exist and be empty. Test leaves objects in it.
func Test(t *testing.T, store objects.Objects, bucket string) {
	k := &kit{store: store, bucket: bucket}
	for _, c := range []struct {
		name string
		test func(*testing.T, *kit)
	}{
		{"a missing object", testMissing},
		{"an object appears at Close", testAppears},
		{"an aborted object does not appear", testAborts},
		{"Get returns a range", testRange},
		{"Get compares the ETag", testETag},
		{"List pages in the order of bytes", testList},
		{"Put and Get at the same time", testConcurrent},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, k) })
	}
}

type kit struct {
	store  objects.Objects
	bucket string
}

func (k *kit) put(t *testing.T, key, body string) {
	t.Helper()
	w, err := k.store.Put(t.Context(), k.bucket, key)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func (k *kit) get(ctx context.Context, key string, o objects.GetOptions) (string, objects.Info, error) {
	object, err := k.store.Get(ctx, k.bucket, key, o)
	if err != nil {
		return "", objects.Info{}, err
	}
	body, err := io.ReadAll(object.Body)
	return string(body), object.Info, errors.Join(err, object.Body.Close())
}

func (k *kit) wantBody(t *testing.T, key string, o objects.GetOptions, want string) objects.Info {
	t.Helper()
	body, info, err := k.get(t.Context(), key, o)
	if err != nil || body != want {
		t.Fatalf("Get %q %+v: %q, %v; want %q", key, o, body, err, want)
	}
	return info
}

func (k *kit) wantMissing(t *testing.T, key string) {
	t.Helper()
	if _, _, err := k.get(t.Context(), key, objects.GetOptions{}); !errors.Is(err, objects.ErrNoSuchKey) {
		t.Fatalf("Get %q: %v; want ErrNoSuchKey", key, err)
	}
}

func testMissing(t *testing.T, k *kit) {
	k.wantMissing(t, "missing")
	const bucket = "missing-bucket"
	_, err := k.store.Get(t.Context(), bucket, "k", objects.GetOptions{})
	if !errors.Is(err, objects.ErrNoSuchBucket) {
		t.Errorf("Get: %v; want ErrNoSuchBucket", err)
	}
	if _, err = k.store.List(t.Context(), bucket, objects.ListOptions{}); !errors.Is(err, objects.ErrNoSuchBucket) {
		t.Errorf("List: %v; want ErrNoSuchBucket", err)
	}
	w, err := k.store.Put(t.Context(), bucket, "k")
	if err == nil {
		err = w.Close() // a service may notice it late
	}
	if !errors.Is(err, objects.ErrNoSuchBucket) {
		t.Errorf("Put: %v; want ErrNoSuchBucket", err)
	}
}

func testAppears(t *testing.T, k *kit) {
	const key = "appears/at close.txt"
	w, err := k.store.Put(t.Context(), k.bucket, key)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "one")
	k.wantMissing(t, key)
	if page, err := k.store.List(t.Context(), k.bucket, objects.ListOptions{Prefix: "appears"}); err != nil || len(page.Objects) > 0 {
		t.Fatalf("List before Close: %+v, %v; want nothing", page, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Errorf("Abort after Close: %v", err)
	}
	k.wantBody(t, key, objects.GetOptions{}, "one")
	k.put(t, key, "replaced")
	if info := k.wantBody(t, key, objects.GetOptions{}, "replaced"); info.Size != 8 || info.Key != key {
		t.Errorf("Info: %+v", info)
	}
	k.put(t, "appears/empty", "")
	k.wantBody(t, "appears/empty", objects.GetOptions{}, "")
}

func testAborts(t *testing.T, k *kit) {
	w, err := k.store.Put(t.Context(), k.bucket, "aborted")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "one")
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	k.wantMissing(t, "aborted")
	if err := w.Close(); err == nil {
		t.Error("Close after Abort: nil")
	}
	k.wantMissing(t, "aborted")
}

func testRange(t *testing.T, k *kit) {
	k.put(t, "range", "0123456789")
	for _, c := range []struct {
		offset, length int64
		want           string
	}{
		{0, 0, "0123456789"}, {4, 0, "456789"}, {4, 2, "45"}, {8, 10, "89"}, {0, 1, "0"}, {10, 0, ""}, {11, 5, ""},
	} {
		o := objects.GetOptions{Offset: c.offset, Length: c.length}
		if info := k.wantBody(t, "range", o, c.want); info.Size != 10 {
			t.Errorf("Size of %+v: %d; want that of the whole object", o, info.Size)
		}
	}
}

func testETag(t *testing.T, k *kit) {
	k.put(t, "etag", "one")
	info := k.wantBody(t, "etag", objects.GetOptions{}, "one")
	if info.ETag == "" {
		t.Fatal("no ETag")
	}
	k.wantBody(t, "etag", objects.GetOptions{ETag: info.ETag, Offset: 1}, "ne")
	k.put(t, "etag", "two two")
	if _, _, err := k.get(t.Context(), "etag", objects.GetOptions{ETag: info.ETag}); !errors.Is(err, objects.ErrChanged) {
		t.Errorf("Get with an old ETag: %v; want ErrChanged", err)
	}
	page, err := k.store.List(t.Context(), k.bucket, objects.ListOptions{Prefix: "etag"})
	if err != nil || len(page.Objects) != 1 {
		t.Fatalf("List: %+v, %v", page, err)
	}
	k.wantBody(t, "etag", objects.GetOptions{ETag: page.Objects[0].ETag}, "two two")
}

func testList(t *testing.T, k *kit) {
	keys := []string{"list/a.txt", "list/a/b", "list/a/b.c", "list/a/c/d", "list/a0", "list/b", "list/é"}
	for _, key := range slices.Backward(keys) {
		k.put(t, key, key)
	}
	k.put(t, "list0", "")
	for size := range 9 {
		k.wantList(t, objects.ListOptions{Prefix: "list/", Max: size}, keys)
	}
	k.wantList(t, objects.ListOptions{Prefix: "list/a/b", Max: 1}, keys[1:3])
	k.wantList(t, objects.ListOptions{Prefix: "list/", After: "list/a/b"}, keys[2:])
	k.wantList(t, objects.ListOptions{Prefix: "list/", After: "list/a/bb"}, keys[3:])
	k.wantList(t, objects.ListOptions{Prefix: "list/b", After: "list/a/b"}, keys[5:6])
	k.wantList(t, objects.ListOptions{Prefix: "list/b", After: "list/b"}, nil)
	k.wantList(t, objects.ListOptions{Prefix: "list/nothing"}, nil)
}

func (k *kit) wantList(t *testing.T, o objects.ListOptions, want []string) {
	t.Helper()
	var got []string
	for options := o; ; {
		page, err := k.store.List(t.Context(), k.bucket, options)
		if err != nil {
			t.Fatal(err)
		}
		if o.Max > 0 && len(page.Objects) > o.Max {
			t.Fatalf("List %+v: a page of %d", options, len(page.Objects))
		}
		for _, info := range page.Objects {
			if info.Size != int64(len(info.Key)) {
				t.Errorf("List: size %d of %q", info.Size, info.Key)
			}
			got = append(got, info.Key)
		}
		if !page.More {
			break
		}
		if len(page.Objects) == 0 {
			t.Fatal("List: an empty page that is not the last one")
		}
		options.After = page.Objects[len(page.Objects)-1].Key
	}
	if !slices.Equal(got, want) {
		t.Fatalf("List %+v: %q; want %q", o, got, want)
	}
}

func testConcurrent(t *testing.T, k *kit) {
	const size = 20000
	k.put(t, "concurrent", strings.Repeat("0", size))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			digit := fmt.Sprint(i)
			w, err := k.store.Put(t.Context(), k.bucket, "concurrent")
			if err != nil {
				t.Error(err)
				return
			}
			for range size {
				io.WriteString(w, digit)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			body, _, err := k.get(t.Context(), "concurrent", objects.GetOptions{})
			if err != nil || body == "" || body != strings.Repeat(body[:1], size) {
				t.Errorf("Get returned a mixture, or %v", err)
			}
		})
	}
	group.Wait()
}
