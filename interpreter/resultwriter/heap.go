package resultwriter

// indexed has the index of a record. The least one is first in a heap.
type indexed interface{ recordIndex() int64 }

// pushHeap adds v to a binary heap.
func pushHeap[T indexed](heap []T, v T) []T {
	heap = append(heap, v)
	i := len(heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if heap[parent].recordIndex() <= heap[i].recordIndex() {
			break
		}
		heap[parent], heap[i] = heap[i], heap[parent]
		i = parent
	}
	return heap
}

// popHeap removes the first element of a binary heap.
func popHeap[T indexed](heap []T) []T {
	last := len(heap) - 1
	heap[0] = heap[last]
	var zero T
	heap[last] = zero
	heap = heap[:last]
	sinkFirst(heap)
	return heap
}

// sinkFirst restores a binary heap whose first element has grown.
func sinkFirst[T indexed](heap []T) {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[child].recordIndex() < heap[least].recordIndex() {
				least = child
			}
		}
		if least == i {
			return
		}
		heap[least], heap[i] = heap[i], heap[least]
		i = least
	}
}
