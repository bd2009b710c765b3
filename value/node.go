package value

import "slices"

// Node is a value with its position in the JSON, and those of its parts.
type Node struct {
	Value    any    // as Parse returns it
	Offset   int    // of the first byte of the value
	Keys     []int  // offsets of an object's keys, in the order of its members
	Children []Node // members of an object or elements of an array, in order
	// Duplicates are the offsets of repeated keys of the object.
	Duplicates []int
}

// tracker records the positions of values while they are parsed. The nodes and
// keys of complete values wait here for the array or object around them.
type tracker struct {
	nodes      []Node
	keys       []int
	duplicates []int
}

// trackerMark is the state of a tracker at the start of a value.
type trackerMark struct{ nodes, keys, duplicates int }

func (t *tracker) startMark() trackerMark {
	return trackerMark{len(t.nodes), len(t.keys), len(t.duplicates)}
}

// addNode adds the node of v, which takes over the nodes of its parts.
func (t *tracker) addNode(v any, at int, m trackerMark) {
	n := Node{Value: v, Offset: at}
	if len(t.nodes) > m.nodes {
		n.Children = slices.Clone(t.nodes[m.nodes:])
		t.nodes = t.nodes[:m.nodes]
	}
	if len(t.keys) > m.keys {
		n.Keys = slices.Clone(t.keys[m.keys:])
		t.keys = t.keys[:m.keys]
	}
	if len(t.duplicates) > m.duplicates {
		n.Duplicates = slices.Clone(t.duplicates[m.duplicates:])
		t.duplicates = t.duplicates[:m.duplicates]
	}
	t.nodes = append(t.nodes, n)
}

// dropReplaced drops the nodes and keys of members that a later duplicate
// replaced. The duplicate takes their place.
func (t *tracker) dropReplaced(o *Object, pairs []Member) {
	nodes, keys := t.nodes[len(t.nodes)-len(pairs):], t.keys[len(t.keys)-len(pairs):]
	seen := 0
	for i := range pairs {
		at := o.Index(pairs[i].Key)
		if at < seen {
			t.duplicates = append(t.duplicates, keys[i])
		} else {
			seen++
		}
		nodes[at], keys[at] = nodes[i], keys[i]
	}
	dropped := len(pairs) - o.Len()
	t.nodes, t.keys = t.nodes[:len(t.nodes)-dropped], t.keys[:len(t.keys)-dropped]
}
