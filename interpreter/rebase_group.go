package interpreter

import (
	"context"
	"slices"

	"github.com/gostates/gostates/interpreter/store"
)

// mostRebases is how often a group is given another version.
const mostRebases = 4

// rebaseGroups gives another version to groups whose conflict is with changes of the
// head alone: the execution was parked after it had been loaded, and the group's Steps
// follow the same state. It returns the other conflicts. The error is that of the store.
func (s *durable) rebaseGroups(groups []*group, conflict *store.ConflictError) (left *store.ConflictError, rebased bool, err error) {
	left = &store.ConflictError{Names: conflict.Names}
	for _, id := range conflict.Versions {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.change.ID == id && g.err == nil })
		moved := false
		if i >= 0 {
			if moved, err = s.rebaseGroup(groups[i]); err != nil {
				return nil, false, err
			}
		}
		if rebased = rebased || moved; !moved {
			left.Versions = append(left.Versions, id)
		}
	}
	return left, rebased, nil
}

func (s *durable) rebaseGroup(g *group) (bool, error) {
	if g.isHeadOnly() || g.change.Version == 1 || g.rebases == mostRebases {
		return false, nil
	}
	next, headsOnly := g.change.Version, true
	_, err := callStore(s.in.ctx, s, "looking for the changes of execution "+g.change.ID.String(), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.store.Records(ctx, g.change.ID, g.change.Version-1, func(version uint64, record []byte) bool {
			headsOnly = headsOnly && len(record) == 0 && version == next
			next++
			return headsOnly
		})
	})
	if err != nil || !headsOnly || next == g.change.Version {
		return false, err
	}
	change := g.change
	if g.plain != nil {
		change = *g.plain
	}
	change.Version, change.Head = next, &g.head
	if err := s.encodeChange(s.in.ctx, &change, g.head.Namespace); err != nil { // its contents belong to a version
		return false, err
	}
	g.change = change
	g.rebases++
	return true, nil
}
