package api

import (
	"context"
	"errors"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/registry"
)

// activityPattern matches the activities whose tasks clients poll: all.
const activityPattern = "arn:*:states:*:*:activity:*"

func (s *Server) createActivity(ctx context.Context, in object) (object, error) {
	name := in.text("name")
	if err := checkName(name); err != nil {
		return nil, err
	}
	tags := tagsOf(in)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	e, err := encryptionOf(in)
	if err != nil {
		return nil, err
	}
	arn := s.newArn(kindActivity, name)
	a, err := s.records.CreateActivity(ctx, arn, name, tags, e, s.now())
	if err != nil {
		return nil, recordError(err, arn)
	}
	if in.has("encryptionConfiguration") && (a.Encryption == nil || *a.Encryption != *e) {
		return nil, newError("ActivityAlreadyExists", "Activity Already Exists: '%s'", arn)
	}
	return object{"activityArn": a.Arn, "creationDate": date(a.Created)}, nil
}

// findActivity finds the activity that a request names.
func (s *Server) findActivity(in object) (*registry.Activity, error) {
	arn := in.text("activityArn")
	if _, err := parseArn(arn, kindActivity); err != nil {
		return nil, err
	}
	a, err := s.records.Activity(arn)
	if err != nil {
		return nil, recordError(err, arn)
	}
	return a, nil
}

func (s *Server) describeActivity(_ context.Context, in object) (object, error) {
	a, err := s.findActivity(in)
	if err != nil {
		return nil, err
	}
	return object{
		"activityArn": a.Arn, "name": a.Name, "creationDate": date(a.Created),
		"encryptionConfiguration": writeEncryption(a.Encryption),
	}, nil
}

func (s *Server) deleteActivity(ctx context.Context, in object) (object, error) {
	arn := in.text("activityArn")
	if _, err := parseArn(arn, kindActivity); err != nil {
		return nil, err
	}
	return object{}, s.records.DeleteActivity(ctx, arn)
}

func (s *Server) listActivities(_ context.Context, in object) (object, error) {
	return listPage(s, "ListActivities", in, "activities", s.records.Activities(),
		func(a *registry.Activity) string { return a.Name + "\x00" + a.Arn },
		func(a *registry.Activity) object {
			return object{"activityArn": a.Arn, "name": a.Name, "creationDate": date(a.Created)}
		})
}

// activityExists returns Config.ActivityExists of the interpreter: other says whether
// activities exist that are not the server's, and may be nil.
func (s *Server) activityExists(other func(string) bool) func(string) bool {
	return func(activity string) bool {
		if _, err := parseArn(activity, kindActivity); err != nil {
			return other == nil || other(activity)
		}
		_, err := s.records.Activity(activity)
		return err == nil || other != nil && other(activity)
	}
}

// getActivityTask waits for a task. If none comes, the answer is empty. A task whose
// answer cannot be written goes to the next worker.
func (s *Server) getActivityTask(ctx context.Context, in object) (object, error) {
	a, err := s.findActivity(in)
	if err != nil {
		return nil, err
	}
	out := ctx.Value(responderKey{}).(*responder)
	waiting, cancel := context.WithTimeout(ctx, s.config.Poll)
	defer cancel()
	err = s.in.GetActivityTaskFunc(waiting, a.Arn, in.text("workerName"), func(t *interpreter.ActivityTask) error {
		return out.send(object{"taskToken": t.Token, "input": string(t.InputJSON())})
	})
	switch {
	case out.sent:
		return nil, nil
	case err != nil && waiting.Err() != nil:
		return object{}, nil
	case errors.Is(err, interpreter.ErrActivityDoesNotExist):
		return nil, recordError(registry.ErrNoActivity, a.Arn)
	case errors.Is(err, interpreter.ErrActivityWorkerLimitExceeded):
		return nil, newError("ActivityWorkerLimitExceeded", "Activity Worker Limit Exceeded: '%s'", a.Arn)
	}
	return object{}, err
}
