// Command asl is the command of github.com/gostates/gostates/cmd/asl, with a database and
// with YAML: asl serve -store FILE keeps state machines, activities and executions when the
// server ends, and all commands read definitions and templates in YAML.
//
//	asl serve -store states.db -load order.asl.json
//	asl validate template.yaml
//
// In a checkout of this repository it is run by go run ./cmd/asl in interpreter/store/sqlite.
package main

import (
	"os"

	"github.com/gostates/gostates/asl/yaml"
	"github.com/gostates/gostates/internal/command"
	"github.com/gostates/gostates/internal/template"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

func main() {
	command.OpenStore = openStore
	command.ReadYAML = readYAML
	os.Exit(command.Main())
}

func openStore(path string) (*command.Store, error) {
	s, err := sqlite.Open(path)
	if err != nil {
		return nil, err
	}
	return &command.Store{Executions: s, Records: s.Registry(), Close: s.Close}, nil
}

func readYAML(text []byte) (template.Document, error) {
	d, err := yaml.Read(text)
	if err != nil {
		return template.Document{}, err
	}
	return template.Document{JSON: d.JSON, Offset: d.Offset, Tagged: d.Tagged, Placeholders: d.Placeholders}, nil
}
