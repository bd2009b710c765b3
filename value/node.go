package value

import "slices"

// Node is a value with the places where it and its parts stand in the text.
type Node struct {
	Value    any
	Offset   int    // of the value's first byte
	Keys     []int  // of an object's keys, in the order of its members
	Children []Node // of an object's members or an array's elements, in order
	// Duplicates are the offsets of keys that stand twice in one object.
	Duplicates []int
}

// tracker notes where values stand while they are read: the nodes and the keys
// of what is finished wait there for the array or object around it.
type tracker struct {
	nodes      []Node
	keys       []int
	duplicates []int
}

// trackerMark is where the parts of a value begin.
type trackerMark struct{ nodes, keys, duplicates int }

func (t *tracker) startMark() trackerMark {
	return trackerMark{len(t.nodes), len(t.keys), len(t.duplicates)}
}

// note makes the node of a value out of those of its parts.
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

// join drops the nodes and keys of members that a later one replaced, which are
// the last ones noted: the later ones stand in their place.
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
