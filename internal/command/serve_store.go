package command

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
)

// Store is what asl serve -store keeps its state in.
type Store struct {
	Executions store.Store
	Records    registry.Store
	Close      func() error
}

// OpenStore opens the file of asl serve -store. A program that has a database sets it before
// it calls [Main]. nil: the option is refused.
var OpenStore func(path string) (*Store, error)

// fullCommand is the package of the asl that has a database and reads YAML.
const fullCommand = "github.com/gostates/gostates/interpreter/store/sqlite/cmd/asl"

// whoHasStores is what the help says of a command without a database.
func whoHasStores() string {
	if OpenStore != nil {
		return ""
	}
	return ". Only the asl of\n" + fullCommand + " has it"
}

// checkStore checks what is wrong with -store before anything is opened.
func (o *serveOptions) checkStore() error {
	if o.store != "" && OpenStore == nil {
		return usageError("-store: this asl has no database; install one that has, with go install %s@latest", fullCommand)
	}
	return nil
}

// openStore opens the file of -store for the server. Without the option there is nothing to
// close.
func (o *serveOptions) openStore(c *api.Config) (closeStore func() error, err error) {
	if o.store == "" {
		return func() error { return nil }, nil
	}
	s, err := OpenStore(o.store)
	if err != nil {
		return nil, fmt.Errorf("-store: %w", err)
	}
	c.Interpreter.Store, c.Records = s.Executions, s.Records
	return s.Close, nil
}

// loadMachine creates a state machine. One that the store has already gets the definition.
func (o *serveOptions) loadMachine(srv *api.Server, name, kind string, definition []byte) (arn string, err error) {
	arn, err = srv.Create(name, definition, api.CreateOptions{Type: kind})
	var refused *api.Error
	if o.store == "" || !errors.As(err, &refused) || refused.Type != "StateMachineAlreadyExists" {
		return arn, err
	}
	for _, m := range srv.Records().Machines() {
		if m.Name == name && m.Type != kind {
			return "", fmt.Errorf("%s has a state machine %s whose type is %s, and a type cannot change: delete it first, or give this one another name", o.store, name, m.Type)
		}
	}
	return srv.Update(name, definition)
}

// place says where the state is.
func (o *serveOptions) place() string {
	if o.store == "" {
		return "memory"
	}
	return o.store
}
