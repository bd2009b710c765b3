package graph

import (
	"math"
	"slices"
)

// Distances between the borders of neighbours in a layer.
const (
	nodeDistance = 28
	lineDistance = 14 // if one of them is a label or a point
)

// positionItems assigns x coordinates after Brandes and Köpf, "Fast and simple
// horizontal coordinate assignment": it aligns items with a median neighbour
// above or below, from the left or the right. This gives four drawings with
// straight lines, and each item gets the mean of the middle two.
func (s *sheet) positionItems() {
	if len(s.items) == 0 {
		return
	}
	marked := s.findConflicts()
	var four [4][]int
	for n := range four {
		up, left := n < 2, n%2 == 0
		four[n] = s.compactBlocks(s.alignBlocks(marked, up, left), left)
	}
	s.balanceDrawings(four)
}

// findConflicts finds the lines that cross a line between two points, which
// must stay straight.
func (s *sheet) findConflicts() map[[2]int]bool {
	marked := make(map[[2]int]bool)
	for l := 1; l+1 < len(s.layers); l++ {
		upper, lower := s.layers[l], s.layers[l+1]
		left, from := 0, 0
		for at, i := range lower {
			inner := s.innerAbove(i)
			if inner < 0 && at < len(lower)-1 {
				continue
			}
			right := len(upper) - 1
			if inner >= 0 {
				right = s.place[inner]
			}
			for ; from <= at; from++ {
				for _, j := range s.items[lower[from]].up {
					if p := s.place[j]; (p < left || p > right) && !s.inner(j, lower[from]) {
						marked[[2]int{j, lower[from]}] = true
					}
				}
			}
			left = right
		}
	}
	return marked
}

func (s *sheet) inner(a, b int) bool {
	return s.items[a].kind != nodeItem && s.items[b].kind != nodeItem
}

// innerAbove returns the point or label above a point, or -1.
func (s *sheet) innerAbove(i int) int {
	if s.items[i].kind == nodeItem {
		return -1
	}
	for _, j := range s.items[i].up {
		if s.items[j].kind != nodeItem {
			return j
		}
	}
	return -1
}

// alignBlocks aligns items in blocks and returns the root of each block.
func (s *sheet) alignBlocks(marked map[[2]int]bool, up, left bool) []int {
	root, tied := make([]int, len(s.items)), make([]int, len(s.items))
	for i := range root {
		root[i], tied[i] = i, i
	}
	var near []int
	for n := range s.layers {
		layer := s.layers[n]
		if !up {
			layer = s.layers[len(s.layers)-1-n]
		}
		border := math.MinInt
		for at := range layer {
			i := layer[at]
			if !left {
				i = layer[len(layer)-1-at]
			}
			near = append(near[:0], s.near(i, up)...)
			slices.SortFunc(near, func(a, b int) int { return s.side(a, left) - s.side(b, left) })
			for m := (len(near) - 1) / 2; len(near) > 0 && m <= len(near)/2; m++ {
				j := near[m]
				if tied[i] != i || s.side(j, left) <= border || marked[[2]int{j, i}] || marked[[2]int{i, j}] {
					continue
				}
				tied[j], root[i] = i, root[j]
				tied[i] = root[i]
				border = s.side(j, left)
			}
		}
	}
	return root
}

// side returns the position of an item, counted from the left or the right.
func (s *sheet) side(i int, left bool) int {
	if left {
		return s.place[i]
	}
	return -s.place[i]
}

// follower is a block to the right of another one.
type follower struct{ block, distance int }

// compactBlocks places blocks as far left as possible, and then as far right as
// that leaves room.
func (s *sheet) compactBlocks(root []int, left bool) []int {
	after := make([][]follower, len(s.items))
	waiting := make([]int, len(s.items))
	for _, layer := range s.layers {
		for at := 1; at < len(layer); at++ {
			a, b := layer[at-1], layer[at]
			distance := s.axisDistance(a, b)
			if !left {
				a, b = b, a
			}
			after[root[a]] = append(after[root[a]], follower{root[b], distance})
			waiting[root[b]]++
		}
	}
	at := make([]int, len(s.items))
	var blocks []int
	for i := range s.items {
		if root[i] == i && waiting[i] == 0 {
			blocks = append(blocks, i)
		}
	}
	for n := 0; n < len(blocks); n++ {
		b := blocks[n]
		for _, f := range after[b] {
			at[f.block] = max(at[f.block], at[b]+f.distance)
			if waiting[f.block]--; waiting[f.block] == 0 {
				blocks = append(blocks, f.block)
			}
		}
	}
	for _, b := range slices.Backward(blocks) {
		room := math.MaxInt
		for _, f := range after[b] {
			room = min(room, at[f.block]-f.distance)
		}
		if room != math.MaxInt {
			at[b] = max(at[b], room)
		}
	}
	x := make([]int, len(s.items))
	for i := range x {
		x[i] = at[root[i]]
		if !left {
			x[i] = -x[i]
		}
	}
	return x
}

// axisDistance returns the distance between the axes of two neighbours.
func (s *sheet) axisDistance(a, b int) int {
	between := nodeDistance
	if s.items[a].kind != nodeItem || s.items[b].kind != nodeItem {
		between = lineDistance
	}
	return s.items[a].right + between + s.items[b].left
}

// balanceDrawings aligns the four drawings with the narrowest one, and takes
// the mean of the middle two for each item.
func (s *sheet) balanceDrawings(four [4][]int) {
	var low, high [4]int
	narrowest := 0
	for n, x := range four {
		low[n], high[n] = math.MaxInt, math.MinInt
		for i := range x {
			low[n] = min(low[n], x[i]-s.items[i].left)
			high[n] = max(high[n], x[i]+s.items[i].right)
		}
		if high[n]-low[n] < high[narrowest]-low[narrowest] {
			narrowest = n
		}
	}
	for n, x := range four {
		shift := low[narrowest] - low[n]
		if n%2 == 1 {
			shift = high[narrowest] - high[n]
		}
		for i := range x {
			x[i] += shift
		}
	}
	leftmost := math.MaxInt
	for i := range s.items {
		x := [4]int{four[0][i], four[1][i], four[2][i], four[3][i]}
		slices.Sort(x[:])
		s.items[i].x = (x[1] + x[2]) >> 1
		leftmost = min(leftmost, s.items[i].x-s.items[i].left)
	}
	for i := range s.items {
		s.items[i].x -= leftmost
	}
}
