package api

import (
	"context"
	"errors"
	"slices"

	"github.com/gostates/gostates/interpreter/registry"
)

func (s *Server) updateStateMachine(ctx context.Context, in object) (object, error) {
	arn := in.text("stateMachineArn")
	r, err := parseArn(arn, kindMachine)
	if err != nil {
		return nil, err
	}
	if !in.has("definition") && !in.has("roleArn") && !in.has("loggingConfiguration") && !in.has("tracingConfiguration") {
		return nil, newError("MissingRequiredParameter", "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified")
	}
	if err := checkVersionDescription(in, "versionDescription"); err != nil {
		return nil, err
	}
	m, err := s.records.Machine(r.machineArn())
	if err != nil || r.qualifier() != "" {
		return nil, noMachine(arn)
	}
	u := registry.Update{
		Definition: in.textPointer("definition"), Role: in.textPointer("roleArn"),
		Publish: in.isTrue("publish"), VersionDescription: in.text("versionDescription"), At: s.now(),
	}
	if in.has("loggingConfiguration") {
		l, err := loggingOf(in.member("loggingConfiguration"))
		if err != nil {
			return nil, err
		}
		u.Logging = &l
	}
	if in.has("tracingConfiguration") {
		enabled := in.member("tracingConfiguration").isTrue("enabled")
		u.Tracing = &enabled
	}
	if u.Encryption, err = encryptionOf(in); err != nil {
		return nil, err
	}
	if u.Definition != nil {
		rev := registry.Revision{Definition: *u.Definition, Role: in.text("roleArn")}
		if err := s.checkDefinition(m.Arn, m.Name, m.Type, &rev); err != nil {
			return nil, err
		}
	}
	rev, v, err := s.records.UpdateMachine(ctx, m.Arn, u)
	if err != nil {
		return nil, recordError(err, arn)
	}
	out := object{"updateDate": date(rev.Created)}
	out.setText("revisionId", rev.ID)
	if v != nil {
		out["stateMachineVersionArn"] = versionArn(m.Arn, v.Number)
	}
	return out, nil
}

func (s *Server) publishStateMachineVersion(ctx context.Context, in object) (object, error) {
	arn := in.text("stateMachineArn")
	r, err := parseArn(arn, kindMachine)
	if err != nil {
		return nil, err
	}
	if r.qualifier() != "" {
		return nil, noMachine(arn)
	}
	v, err := s.records.PublishVersion(ctx, r.machineArn(), in.text("revisionId"), in.text("description"), s.now())
	var other *registry.RevisionError
	switch {
	case errors.As(err, &other):
		return nil, newError("ConflictException", "Failed to publish the State Machine version for revision %s. The current State Machine revision is %s.", other.Wanted, other.Current)
	case err != nil:
		return nil, recordError(err, arn)
	}
	return object{"stateMachineVersionArn": versionArn(arn, v.Number), "creationDate": date(v.Created)}, nil
}

func (s *Server) deleteStateMachineVersion(ctx context.Context, in object) (object, error) {
	arn := in.text("stateMachineVersionArn")
	r, err := parseArn(arn, kindMachine)
	if err != nil {
		return nil, err
	}
	n, ok := r.versionOf()
	if !ok {
		return nil, newError("InvalidArn", "Invalid Arn: 'Invalid ARN: %s'", arn)
	}
	err = s.records.DeleteVersion(ctx, r.machineArn(), n)
	var used *registry.VersionInUseError
	if errors.As(err, &used) {
		return nil, newError("ConflictException", "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: %s", writeList(used.Aliases))
	}
	return object{}, err
}

func (s *Server) listStateMachineVersions(_ context.Context, in object) (object, error) {
	r, err := parseArn(in.text("stateMachineArn"), kindMachine)
	if err != nil {
		return nil, err
	}
	var versions []registry.Version
	if m, err := s.records.Machine(r.machineArn()); err == nil {
		versions = slices.Clone(m.Versions)
		slices.Reverse(versions)
	}
	return listPage(s, "ListStateMachineVersions", in, "stateMachineVersions", versions,
		func(v registry.Version) int { return -v.Number },
		func(v registry.Version) object {
			return object{"stateMachineVersionArn": versionArn(r.machineArn(), v.Number), "creationDate": date(v.Created)}
		})
}
