package value

import "slices"

// Node is a value with its position in the JSON, and those of its parts.
type Node struct {
	Value    any    // as Parse returns it
	Offset   int    // of the first byte of the value
	Key      int    // offset of the key, of a member of an object
	Children []Node // members of an object or elements of an array, in order

	duplicates *[]int // nil for most
}

// Duplicates returns the offsets of repeated keys of the object.
func (n *Node) Duplicates() []int {
	if n.duplicates == nil {
		return nil
	}
	return *n.duplicates
}

// NodeReader reads JSON as [ReadNode] does, and uses the memory of the nodes again.
// The zero NodeReader is ready to use. It is not safe for concurrent use.
type NodeReader struct{ tracker tracker }

// Read is [ReadNode], but the nodes are valid only until the next call of Read or
// Reset. The values in them stay valid.
func (r *NodeReader) Read(text []byte, o ReadOptions) (Node, error) {
	if err := o.checkSize(len(text)); err != nil {
		return Node{}, err
	}
	r.Reset()
	t := &r.tracker
	if room := minSlab + len(text)/bytesPerNode; cap(t.slab) < room {
		t.slab = make([]Node, 0, room)
	}
	if _, err := parseText(string(text), o, t); err != nil {
		return Node{}, err
	}
	return t.nodes[0], nil
}

// Reset forgets what was read, and keeps memory for as many nodes as a definition of
// ordinary size has.
func (r *NodeReader) Reset() {
	t := &r.tracker
	clear(t.nodes)
	clear(t.slab)
	t.nodes, t.slab, t.duplicates = keepRoom(t.nodes), keepRoom(t.slab), keepRoom(t.duplicates)
}

// keepRoom empties a list that is used again. It drops one that has become too long.
func keepRoom[T any](list []T) []T {
	if cap(list) > maxKept {
		return nil
	}
	return list[:0]
}

const (
	bytesPerNode = 48   // about the length of a value in JSON as people write it
	maxKept      = 1024 // nodes, or offsets of repeated keys
)

// tracker records the positions of values while they are parsed. The nodes of
// complete values wait here for the array or object around them.
type tracker struct {
	nodes      []Node
	duplicates []int
	slab       []Node // room for children
}

// trackerMark is the state of a tracker at the start of a value.
type trackerMark struct{ nodes, duplicates int }

func (t *tracker) startMark() trackerMark { return trackerMark{len(t.nodes), len(t.duplicates)} }

// addNode adds the node of v, which takes over the nodes of its parts.
func (t *tracker) addNode(v any, at int, m trackerMark) {
	n := Node{Value: v, Offset: at}
	if parts := t.nodes[m.nodes:]; len(parts) > 0 {
		n.Children = t.children(parts)
		clear(parts)
		t.nodes = t.nodes[:m.nodes]
	}
	if len(t.duplicates) > m.duplicates {
		repeated := slices.Clone(t.duplicates[m.duplicates:])
		n.duplicates = &repeated
		t.duplicates = t.duplicates[:m.duplicates]
	}
	t.nodes = append(t.nodes, n)
}

// minSlab is the least number of nodes allocated together.
const minSlab = 16

// children returns a copy of parts.
func (t *tracker) children(parts []Node) []Node {
	if cap(t.slab)-len(t.slab) < len(parts) {
		t.slab = make([]Node, 0, max(minSlab, cap(t.slab), len(parts)))
	}
	start := len(t.slab)
	t.slab = append(t.slab, parts...)
	return t.slab[start:len(t.slab):len(t.slab)]
}

// dropReplaced drops the nodes of members that a later duplicate replaced. The
// duplicate takes their place.
func (t *tracker) dropReplaced(o *Object, pairs []Member) {
	nodes := t.nodes[len(t.nodes)-len(pairs):]
	seen := 0
	for i := range pairs {
		at := o.Index(pairs[i].Key)
		if at < seen {
			t.duplicates = append(t.duplicates, nodes[i].Key)
		} else {
			seen++
		}
		nodes[at] = nodes[i]
	}
	clear(nodes[o.Len():])
	t.nodes = t.nodes[:len(t.nodes)-len(pairs)+o.Len()]
}
