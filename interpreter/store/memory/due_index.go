package memory

import (
	"iter"
	"slices"

	"github.com/gostates/gostates/interpreter/store"
)

// maxChunk is the number of places at which a chunk is split.
const maxChunk = 512

// dueIndex holds the places of the executions that are due at some time, in order,
// in chunks that are not empty: a change moves at most one chunk's places.
type dueIndex struct{ chunks [][]store.Place }

// movePlace replaces a place by another. A place that is Never due is not held.
func (d *dueIndex) movePlace(from, to store.Place) {
	if from == to {
		return
	}
	if from.Due != store.Never {
		d.removePlace(from)
	}
	if to.Due != store.Never {
		d.insertPlace(to)
	}
}

// findPlace returns the chunk and the index in it of a place, or where it belongs.
// The chunk is len(d.chunks) if all places are before it.
func (d *dueIndex) findPlace(p store.Place) (chunk, index int, found bool) {
	chunk, _ = slices.BinarySearchFunc(d.chunks, p, func(c []store.Place, p store.Place) int {
		return c[len(c)-1].Compare(p)
	})
	if chunk == len(d.chunks) {
		return chunk, 0, false
	}
	index, found = slices.BinarySearchFunc(d.chunks[chunk], p, store.Place.Compare)
	return chunk, index, found
}

func (d *dueIndex) insertPlace(p store.Place) {
	chunk, index, _ := d.findPlace(p)
	switch {
	case len(d.chunks) == 0:
		d.chunks = append(d.chunks, nil)
	case chunk == len(d.chunks):
		chunk--
		index = len(d.chunks[chunk])
	}
	c := slices.Insert(d.chunks[chunk], index, p)
	d.chunks[chunk] = c
	if len(c) == maxChunk {
		d.chunks[chunk] = c[: maxChunk/2 : maxChunk/2]
		d.chunks = slices.Insert(d.chunks, chunk+1, slices.Clone(c[maxChunk/2:]))
	}
}

func (d *dueIndex) removePlace(p store.Place) {
	chunk, index, found := d.findPlace(p)
	if !found {
		return
	}
	d.chunks[chunk] = slices.Delete(d.chunks[chunk], index, index+1)
	if len(d.chunks[chunk]) == 0 {
		d.chunks = slices.Delete(d.chunks, chunk, chunk+1)
	}
}

// placesAfter returns the places after p, in order.
func (d *dueIndex) placesAfter(p store.Place) iter.Seq[store.Place] {
	return func(yield func(store.Place) bool) {
		chunk, index, found := d.findPlace(p)
		if found {
			index++
		}
		for ; chunk < len(d.chunks); chunk++ {
			for _, place := range d.chunks[chunk][index:] {
				if !yield(place) {
					return
				}
			}
			index = 0
		}
	}
}
