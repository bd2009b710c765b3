package graph

import (
	"cmp"
	"slices"
)

// The number of passes over the layers, by the number of items.
const (
	manySweeps, fewSweeps = 8, 4
	manyItems             = 3000
	restoredItems         = 4000 // in all attempts to restore the order of definition
)

// orderLayers orders the items of each layer so that few lines cross, and lines leave a
// state in the order of its definition: the first rule of a Choice at the left.
func (s *sheet) orderLayers() {
	s.collectLeaving()
	s.firstOrder(false)
	b := bestOrder{s.layers, s.countDisorder()}
	if len(s.items) > manyItems {
		s.useOrder(&b)
		s.improveOrder(&b, fewSweeps, true)
	} else {
		for _, start := range []struct{ reversed, down bool }{{false, true}, {false, false}, {true, true}, {true, false}} {
			s.firstOrder(start.reversed)
			s.improveOrder(&b, manySweeps, start.down)
		}
		s.restoreDefined(&b)
	}
	s.useOrder(&b)
}

// bestOrder is the best order so far.
type bestOrder struct {
	layers   [][]int
	disorder disorder
}

// useOrder takes the best order for the sheet.
func (s *sheet) useOrder(b *bestOrder) {
	s.layers = copyLayers(b.layers)
	s.numberItems()
}

// keepBetter keeps the order of the sheet if it is better, and reports whether it is.
func (s *sheet) keepBetter(b *bestOrder) bool {
	d := s.countDisorder()
	if d >= b.disorder {
		return false
	}
	*b = bestOrder{copyLayers(s.layers), d}
	return true
}

// improveOrder repeatedly sorts each layer by the mean position of the neighbours above,
// then below, and keeps the best order. It ends after some sweeps without a better one.
func (s *sheet) improveOrder(b *bestOrder, sweeps int, down bool) {
	for left := sweeps; left > 0 && b.disorder > 0; left-- {
		s.sweepLayers(down)
		if len(s.items) <= manyItems {
			s.swapNeighbours()
		}
		if s.keepBetter(b) {
			left = sweeps
		}
		down = !down
	}
}

// restoreDefined mirrors the order if that brings it nearer to the definition, and
// exchanges lines that leave a node the other way round than defined.
func (s *sheet) restoreDefined(b *bestOrder) {
	s.useOrder(b)
	for _, layer := range s.layers {
		slices.Reverse(layer)
	}
	s.numberItems()
	s.keepBetter(b)
	var pairs [][2]int // of neighbours in a definition
	for i := range s.leaving {
		below := slices.Concat(s.leaving[i].ways, s.leaving[i].catches)
		for at := 1; at < len(below); at++ {
			pairs = append(pairs, [2]int{below[at-1], below[at]})
		}
	}
	for done, better := 0, true; better && b.disorder > 0; {
		was := b.disorder
		s.useOrder(b)
		for _, p := range pairs {
			if s.place[p[0]] <= s.place[p[1]] {
				continue
			}
			if done += len(s.items); done > restoredItems {
				return
			}
			s.exchangeItems(p[0], p[1])
			s.keepBetter(b)
			s.improveOrder(b, fewSweeps, false)
			s.useOrder(b)
		}
		better = b.disorder < was
	}
}

// exchangeItems exchanges two items of a layer, and sorts the layers below accordingly.
func (s *sheet) exchangeItems(i, j int) {
	l := s.items[i].layer
	s.layers[l][s.place[i]], s.layers[l][s.place[j]] = j, i
	s.place[i], s.place[j] = s.place[j], s.place[i]
	for _, layer := range s.layers[l+1:] {
		s.sortLayer(layer, true)
	}
}

// disorder tells how hard an order is to read. The order of rules and of Catchers matters,
// because the first one that matches is taken.
type disorder int

const (
	crossing disorder = 20 // two lines cross
	swapped  disorder = 21 // two rules or two Catchers of a state are the other way round
	aside    disorder = 5  // a Catcher is left of the Next of its state
)

// leaving is what is below a node, in the order of its definition.
type leaving struct{ ways, catches []int }

// collectLeaving collects what is below nodes with several lines.
func (s *sheet) collectLeaving() {
	all := make([]leaving, len(s.group.Nodes))
	for i := range s.wires {
		w := &s.wires[i]
		if w.side || w.from == w.to {
			continue
		}
		first := w.to
		if len(w.path) > 0 {
			first = w.path[0]
		}
		from := &all[w.from]
		if w.catch {
			from.catches = append(from.catches, first)
		} else {
			from.ways = append(from.ways, first)
		}
	}
	s.leaving = slices.DeleteFunc(all, func(l leaving) bool { return len(l.ways)+len(l.catches) < 2 })
}

func (s *sheet) countDisorder() disorder {
	d := disorder(s.countCrossings()) * crossing
	for i := range s.leaving {
		l := &s.leaving[i]
		d += disorder(s.countSwapped(l.ways)+s.countSwapped(l.catches)) * swapped
		for _, c := range l.catches {
			if len(l.ways) > 0 && s.place[c] < s.place[l.ways[0]] {
				d += aside
			}
		}
	}
	return d
}

// countSwapped counts the pairs of items of a layer that are the other way round.
func (s *sheet) countSwapped(items []int) int {
	if len(items) < 2 {
		return 0
	}
	places := make([]int, len(items))
	for at, i := range items {
		places[at] = s.place[i]
	}
	return countInversions(places, make([]int, slices.Max(places)+2))
}

// firstOrder fills the layers in depth-first order from the start, following the lines
// of each node in the order of the definition or in reverse.
func (s *sheet) firstOrder(reversed bool) {
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
		for at := range s.items[i].down {
			if reversed {
				at = len(s.items[i].down) - 1 - at
			}
			visit(s.items[i].down[at])
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

func copyLayers(layers [][]int) [][]int {
	out := make([][]int, len(layers))
	for i, layer := range layers {
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
