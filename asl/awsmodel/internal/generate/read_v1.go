package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The format of api-2.json, as far as it is needed.
type (
	v1Model struct {
		Metadata   struct{ ServiceID, Protocol string }
		Operations map[string]struct {
			Input, Output v1Reference
		}
		Shapes map[string]*v1Shape
	}
	v1Reference struct {
		Shape            string
		IdempotencyToken bool
		Streaming        bool
		JSONValue        bool
	}
	v1Shape struct {
		Type        string
		Members     map[string]v1Reference
		Member      v1Reference
		Value       v1Reference
		Required    []string
		Enum        []string
		Min, Max    json.Number
		Payload     string
		Streaming   bool
		Eventstream bool
	}
)

// readV1 reads the newest model of each service of aws-sdk-go.
func readV1(dir string) ([]*service, error) {
	files, err := filepath.Glob(filepath.Join(dir, "models", "apis", "*", "*", "api-2.json"))
	if err != nil {
		return nil, err
	}
	newest := map[string]string{} // by folder of the service
	slices.Sort(files)
	for _, f := range files {
		newest[filepath.Dir(filepath.Dir(f))] = f
	}
	var all []*service
	for _, f := range files {
		if newest[filepath.Dir(filepath.Dir(f))] != f {
			continue
		}
		s, err := readV1File(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		all = append(all, s)
	}
	return all, nil
}

func readV1File(file string) (*service, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var m v1Model
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	if m.Metadata.ServiceID == "" {
		return nil, fmt.Errorf("no serviceId")
	}
	s := &service{id: m.Metadata.ServiceID, operations: map[string]operation{}, structures: map[string]*structure{}}
	for name, o := range m.Operations {
		if m.streamsEvents(o.Input.Shape) || m.streamsEvents(o.Output.Shape) {
			continue
		}
		s.operations[name] = operation{o.Input.Shape, o.Output.Shape}
	}
	for name, sh := range m.Shapes {
		if sh.Type != "structure" {
			continue
		}
		st := &structure{members: map[string]*member{}}
		for key, ref := range sh.Members {
			of := m.shapeOf(ref.Shape)
			if ref.JSONValue {
				of = &shape{kind: document}
			}
			streaming := ref.Streaming || m.Shapes[ref.Shape].Streaming
			st.members[capitalize(key)] = &member{of: of, token: ref.IdempotencyToken, body: streaming && sh.Payload == key && of.kind == blob}
		}
		for _, key := range sh.Required {
			if sh.Members[key].Shape != "" {
				st.required = append(st.required, capitalize(key))
			}
		}
		s.structures[name] = st
	}
	return s, nil
}

// streamsEvents reports whether a request or response has a stream of events,
// which Step Functions cannot call.
func (m *v1Model) streamsEvents(name string) bool {
	sh := m.Shapes[name]
	if sh == nil {
		return false
	}
	for _, ref := range sh.Members {
		if m.Shapes[ref.Shape].Eventstream {
			return true
		}
	}
	return false
}

var v1Kinds = map[string]kind{"string": str, "blob": blob, "integer": integer, "long": long, "float": float, "double": float,
	"boolean": boolean, "timestamp": timestamp}

func (m *v1Model) shapeOf(name string) *shape {
	sh := m.Shapes[name]
	switch {
	case sh == nil:
		return &shape{kind: document}
	case sh.Type == "structure":
		return &shape{kind: object, name: name}
	case sh.Type == "list":
		return &shape{kind: list, of: m.shapeOf(sh.Member.Shape)}
	case sh.Type == "map":
		return &shape{kind: mapping, of: m.shapeOf(sh.Value.Shape)}
	case len(sh.Enum) > 0:
		return &shape{kind: enum, values: sh.Enum}
	}
	s := &shape{kind: v1Kinds[sh.Type], min: sh.Min.String(), max: sh.Max.String()}
	if s.kind == 0 {
		s.kind = document
	}
	if !isNumber(s.kind) {
		s.max = "" // AWS's text for a length above it is not known
	}
	return s
}

// capitalize writes the first letter as a capital, as Step Functions and v2 do.
func capitalize(name string) string { return strings.ToUpper(name[:1]) + name[1:] }
