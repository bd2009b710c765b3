package command

import (
	"context"
	"io"
	"sync"

	"github.com/gostates/gostates/interpreter/objects"
)

// meter counts how much of the objects that are to be read was read.
type meter struct {
	objects.Objects

	mu      sync.Mutex
	objects map[[2]string]*metered // by bucket and key
}

// metered is an object that was listed or opened.
type metered struct {
	size, read int64
}

func newMeter(store objects.Objects) *meter {
	return &meter{Objects: store, objects: make(map[[2]string]*metered)}
}

// partRead returns the part of the bytes that was read, from 0 to 1. It is 0 while
// nothing was read.
func (m *meter) partRead() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var size, read int64
	for _, o := range m.objects {
		size += o.size
		read += o.read
	}
	if size == 0 {
		return 0
	}
	return float64(read) / float64(size)
}

func (m *meter) addObject(bucket, key string, size int64) *metered {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.objects[[2]string{bucket, key}]
	if o == nil {
		o = &metered{size: size}
		m.objects[[2]string{bucket, key}] = o
	}
	return o
}

// Get implements [objects.Objects].
func (m *meter) Get(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	object, err := m.Objects.Get(ctx, bucket, key, o)
	if err != nil {
		return nil, err
	}
	counted := *object
	counted.Body = &meteredBody{ReadCloser: object.Body, meter: m, object: m.addObject(bucket, key, object.Size), at: o.Offset}
	return &counted, nil
}

// List implements [objects.Objects].
func (m *meter) List(ctx context.Context, bucket string, o objects.ListOptions) (*objects.Page, error) {
	page, err := m.Objects.List(ctx, bucket, o)
	if err != nil {
		return nil, err
	}
	for _, info := range page.Objects {
		m.addObject(bucket, info.Key, info.Size)
	}
	return page, nil
}

// meteredBody counts the bytes of an object that are read for the first time.
type meteredBody struct {
	io.ReadCloser
	meter  *meter
	object *metered
	at     int64
}

// Read implements [io.Reader].
func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.at += int64(n)
	b.meter.mu.Lock()
	defer b.meter.mu.Unlock()
	b.object.read = max(b.object.read, min(b.at, b.object.size))
	return n, err
}
