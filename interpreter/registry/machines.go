package registry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Initial names the first revision, which has no ID.
const Initial = "INITIAL"

// NewMachine is what a machine is created with.
type NewMachine struct {
	Arn, Name, Type    string
	Revision           Revision // without Number, ID and Created
	Encryption         *Encryption
	Tags               []Tag
	Publish            bool
	VersionDescription string
	At                 time.Time
}

// CreateMachine creates a machine with its first revision, and its version 1 if it is
// to be published. If there is an equal one, except for its role and tags, it returns
// that. The error is [ErrMachineExists] if it differs, and [ErrDeleting].
func (r *Registry) CreateMachine(ctx context.Context, n NewMachine) (m *Machine, v *Version, err error) {
	err = r.change(ctx, func(b *batch) error {
		m, v = nil, nil
		if old := r.machines[n.Arn]; old != nil {
			switch {
			case old.Deleting:
				return ErrDeleting
			case !r.isEqual(old, &n):
				return ErrMachineExists
			}
			m = old
			if i := slices.IndexFunc(old.Versions, func(v Version) bool { return v.Revision == 1 }); n.Publish && i >= 0 {
				v = &old.Versions[i]
			}
			return nil
		}
		tags, err := addTags(nil, n.Tags)
		if err != nil {
			return err
		}
		m = &Machine{
			Arn: n.Arn, Name: n.Name, Type: n.Type, Created: n.At, Current: 1, Tags: tags, Encryption: n.Encryption,
			CreatedPublish: n.Publish, CreatedDescription: n.VersionDescription,
		}
		rev := n.Revision
		rev.Number, rev.ID, rev.Created = 1, "", n.At
		if n.Publish {
			v = m.publish(n.VersionDescription, n.At)
		}
		b.setRevision(m.Arn, &rev)
		b.setMachine(m)
		return nil
	})
	return m, v, err
}

// isEqual reports whether a call of CreateMachine asks for the machine that there is.
func (r *Registry) isEqual(m *Machine, n *NewMachine) bool {
	rev := r.revisions[revisionKey{m.Arn, m.Current}]
	return m.Type == n.Type && m.Encryption.equal(n.Encryption) && m.CreatedPublish == n.Publish &&
		m.CreatedDescription == n.VersionDescription && rev.Definition == n.Revision.Definition &&
		rev.Tracing == n.Revision.Tracing && rev.Logging.equal(n.Revision.Logging)
}

// publish adds a version of the current revision, or returns the one that there is.
// The caller has cloned m.
func (m *Machine) publish(description string, at time.Time) *Version {
	if i := slices.IndexFunc(m.Versions, func(v Version) bool { return v.Revision == m.Current }); i >= 0 {
		return &m.Versions[i]
	}
	m.Published++
	m.Versions = append(m.Versions, Version{Number: m.Published, Revision: m.Current, Description: description, Created: at})
	return &m.Versions[len(m.Versions)-1]
}

// changeMachine changes a copy of a machine and stores it.
func (r *Registry) changeMachine(ctx context.Context, arn string, f func(b *batch, m *Machine) error) (m *Machine, err error) {
	err = r.change(ctx, func(b *batch) error {
		old := r.machines[arn]
		switch {
		case old == nil:
			return ErrNoMachine
		case old.Deleting:
			return ErrDeleting
		}
		m = old.copyForChange()
		if err := f(b, m); err != nil {
			return err
		}
		b.setMachine(m)
		return nil
	})
	return m, err
}

// Update is a change of a machine. nil leaves a member as it is.
type Update struct {
	Definition, Role   *string
	Logging            *Logging
	Tracing            *bool
	Encryption         *Encryption
	Publish            bool
	VersionDescription string
	At                 time.Time
}

// UpdateMachine changes a machine. If that makes a difference it has another revision
// from then on. It returns the current revision, and its version if it is to be
// published.
func (r *Registry) UpdateMachine(ctx context.Context, arn string, u Update) (rev *Revision, v *Version, err error) {
	_, err = r.changeMachine(ctx, arn, func(b *batch, m *Machine) error {
		old := r.revisions[revisionKey{arn, m.Current}]
		next := *old
		setIf(&next.Definition, u.Definition)
		setIf(&next.Role, u.Role)
		setIf(&next.Logging, u.Logging)
		setIf(&next.Tracing, u.Tracing)
		rev, v = old, nil
		if u.Encryption != nil {
			m.Encryption = u.Encryption
		}
		if next.Definition != old.Definition || next.Role != old.Role || next.Tracing != old.Tracing || !next.Logging.equal(old.Logging) {
			next.Number, next.ID, next.Created = old.Number+1, NewUUID(), u.At
			rev, m.Current = &next, next.Number
			b.setRevision(arn, rev)
		}
		if u.Publish {
			v = m.publish(u.VersionDescription, u.At)
		}
		return nil
	})
	return rev, v, err
}

func setIf[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

// PublishVersion makes a version of the current revision, or returns the one that there
// is. If revision is not empty, it must be the ID of the current one, or [Initial]:
// otherwise the error is a [*RevisionError].
func (r *Registry) PublishVersion(ctx context.Context, arn, revision, description string, at time.Time) (v Version, err error) {
	_, err = r.changeMachine(ctx, arn, func(_ *batch, m *Machine) error {
		current := r.revisions[revisionKey{arn, m.Current}].ID
		if current == "" {
			current = Initial
		}
		if revision != "" && revision != current {
			return &RevisionError{Wanted: revision, Current: current}
		}
		v = *m.publish(description, at)
		return nil
	})
	return v, err
}

// DeleteVersion deletes a version; one that is not there, or whose machine is not, is
// ignored. The error is a [*VersionInUseError] if aliases name it.
func (r *Registry) DeleteVersion(ctx context.Context, arn string, number int) error {
	_, err := r.changeMachine(ctx, arn, func(_ *batch, m *Machine) error {
		var names []string
		for _, a := range m.Aliases {
			if a.Names(number) {
				names = append(names, a.Name)
			}
		}
		if len(names) > 0 {
			return &VersionInUseError{names}
		}
		m.Versions = slices.DeleteFunc(m.Versions, func(v Version) bool { return v.Number == number })
		return nil
	})
	return ignore(err, ErrNoMachine, ErrDeleting)
}

// MarkDeleting says that a machine is being deleted: nothing can be changed or started
// any longer. It reports whether there is one that was not yet.
func (r *Registry) MarkDeleting(ctx context.Context, arn string) (marked bool, err error) {
	_, err = r.changeMachine(ctx, arn, func(_ *batch, m *Machine) error {
		m.Deleting = true
		return nil
	})
	return err == nil, ignore(err, ErrNoMachine, ErrDeleting)
}

// RemoveMachine removes a machine that is being deleted, with its revisions. Another one,
// which may have been created since, is left alone.
func (r *Registry) RemoveMachine(ctx context.Context, arn string) error {
	return r.change(ctx, func(b *batch) error {
		m := r.machines[arn]
		if m == nil || !m.Deleting {
			return nil
		}
		b.set(machineKey(arn), nil)
		for n := 1; n <= m.Current; n++ {
			b.set(revisionKey{arn, n}.String(), nil)
		}
		return nil
	})
}

// CreateAlias adds an alias. If there is one of the name with the same description and
// routes, it returns that, and otherwise [ErrAliasExists]. The error is [ErrNoVersion]
// if a version is not there.
func (r *Registry) CreateAlias(ctx context.Context, arn string, a Alias) (created Alias, err error) {
	_, err = r.changeMachine(ctx, arn, func(_ *batch, m *Machine) error {
		if old, known := m.Alias(a.Name); known {
			if old.Description != a.Description || !slices.Equal(old.Routes, a.Routes) {
				return ErrAliasExists
			}
			created = old
			return nil
		}
		if err := m.checkRoutes(a.Routes); err != nil {
			return err
		}
		m.Aliased++
		created = a
		created.Number = m.Aliased
		m.Aliases = append(m.Aliases, created)
		return nil
	})
	return created, err
}

func (m *Machine) checkRoutes(routes []Route) error {
	for _, route := range routes {
		if _, known := m.Version(route.Version); !known {
			return ErrNoVersion
		}
	}
	return nil
}

// UpdateAlias changes the description or the routes of an alias; nil leaves one as it
// is. The error is [ErrNoAlias] or [ErrNoVersion].
func (r *Registry) UpdateAlias(ctx context.Context, arn, name string, description *string, routes []Route, at time.Time) error {
	_, err := r.changeMachine(ctx, arn, func(_ *batch, m *Machine) error {
		i := m.aliasIndex(name)
		if i < 0 {
			return ErrNoAlias
		}
		if err := m.checkRoutes(routes); err != nil {
			return err
		}
		a := m.Aliases[i]
		setIf(&a.Description, description)
		if routes != nil {
			a.Routes = routes
		}
		a.Updated = at
		m.Aliases[i] = a
		return nil
	})
	return err
}

// DeleteAlias deletes an alias; one that is not there is ignored.
func (r *Registry) DeleteAlias(ctx context.Context, arn, name string) error {
	_, err := r.changeMachine(ctx, arn, func(_ *batch, m *Machine) error {
		m.Aliases = slices.DeleteFunc(m.Aliases, func(a Alias) bool { return a.Name == name })
		return nil
	})
	return ignore(err, ErrNoMachine, ErrDeleting)
}

// ignore returns nil instead of some errors of this package.
func ignore(err error, ignored ...error) error {
	if slices.Contains(ignored, err) {
		return nil
	}
	return err
}

// NewUUID returns a random UUID.
func NewUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 4<<4
	b[8] = b[8]&0x3f | 2<<6
	digits := hex.EncodeToString(b[:])
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}
