package registry

import (
	"bytes"
	"context"
	"sync"
)

// Change sets the record of a key, or removes it if Record is nil.
type Change struct {
	Key    string // UTF-8, at most 400 bytes
	Record []byte // JSON
}

// Store keeps records by key. It is safe for concurrent use, but one registry owns it:
// nobody else changes the records. [Memory] is one for tests, and the Store of package
// sqlite has one beside its executions. Package registrytest checks yours.
type Store interface {
	// Write makes all changes or none, and returns when they are on disk. After an
	// error they may be made or not. It must not keep changes or records.
	Write(ctx context.Context, changes []Change) error
	// Read calls f with every record, in any order, until f returns an error, which it
	// returns. f may keep the record, and call the store.
	Read(ctx context.Context, f func(key string, record []byte) error) error
}

// Memory is a Store that ends with the process.
type Memory struct {
	mu      sync.Mutex
	records map[string][]byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{records: map[string][]byte{}} }

// Write makes all changes.
func (m *Memory) Write(ctx context.Context, changes []Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range changes {
		if c.Record == nil {
			delete(m.records, c.Key)
		} else {
			m.records[c.Key] = bytes.Clone(c.Record)
		}
	}
	return nil
}

// Read calls f with every record.
func (m *Memory) Read(ctx context.Context, f func(key string, record []byte) error) error {
	m.mu.Lock()
	copied := make(map[string][]byte, len(m.records))
	for key, record := range m.records {
		copied[key] = bytes.Clone(record)
	}
	m.mu.Unlock()
	for key, record := range copied {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(key, record); err != nil {
			return err
		}
	}
	return nil
}
