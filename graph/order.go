package graph

import (
	"cmp"
	"slices"
)

// The number of passes over the layers, by the number of items.
const (
	manySweeps, fewSweeps = 24, 4
	manyItems             = 3000
)

// orderLayers orders the items of each layer so that few lines cross. It
// repeatedly sorts each layer by the mean position of the neighbours above,
// then below, and keeps the best order.
func (s *sheet) orderLayers() {
	s.firstOrder()
	sweeps := manySweeps
	if len(s.items) > manyItems {
		sweeps = fewSweeps
	}
	best, crossings := s.copyLayers(), s.countCrossings()
	for i := 0; i < sweeps && crossings > 0; i++ {
		s.sweepLayers(i%2 == 0)
		if len(s.items) <= manyItems {
			s.swapNeighbours()
		}
		if n := s.countCrossings(); n < crossings {
			best, crossings = s.copyLayers(), n
		}
	}
	s.layers = best
	s.numberItems()
}

// firstOrder fills the layers in depth-first order from the start.
func (s *sheet) firstOrder() {
	deepest := -1
	for i := range s.items {
		deepest = max(deepest, s.items[i].layer)
	}
	s.layers = make([][]int, deepest+1)
	s.place = make([]int, len(s.items))
	seen := make([]bool, len(s.items))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		l := s.items[i].layer
		s.layers[l] = append(s.layers[l], i)
		for _, below := range s.items[i].down {
			visit(below)
		}
	}
	for i := range s.items {
		if len(s.items[i].up) == 0 {
			visit(i)
		}
	}
	for i := range s.items { // all items are reached from a top; this is a safeguard
		visit(i)
	}
	s.numberItems()
}

func (s *sheet) numberItems() {
	for _, layer := range s.layers {
		for at, i := range layer {
			s.place[i] = at
		}
	}
}

func (s *sheet) copyLayers() [][]int {
	out := make([][]int, len(s.layers))
	for i, layer := range s.layers {
		out[i] = slices.Clone(layer)
	}
	return out
}

// sweepLayers sorts each layer by the positions in the layer before it.
func (s *sheet) sweepLayers(down bool) {
	for n := range s.layers {
		l := n
		if !down {
			l = len(s.layers) - 1 - n
		}
		s.sortLayer(s.layers[l], down)
	}
}

// sortLayer sorts items by the mean position of their neighbours on one side.
// Items without neighbours keep their position.
func (s *sheet) sortLayer(layer []int, down bool) {
	type weighted struct {
		item int
		mean float64
	}
	var sorted []weighted
	for _, i := range layer {
		near := s.near(i, down)
		if len(near) == 0 {
			continue
		}
		sum := 0
		for _, j := range near {
			sum += s.place[j]
		}
		sorted = append(sorted, weighted{i, float64(sum) / float64(len(near))})
	}
	slices.SortStableFunc(sorted, func(a, b weighted) int { return cmp.Compare(a.mean, b.mean) })
	next := 0
	for at, i := range layer {
		if len(s.near(i, down)) > 0 {
			layer[at] = sorted[next].item
			next++
		}
	}
	for at, i := range layer {
		s.place[i] = at
	}
}

func (s *sheet) near(i int, above bool) []int {
	if above {
		return s.items[i].up
	}
	return s.items[i].down
}

// swapNeighbours swaps adjacent items of a layer if that saves crossings.
func (s *sheet) swapNeighbours() {
	for _, layer := range s.layers {
		for at := 0; at+1 < len(layer); at++ {
			a, b := layer[at], layer[at+1]
			if s.countCrossed(a, b) > s.countCrossed(b, a) {
				layer[at], layer[at+1] = b, a
				s.place[a], s.place[b] = at+1, at
			}
		}
	}
}

// countCrossed counts the crossings of the lines of two items if a is left of
// b.
func (s *sheet) countCrossed(a, b int) int {
	const most = 64 // limit for the neighbours examined
	n := 0
	for _, above := range []bool{true, false} {
		na, nb := s.near(a, above), s.near(b, above)
		if len(na)*len(nb) > most*most {
			continue
		}
		for _, i := range na {
			for _, j := range nb {
				if s.place[i] > s.place[j] {
					n++
				}
			}
		}
	}
	return n
}

// countCrossings counts the crossings of all lines.
func (s *sheet) countCrossings() int {
	n := 0
	var ends, tree []int
	for l := 0; l+1 < len(s.layers); l++ {
		ends = ends[:0]
		for _, i := range s.layers[l] {
			from := len(ends)
			for _, j := range s.items[i].down {
				ends = append(ends, s.place[j])
			}
			slices.Sort(ends[from:])
		}
		size := len(s.layers[l+1])
		tree = slices.Grow(tree[:0], size+1)[:size+1]
		clear(tree)
		n += countInversions(ends, tree)
	}
	return n
}

// countInversions counts the pairs that are out of order. tree must be zero,
// with room for one more than the largest number.
func countInversions(numbers, tree []int) int {
	n := 0
	for seen, v := range numbers {
		notLarger := 0
		for i := v + 1; i > 0; i -= i & -i {
			notLarger += tree[i]
		}
		n += seen - notLarger
		for i := v + 1; i < len(tree); i += i & -i {
			tree[i]++
		}
	}
	return n
}
