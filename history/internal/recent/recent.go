// Package recent implements a map of bounded size that keeps the entries used
// last.
package recent

// Map keeps the entries of the last size keys that were put, and at most twice
// as many. It is not safe for concurrent use.
type Map[V any] struct {
	size       int
	young, old map[string]V // each key is in one of them
}

// NewMap returns an empty Map. size must be at least 1.
func NewMap[V any](size int) *Map[V] { return &Map[V]{size: size, young: make(map[string]V)} }

// Get returns the entry of a key. It does not count as use: call Put to keep
// the entry.
func (m *Map[V]) Get(key string) (v V, ok bool) {
	if v, ok = m.young[key]; !ok {
		v, ok = m.old[key]
	}
	return v, ok
}

// Put adds or replaces an entry. It returns the entries that it drops, usually
// nil.
func (m *Map[V]) Put(key string, v V) (forgotten map[string]V) {
	if _, ok := m.young[key]; !ok {
		delete(m.old, key)
		if len(m.young) >= m.size {
			forgotten, m.old, m.young = m.old, m.young, make(map[string]V)
		}
	}
	m.young[key] = v
	return forgotten
}

// Delete removes the entry of a key.
func (m *Map[V]) Delete(key string) {
	delete(m.young, key)
	delete(m.old, key)
}

// Len returns the number of entries.
func (m *Map[V]) Len() int { return len(m.young) + len(m.old) }
