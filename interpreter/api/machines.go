package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/registry"
)

// CreateOptions are options of [Server.Create].
type CreateOptions struct {
	// Type is STANDARD or EXPRESS: [registry.Standard], the default, or
	// [registry.Express].
	Type string
}

// Create creates a state machine, or returns the one of the name if its type and
// definition are the same, as CreateStateMachine does. At most one CreateOptions is
// given. The error is an [*Error].
func (s *Server) Create(name string, definition []byte, options ...CreateOptions) (arn string, err error) {
	in := object{"name": name, "definition": string(definition), "roleArn": fmt.Sprintf(defaultRole, s.config.Account)}
	for _, o := range options {
		in.setText("type", o.Type)
	}
	sh := model["CreateStateMachine"]
	if err := checkRequest(&sh, in); err != nil {
		return "", err
	}
	out, err := s.createStateMachine(context.Background(), in)
	if err != nil {
		return "", err
	}
	return out.text("stateMachineArn"), nil
}

// Update gives a state machine another definition, as UpdateStateMachine does. Executions
// that run keep the one that they have. The error is an [*Error].
func (s *Server) Update(name string, definition []byte) (arn string, err error) {
	arn = s.newArn(kindMachine, name)
	in := object{"stateMachineArn": arn, "definition": string(definition)}
	sh := model["UpdateStateMachine"]
	if err := checkRequest(&sh, in); err != nil {
		return "", err
	}
	if _, err := s.updateStateMachine(context.Background(), in); err != nil {
		return "", err
	}
	return arn, nil
}

func (s *Server) createStateMachine(ctx context.Context, in object) (object, error) {
	name := in.text("name")
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := checkVersionDescription(in, "versionDescription"); err != nil {
		return nil, err
	}
	n := registry.NewMachine{
		Arn: s.newArn(kindMachine, name), Name: name, Type: in.text("type"),
		Revision: registry.Revision{
			Definition: in.text("definition"), Role: in.text("roleArn"),
			Logging: registry.Logging{Level: "OFF"}, Tracing: in.member("tracingConfiguration").isTrue("enabled"),
		},
		Tags: tagsOf(in), Publish: in.isTrue("publish"), VersionDescription: in.text("versionDescription"), At: s.now(),
	}
	if n.Type == "" {
		n.Type = registry.Standard
	}
	var err error
	if in.has("loggingConfiguration") {
		if n.Revision.Logging, err = loggingOf(in.member("loggingConfiguration")); err != nil {
			return nil, err
		}
	}
	if n.Encryption, err = encryptionOf(in); err != nil {
		return nil, err
	}
	if err := checkTags(n.Tags); err != nil {
		return nil, err
	}
	if err := s.checkDefinition(n.Arn, name, n.Type, &n.Revision); err != nil {
		return nil, err
	}
	m, v, err := s.records.CreateMachine(ctx, n)
	if errors.Is(err, registry.ErrDeleting) {
		if err := s.removeMachine(ctx, n.Arn); err != nil {
			return nil, err
		}
		m, v, err = s.records.CreateMachine(ctx, n)
	}
	if err != nil {
		return nil, recordError(err, n.Arn)
	}
	out := object{"stateMachineArn": m.Arn, "creationDate": date(m.Created)}
	if v != nil {
		out["stateMachineVersionArn"] = versionArn(m.Arn, v.Number)
	}
	return out, nil
}

func checkVersionDescription(in object, name string) error {
	if in.has(name) && !in.isTrue("publish") {
		return newValidationError("Version description can only be set when publish is true")
	}
	return nil
}

// checkDefinition checks a definition as AWS does when a machine is created or updated.
func (s *Server) checkDefinition(arn, name, kind string, r *registry.Revision) error {
	parsed, err := asl.ParseValid([]byte(r.Definition), asl.Options{
		Type: asl.MachineType(kind), Resources: s.config.Resources, Models: s.config.aslModels(),
	})
	var found asl.ErrorList
	if errors.As(err, &found) {
		return newError("InvalidDefinition", "%s", found.InvalidDefinition())
	}
	_, err = machine.Compile(parsed, interpreter.Options{
		StateMachineArn: arn, StateMachineName: name, RoleArn: r.Role, Express: kind == registry.Express,
	})
	if err != nil {
		return newError("InvalidDefinition", "Invalid State Machine Definition: '%v'", err)
	}
	return nil
}

func loggingOf(in object) (registry.Logging, error) {
	l := registry.Logging{Level: in.text("level"), IncludeData: in.isTrue("includeExecutionData")}
	if l.Level == "" {
		l.Level = "OFF"
	}
	for _, d := range in.members("destinations") {
		if arn := d.member("cloudWatchLogsLogGroup").text("logGroupArn"); arn != "" {
			l.LogGroups = append(l.LogGroups, arn)
		}
	}
	if n := len(in.members("destinations")); n > 1 || l.Level != "OFF" && len(l.LogGroups) != 1 {
		return l, newError("InvalidLoggingConfiguration", "Invalid Logging Configuration: Must specify exactly one Log Destination.")
	}
	return l, nil
}

func writeLogging(l registry.Logging) object {
	out := object{"level": l.Level, "includeExecutionData": l.IncludeData}
	if len(l.LogGroups) > 0 {
		all := make([]object, len(l.LogGroups))
		for i, arn := range l.LogGroups {
			all[i] = object{"cloudWatchLogsLogGroup": object{"logGroupArn": arn}}
		}
		out["destinations"] = all
	}
	return out
}

func encryptionOf(in object) (*registry.Encryption, error) {
	if !in.has("encryptionConfiguration") {
		return nil, nil
	}
	m := in.member("encryptionConfiguration")
	e := &registry.Encryption{Type: m.text("type"), KeyID: m.text("kmsKeyId"), ReuseSecond: m.integer("kmsDataKeyReusePeriodSeconds")}
	if own := e.Type == "AWS_OWNED_KEY"; own == (e.KeyID != "") || own && e.ReuseSecond != 0 {
		return nil, newError("InvalidEncryptionConfiguration", "Invalid Encryption Configuration: kmsKeyId must be set with CUSTOMER_MANAGED_KMS_KEY only.")
	}
	return e, nil
}

func writeEncryption(e *registry.Encryption) object {
	if e == nil {
		return object{"type": "AWS_OWNED_KEY"}
	}
	out := object{"type": e.Type}
	out.setText("kmsKeyId", e.KeyID)
	if e.ReuseSecond != 0 {
		out["kmsDataKeyReusePeriodSeconds"] = e.ReuseSecond
	}
	return out
}

// target is what the ARN of a machine, a version or an alias names.
type target struct {
	machine  *registry.Machine
	revision *registry.Revision
	version  *registry.Version // nil: the machine itself
	alias    string            // empty: none
}

// findTarget finds what an ARN names. Of an alias it draws a version by weight.
func (s *Server) findTarget(text string) (target, error) {
	r, err := parseArn(text, kindMachine)
	if err != nil {
		return target{}, err
	}
	m, err := s.records.Machine(r.machineArn())
	if err != nil {
		return target{}, recordError(err, text)
	}
	t := target{machine: m, revision: s.records.Revision(m.Arn, m.Current)}
	if r.qualifier() == "" {
		return t.found(text)
	}
	n, isVersion := r.versionOf()
	if !isVersion {
		a, known := m.Alias(r.qualifier())
		if !known {
			return target{}, noMachine(text)
		}
		t.alias = a.Name
		n = s.drawVersion(a.Routes)
	}
	v, known := m.Version(n)
	if !known {
		return target{}, newError("StateMachineDoesNotExist", "State Machine Version Does Not Exist: '%s'", text)
	}
	t.version, t.revision = &v, s.records.Revision(m.Arn, v.Revision)
	return t.found(text)
}

// found returns the target, unless its machine has been removed since it was read.
func (t target) found(arn string) (target, error) {
	if t.revision == nil {
		return target{}, noMachine(arn)
	}
	return t, nil
}

// drawVersion draws a version by the weights, whose sum is 100.
func (s *Server) drawVersion(routes []registry.Route) int {
	at := s.draw(100)
	for _, r := range routes {
		if at < r.Weight {
			return r.Version
		}
		at -= r.Weight
	}
	return routes[len(routes)-1].Version
}

func noMachine(arn string) *Error {
	return newError("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
}

// recordError returns AWS's error for one of package registry.
func recordError(err error, arn string) error {
	switch {
	case errors.Is(err, registry.ErrNoMachine):
		return noMachine(arn)
	case errors.Is(err, registry.ErrMachineExists):
		return newError("StateMachineAlreadyExists", "State Machine Already Exists: '%s'", arn)
	case errors.Is(err, registry.ErrDeleting):
		return newError("StateMachineDeleting", "State Machine is being deleted: '%s'", arn)
	case errors.Is(err, registry.ErrNoActivity):
		return newError("ActivityDoesNotExist", "Activity Does Not Exist: '%s'", arn)
	case errors.Is(err, registry.ErrNoResource):
		return newError("ResourceNotFound", "Resource not found: '%s'", arn)
	case errors.Is(err, registry.ErrNoAlias), errors.Is(err, registry.ErrNoVersion):
		return newError("ResourceNotFound", "Request references a resource that does not exist.")
	case errors.Is(err, registry.ErrTooManyTags):
		return newError("TooManyTags", "Too many tags: '%s'", arn)
	}
	return err
}

func (s *Server) describeStateMachine(_ context.Context, in object) (object, error) {
	arn := in.text("stateMachineArn")
	t, err := s.findTarget(arn)
	if err != nil {
		return nil, err
	}
	m := t.machine
	out := s.describeRevision(&t, in)
	out["stateMachineArn"], out["status"], out["type"], out["creationDate"] = arn, "ACTIVE", m.Type, date(m.Created)
	if m.Deleting {
		out["status"] = "DELETING"
	}
	if t.version != nil {
		out["creationDate"] = date(t.version.Created)
		out.setText("description", t.version.Description)
	}
	return out, nil
}

// describeRevision returns what DescribeStateMachine and
// DescribeStateMachineForExecution have in common.
func (s *Server) describeRevision(t *target, in object) object {
	r := t.revision
	out := object{
		"name": t.machine.Name, "roleArn": r.Role,
		"loggingConfiguration": writeLogging(r.Logging), "tracingConfiguration": object{"enabled": r.Tracing},
		"encryptionConfiguration": writeEncryption(t.machine.Encryption),
	}
	out.setText("revisionId", r.ID)
	if in.text("includedData") != "METADATA_ONLY" {
		out["definition"] = r.Definition
		if parsed, err := asl.Parse([]byte(r.Definition)); err == nil {
			if refs := asl.VariableReferences(parsed); len(refs) > 0 {
				out["variableReferences"] = refs
			}
		}
	}
	return out
}

func (s *Server) listStateMachines(_ context.Context, in object) (object, error) {
	return listPage(s, "ListStateMachines", in, "stateMachines", s.records.Machines(),
		func(m *registry.Machine) string { return m.Name + "\x00" + m.Arn },
		func(m *registry.Machine) object {
			return object{"stateMachineArn": m.Arn, "name": m.Name, "type": m.Type, "creationDate": date(m.Created)}
		})
}

func (s *Server) deleteStateMachine(ctx context.Context, in object) (object, error) {
	arn := in.text("stateMachineArn")
	r, err := parseArn(arn, kindMachine)
	if err != nil {
		return nil, err
	}
	if r.qualifier() != "" || r.isLabeled() {
		return nil, newValidationError("Invalid State Machine Arn: '%s'", arn)
	}
	if _, err := s.records.MarkDeleting(ctx, r.machineArn()); err != nil {
		return nil, err
	}
	if err := s.starting.await(ctx, r.machineArn()); err != nil { // later ones see the mark
		return nil, err
	}
	return object{}, s.removeMachine(ctx, r.machineArn())
}

// resumeDeleting deletes the machines that an earlier process has begun to delete.
func (s *Server) resumeDeleting(ctx context.Context) {
	for _, m := range s.records.Machines() {
		if !m.Deleting {
			continue
		}
		if err := s.removeMachine(ctx, m.Arn); err != nil {
			s.log(slog.LevelWarn, "api: a state machine is still being deleted", "machine", m.Arn, "error", err)
		}
	}
}
