package registry

import (
	"context"
	"time"
)

// CreateActivity creates an activity, or returns the one of that ARN.
func (r *Registry) CreateActivity(ctx context.Context, arn, name string, tags []Tag, e *Encryption, at time.Time) (a *Activity, err error) {
	err = r.change(ctx, func(b *batch) error {
		if a = r.activities[arn]; a != nil {
			return nil
		}
		added, err := addTags(nil, tags)
		if err != nil {
			return err
		}
		a = &Activity{Arn: arn, Name: name, Created: at, Tags: added, Encryption: e}
		b.setActivity(a)
		return nil
	})
	return a, err
}

// DeleteActivity deletes an activity; one that is not there is ignored.
func (r *Registry) DeleteActivity(ctx context.Context, arn string) error {
	return r.change(ctx, func(b *batch) error {
		if r.activities[arn] != nil {
			b.set(activityKey(arn), nil)
		}
		return nil
	})
}
