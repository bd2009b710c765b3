package api

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/interpreter/registry"
)

// writeList writes a list as Java does.
func writeList(list []string) string { return "[" + strings.Join(list, ", ") + "]" }

// routesOf reads a routing configuration. All versions are of one machine.
func routesOf(in object) (machine string, routes []registry.Route, err error) {
	var arns, weights []string
	plain, foreign, sum := false, false, 0
	seen := map[string]bool{}
	for _, m := range in.members("routingConfiguration") {
		arn, weight := m.text("stateMachineVersionArn"), int(m.integer("weight"))
		r, err := parseArn(arn, kindMachine)
		if err != nil {
			return "", nil, err
		}
		n, isVersion := r.versionOf()
		plain = plain || !isVersion
		foreign = foreign || machine != "" && machine != r.machineArn()
		machine = r.machineArn()
		routes = append(routes, registry.Route{Version: n, Weight: weight})
		arns, weights = append(arns, arn), append(weights, strconv.Itoa(weight))
		seen[arn] = true
		sum += weight
	}
	invalid := func(text string, list []string) error {
		return &Error{Type: "ValidationException", Message: text + " Received: " + writeList(list), Reason: "INVALID_ROUTING_CONFIGURATION"}
	}
	switch {
	case plain:
		err = invalid("Routing configuration must contain state machine version ARNs.", arns)
	case foreign:
		err = invalid("Routing configuration must contain state machine version ARNs for the same state machine.", arns)
	case len(seen) < len(arns):
		err = invalid("Routing configuration must contain distinct state machine version ARNs.", arns)
	case sum != 100:
		err = invalid("Sum of routing configuration weights must equal 100.", weights)
	}
	return machine, routes, err
}

func writeRoutes(machine string, routes []registry.Route) []object {
	all := make([]object, len(routes))
	for i, r := range routes {
		all[i] = object{"stateMachineVersionArn": versionArn(machine, r.Version), "weight": r.Weight}
	}
	return all
}

func (s *Server) createStateMachineAlias(ctx context.Context, in object) (object, error) {
	machine, routes, err := routesOf(in)
	if err != nil {
		return nil, err
	}
	at := s.now()
	a, err := s.records.CreateAlias(ctx, machine, registry.Alias{
		Name: in.text("name"), Description: in.text("description"), Routes: routes, Created: at, Updated: at,
	})
	switch {
	case errors.Is(err, registry.ErrAliasExists):
		return nil, newError("ConflictException", "Failed to create alias because an alias with the same name and a different routing configuration already exists.")
	case errors.Is(err, registry.ErrNoMachine):
		return nil, recordError(registry.ErrNoVersion, machine)
	case err != nil:
		return nil, recordError(err, machine)
	}
	return object{"stateMachineAliasArn": machine + ":" + a.Name, "creationDate": date(a.Created)}, nil
}

// parseAlias parses the ARN of an alias.
func parseAlias(in object) (resource, error) {
	arn := in.text("stateMachineAliasArn")
	r, err := parseArn(arn, kindMachine)
	if err == nil && r.qualifier() == "" {
		err = newError("InvalidArn", "Invalid Arn: 'Invalid ARN: %s'", arn)
	}
	return r, err
}

func (s *Server) describeStateMachineAlias(_ context.Context, in object) (object, error) {
	r, err := parseAlias(in)
	if err != nil {
		return nil, err
	}
	m, err := s.records.Machine(r.machineArn())
	if err != nil {
		return nil, recordError(registry.ErrNoAlias, r.arn)
	}
	a, known := m.Alias(r.qualifier())
	if !known {
		return nil, recordError(registry.ErrNoAlias, r.arn)
	}
	out := object{
		"stateMachineAliasArn": r.arn, "name": a.Name, "routingConfiguration": writeRoutes(m.Arn, a.Routes),
		"creationDate": date(a.Created), "updateDate": date(a.Updated),
	}
	out.setText("description", a.Description)
	return out, nil
}

func (s *Server) updateStateMachineAlias(ctx context.Context, in object) (object, error) {
	r, err := parseAlias(in)
	if err != nil {
		return nil, err
	}
	if !in.has("description") && !in.has("routingConfiguration") {
		return nil, newValidationError("Either description or routing configuration must be specified")
	}
	var routes []registry.Route
	if in.has("routingConfiguration") {
		var machine string
		if machine, routes, err = routesOf(in); err != nil {
			return nil, err
		}
		if machine != r.machineArn() {
			return nil, recordError(registry.ErrNoVersion, r.arn)
		}
	}
	at := s.now()
	err = s.records.UpdateAlias(ctx, r.machineArn(), r.qualifier(), in.textPointer("description"), routes, at)
	if errors.Is(err, registry.ErrNoMachine) {
		err = registry.ErrNoAlias
	}
	if err != nil {
		return nil, recordError(err, r.arn)
	}
	return object{"updateDate": date(at)}, nil
}

func (s *Server) deleteStateMachineAlias(ctx context.Context, in object) (object, error) {
	r, err := parseAlias(in)
	if err != nil {
		return nil, err
	}
	return object{}, s.records.DeleteAlias(ctx, r.machineArn(), r.qualifier())
}

func (s *Server) listStateMachineAliases(_ context.Context, in object) (object, error) {
	arn := in.text("stateMachineArn")
	r, err := parseArn(arn, kindMachine)
	if err != nil {
		return nil, err
	}
	m, err := s.records.Machine(r.machineArn())
	if err != nil {
		return nil, recordError(err, arn)
	}
	n, byVersion := r.versionOf()
	aliases := slices.DeleteFunc(slices.Clone(m.Aliases), func(a registry.Alias) bool { return byVersion && !a.Names(n) })
	return listPage(s, "ListStateMachineAliases", in, "stateMachineAliases", aliases,
		func(a registry.Alias) int { return a.Number },
		func(a registry.Alias) object {
			return object{"stateMachineAliasArn": m.Arn + ":" + a.Name, "creationDate": date(a.Created)}
		})
}
