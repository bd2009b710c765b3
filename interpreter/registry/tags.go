package registry

import (
	"context"
	"slices"
)

const mostTags = 50

// addTags returns tags with others added: that of a known key replaces the value.
func addTags(tags, added []Tag) ([]Tag, error) {
	tags = slices.Clone(tags)
	for _, t := range added {
		if i := slices.IndexFunc(tags, func(old Tag) bool { return old.Key == t.Key }); i >= 0 {
			tags[i] = t
		} else {
			tags = append(tags, t)
		}
	}
	if len(tags) > mostTags {
		return nil, ErrTooManyTags
	}
	return tags, nil
}

// Tags returns the tags of a machine or an activity, or [ErrNoResource].
func (r *Registry) Tags(arn string) ([]Tag, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if m := r.machines[arn]; m != nil {
		return m.Tags, nil
	}
	if a := r.activities[arn]; a != nil {
		return a.Tags, nil
	}
	return nil, ErrNoResource
}

// Tag adds tags to a machine or an activity. The error is [ErrNoResource] or
// [ErrTooManyTags]; then none is added.
func (r *Registry) Tag(ctx context.Context, arn string, added []Tag) error {
	return r.changeTags(ctx, arn, func(tags []Tag) ([]Tag, error) { return addTags(tags, added) })
}

// Untag removes tags by their keys. Unknown keys are ignored.
func (r *Registry) Untag(ctx context.Context, arn string, keys []string) error {
	return r.changeTags(ctx, arn, func(tags []Tag) ([]Tag, error) {
		return slices.DeleteFunc(slices.Clone(tags), func(t Tag) bool { return slices.Contains(keys, t.Key) }), nil
	})
}

func (r *Registry) changeTags(ctx context.Context, arn string, f func([]Tag) ([]Tag, error)) error {
	return r.change(ctx, func(b *batch) error {
		if old := r.machines[arn]; old != nil {
			tags, err := f(old.Tags)
			if err != nil {
				return err
			}
			m := old.copyForChange()
			m.Tags = tags
			b.setMachine(m)
			return nil
		}
		old := r.activities[arn]
		if old == nil {
			return ErrNoResource
		}
		a := *old
		var err error
		if a.Tags, err = f(old.Tags); err != nil {
			return err
		}
		b.setActivity(&a)
		return nil
	})
}
