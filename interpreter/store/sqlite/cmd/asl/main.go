// Command asl is the command of github.com/gostates/gostates/cmd/asl, with a database: asl
// serve -store FILE keeps state machines, activities and executions when the server ends.
//
//	asl serve -store states.db -load order.asl.json
//
// In a checkout of this repository it is run by go run ./cmd/asl in interpreter/store/sqlite.
package main

import (
	"os"

	"github.com/gostates/gostates/internal/command"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

func main() {
	command.OpenStore = openStore
	os.Exit(command.Main())
}

func openStore(path string) (*command.Store, error) {
	s, err := sqlite.Open(path)
	if err != nil {
		return nil, err
	}
	return &command.Store{Executions: s, Records: s.Registry(), Close: s.Close}, nil
}
