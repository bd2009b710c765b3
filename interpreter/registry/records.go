package registry

import (
	"slices"
	"time"
)

// Types of state machines.
const (
	Standard = "STANDARD"
	Express  = "EXPRESS"
)

// Machine is a state machine. It is immutable: a change makes another one.
type Machine struct {
	Arn     string    `json:"arn"`
	Name    string    `json:"name"`
	Type    string    `json:"type"` // Standard or Express
	Created time.Time `json:"created"`
	// Current is the number of the revision that executions without a version run.
	Current int `json:"current"`
	// Versions are those that have been published and not deleted, the earliest first.
	Versions []Version `json:"versions,omitempty"`
	// Published is the number of the latest version, also if it was deleted.
	Published int `json:"published,omitempty"`
	// Aliased is the number of the latest alias, also if it was deleted.
	Aliased int `json:"aliased,omitempty"`
	// Aliases are in the order of their creation.
	Aliases    []Alias     `json:"aliases,omitempty"`
	Tags       []Tag       `json:"tags,omitempty"` // in the order in which they were added
	Encryption *Encryption `json:"encryption,omitempty"`
	Deleting   bool        `json:"deleting,omitempty"`

	// What CreateMachine was called with, so that an equal call is recognized.
	CreatedPublish     bool   `json:"createdPublish,omitempty"`
	CreatedDescription string `json:"createdDescription,omitempty"`
}

// Version is a published revision. Its number is never used again.
type Version struct {
	Number      int       `json:"number"`
	Revision    int       `json:"revision"`
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created"`
}

// Alias names one version of its machine, or two by weight.
type Alias struct {
	Number      int       `json:"number"` // in the order of creation; never used again
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Routes      []Route   `json:"routes"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
}

// Route is a version and how many of 100 executions it gets.
type Route struct {
	Version int `json:"version"`
	Weight  int `json:"weight"`
}

// Revision is what executions run. It is immutable.
type Revision struct {
	Number     int       `json:"number"`       // 1, 2, 3, ... within the machine
	ID         string    `json:"id,omitempty"` // a UUID; the first revision has none
	Definition string    `json:"definition"`   // as it was sent
	Role       string    `json:"role"`
	Logging    Logging   `json:"logging"`
	Tracing    bool      `json:"tracing,omitempty"`
	Created    time.Time `json:"created"`
}

// Logging says which history events are logged.
type Logging struct {
	Level       string   `json:"level"` // ALL, ERROR, FATAL or OFF
	IncludeData bool     `json:"includeData,omitempty"`
	LogGroups   []string `json:"logGroups,omitempty"` // ARNs
}

func (l Logging) equal(m Logging) bool {
	return l.Level == m.Level && l.IncludeData == m.IncludeData && slices.Equal(l.LogGroups, m.LogGroups)
}

// Encryption is kept and shown; nothing is encrypted.
type Encryption struct {
	Type        string `json:"type"`
	KeyID       string `json:"keyId,omitempty"`
	ReuseSecond int64  `json:"reuseSeconds,omitempty"`
}

func (e *Encryption) equal(f *Encryption) bool {
	return e == f || e != nil && f != nil && *e == *f
}

// Tag is a key with a value.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Activity is an activity. It is immutable: a change makes another one.
type Activity struct {
	Arn        string      `json:"arn"`
	Name       string      `json:"name"`
	Created    time.Time   `json:"created"`
	Tags       []Tag       `json:"tags,omitempty"`
	Encryption *Encryption `json:"encryption,omitempty"`
}

// Version returns a version by its number.
func (m *Machine) Version(number int) (Version, bool) {
	i := slices.IndexFunc(m.Versions, func(v Version) bool { return v.Number == number })
	if i < 0 {
		return Version{}, false
	}
	return m.Versions[i], true
}

// Alias returns an alias by its name.
func (m *Machine) Alias(name string) (Alias, bool) {
	i := m.aliasIndex(name)
	if i < 0 {
		return Alias{}, false
	}
	return m.Aliases[i], true
}

func (m *Machine) aliasIndex(name string) int {
	return slices.IndexFunc(m.Aliases, func(a Alias) bool { return a.Name == name })
}

// Names reports whether an alias names a version.
func (a *Alias) Names(version int) bool {
	return slices.ContainsFunc(a.Routes, func(r Route) bool { return r.Version == version })
}

// copyForChange returns a copy that may be changed.
func (m *Machine) copyForChange() *Machine {
	c := *m
	c.Versions, c.Aliases, c.Tags = slices.Clone(m.Versions), slices.Clone(m.Aliases), slices.Clone(m.Tags)
	return &c
}
