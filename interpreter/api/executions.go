package api

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

// Tags under which an execution is stored.
const (
	tagVersion  = "aws:states:stateMachineVersionArn"
	tagAlias    = "aws:states:stateMachineAliasArn"
	tagTrace    = "aws:states:traceHeader"
	tagRevision = "aws:states:revision" // number of the revision
)

func (s *Server) startExecution(ctx context.Context, in object) (object, error) {
	_, e, err := s.start(ctx, in, false)
	if err != nil {
		return nil, err
	}
	st, err := s.store.Load(ctx, e.ID())
	if err != nil {
		return nil, err
	}
	return object{"executionArn": e.Arn(), "startDate": date(st.Head.Started)}, nil
}

// start starts an execution for StartExecution or StartSyncExecution.
func (s *Server) start(ctx context.Context, in object, synchronous bool) (target, *interpreter.Execution, error) {
	arn, testCase, mocked := strings.Cut(in.text("stateMachineArn"), "#")
	r, err := parseArn(arn, kindMachine)
	if err != nil {
		return target{}, nil, err
	}
	if r.isLabeled() {
		return target{}, nil, &Error{Type: "ValidationException", Message: "Labeled State Machine ARNs are not supported for this API", Reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS"}
	}
	defer s.starting.begin(r.machineArn())()
	t, err := s.findTarget(arn)
	switch {
	case err != nil:
		return t, nil, err
	case t.machine.Deleting:
		return t, nil, recordError(registry.ErrDeleting, arn)
	case synchronous && t.machine.Type != registry.Express:
		return t, nil, errTypeNotSupported
	}
	name := in.text("name")
	if err := checkName(name); err != nil {
		return t, nil, err
	}
	input, err := inputOf(in)
	if err != nil {
		return t, nil, err
	}
	p, err := s.programs.get(t.machine, t.revision)
	if err != nil {
		return t, nil, err
	}
	id := s.newExecutionArn(&t, name)
	o := interpreter.StartOptions{Name: id, Synchronous: synchronous, Tags: startTags(&t, in)}
	x := &started{revision: t.revision, tags: o.Tags}
	if mocked {
		o.Tags[tagCase] = testCase
		if x.tasks, err = s.startCase(t.machine.Name, testCase); err != nil {
			return t, nil, err
		}
	}
	if err := s.follower.expect(ctx, id, x); err != nil {
		return t, nil, err
	}
	e, err := s.in.Start(ctx, p, input, o)
	if err != nil {
		s.follower.forgetUnstarted(id, x)
	}
	var exists *interpreter.ExecutionExistsError
	if errors.As(err, &exists) {
		return t, nil, newError("ExecutionAlreadyExists", "Execution Already Exists: '%s'", exists.Execution.Arn())
	}
	return t, e, err
}

// newExecutionArn makes the ARN of an execution.
func (s *Server) newExecutionArn(t *target, name string) string {
	if name == "" {
		name = registry.NewUUID()
	}
	kind, tail := kindExecution, name
	if t.machine.Type == registry.Express {
		kind, tail = kindExpress, name+":"+registry.NewUUID()
	}
	return strings.Replace(t.machine.Arn, ":"+kindMachine+":", ":"+kind+":", 1) + ":" + tail
}

var errTypeNotSupported = newError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")

func startTags(t *target, in object) map[string]string {
	tags := map[string]string{tagRevision: strconv.Itoa(t.revision.Number)}
	if t.version != nil {
		tags[tagVersion] = versionArn(t.machine.Arn, t.version.Number)
	}
	if t.alias != "" {
		tags[tagAlias] = t.machine.Arn + ":" + t.alias
	}
	if h := in.text("traceHeader"); h != "" {
		tags[tagTrace] = h
	}
	return tags
}

// inputOf returns the input of an execution, as it is written.
func inputOf(in object) ([]byte, error) {
	if !in.has("input") {
		return nil, nil
	}
	text := []byte(in.text("input"))
	if _, err := value.Parse(text); err != nil {
		return nil, newError("InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", jsonProblem(string(text)))
	}
	return text, nil
}

// jsonProblem returns what AWS's parser says of input that is not JSON.
func jsonProblem(text string) string {
	problem, _, _ := strings.Cut(intrinsics.JSONProblem(text), "\n")
	return cmp.Or(problem, "Invalid execution input.")
}

// findExecution finds a STANDARD execution by its ARN.
func (s *Server) findExecution(ctx context.Context, arn string) (store.ID, error) {
	if _, err := parseArn(arn, kindExecution); err != nil {
		return store.ID{}, err
	}
	return s.Find(ctx, arn)
}

func noExecution(arn string) *Error {
	return newError("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
}

// describe finds and describes an execution.
func (s *Server) describe(ctx context.Context, arn string) (*interpreter.Description, error) {
	id, err := s.findExecution(ctx, arn)
	if err != nil {
		return nil, err
	}
	d, err := s.in.Describe(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noExecution(arn)
	}
	return d, err
}

func (s *Server) describeExecution(ctx context.Context, in object) (object, error) {
	d, err := s.describe(ctx, in.text("executionArn"))
	if err != nil {
		return nil, err
	}
	out := object{
		"executionArn": d.Arn, "stateMachineArn": d.Machine, "name": d.Name, "status": d.Status.String(),
		"startDate": date(d.Started), "redriveCount": d.RedriveCount, "redriveStatus": string(d.RedriveStatus),
	}
	out.setDate("stopDate", d.Ended)
	out.setDate("redriveDate", d.RedriveTime)
	out.setText("redriveStatusReason", d.RedriveStatusReason)
	out.setText("stateMachineVersionArn", d.Tags[tagVersion])
	out.setText("stateMachineAliasArn", d.Tags[tagAlias])
	out.setText("traceHeader", d.Tags[tagTrace])
	out.setText("mapRunArn", d.MapRunArn)
	included := in.text("includedData") != "METADATA_ONLY"
	setData(out, included, d.Input, d.Output, d.Status == interpreter.Succeeded)
	if f := d.Failure; f != nil {
		out.setText("error", f.Name)
		out.setText("cause", f.Cause)
	}
	return out, nil
}

// setData sets input and output, or says that they are left out.
func setData(out object, included bool, input, output any, succeeded bool) {
	out["inputDetails"] = object{"included": included}
	if included {
		out["input"] = string(value.Append(nil, input))
	}
	if succeeded {
		out["outputDetails"] = object{"included": included}
		if included {
			out["output"] = string(value.Append(nil, output))
		}
	}
}

func (s *Server) describeStateMachineForExecution(ctx context.Context, in object) (object, error) {
	d, err := s.describe(ctx, in.text("executionArn"))
	if err != nil {
		return nil, err
	}
	arn, label, labeled := strings.Cut(d.Machine, "/")
	m, err := s.records.Machine(arn)
	if err != nil {
		return nil, recordError(err, arn)
	}
	r, err := s.revisionOf(ctx, m, d)
	if err != nil {
		return nil, err
	}
	out := s.describeRevision(&target{machine: m, revision: r}, in)
	out["stateMachineArn"], out["updateDate"] = d.Machine, date(r.Created)
	if labeled {
		out["label"] = label
	}
	return out, nil
}

// revisionOf returns the revision that an execution runs. A child of a Map Run runs that
// of its parent, and an execution that a task has started the latest one with its digest.
func (s *Server) revisionOf(ctx context.Context, m *registry.Machine, d *interpreter.Description) (*registry.Revision, error) {
	head := d.Head
	for strings.Contains(head.Machine, "/") {
		st, err := s.store.Load(ctx, head.Parent)
		if errors.Is(err, store.ErrNotFound) {
			break
		} else if err != nil {
			return nil, err
		}
		head = st.Head
	}
	if n, err := strconv.Atoi(head.Tags[tagRevision]); err == nil {
		if r := s.records.Revision(m.Arn, n); r != nil {
			return r, nil
		}
	}
	for n := m.Current; n > 0; n-- {
		r := s.records.Revision(m.Arn, n)
		if r == nil {
			break
		}
		if p, err := s.programs.get(m, r); err == nil && p.Digest() == head.Digest {
			return r, nil
		}
	}
	t, err := target{machine: m, revision: s.records.Revision(m.Arn, m.Current)}.found(m.Arn)
	return t.revision, err
}
