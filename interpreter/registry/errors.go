package registry

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of this package.
var (
	ErrNoMachine     = errors.New("registry: the state machine does not exist")
	ErrMachineExists = errors.New("registry: a state machine of this name exists and differs")
	ErrDeleting      = errors.New("registry: the state machine is being deleted")
	ErrNoVersion     = errors.New("registry: the version does not exist")
	ErrNoAlias       = errors.New("registry: the alias does not exist")
	ErrAliasExists   = errors.New("registry: an alias of this name exists and differs")
	ErrNoActivity    = errors.New("registry: the activity does not exist")
	ErrNoResource    = errors.New("registry: no such resource has tags")
	ErrTooManyTags   = errors.New("registry: a resource has at most 50 tags")
	// ErrFormat: a record was written by a later version of this package, or is
	// damaged.
	ErrFormat = errors.New("registry: the record cannot be read")
)

// RevisionError says that the current revision is not the one that PublishVersion was
// to publish.
type RevisionError struct {
	Wanted, Current string // IDs; that of the first revision is "INITIAL"
}

// Error returns both revisions.
func (e *RevisionError) Error() string {
	return fmt.Sprintf("registry: the current revision is %s and not %s", e.Current, e.Wanted)
}

// VersionInUseError says which aliases name a version that is to be deleted.
type VersionInUseError struct{ Aliases []string }

// Error returns the names of the aliases.
func (e *VersionInUseError) Error() string {
	return "registry: aliases name the version: " + strings.Join(e.Aliases, ", ")
}
