package api

import (
	"context"
	"strings"

	"github.com/gostates/gostates/interpreter/registry"
)

func tagsOf(in object) []registry.Tag {
	var all []registry.Tag
	for _, t := range in.members("tags") {
		all = append(all, registry.Tag{Key: t.text("key"), Value: t.text("value")})
	}
	return all
}

// checkTags refuses tags that only AWS itself may set.
func checkTags(tags []registry.Tag) error {
	for _, t := range tags {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return newError("AccessDeniedException", "Caller is an end user and not allowed to mutate system tags")
		}
	}
	return nil
}

// taggedArn parses the ARN of a resource that may have tags. A version has none.
func taggedArn(in object) (string, error) {
	arn := in.text("resourceArn")
	_, err := parseArn(arn, kindMachine, kindActivity)
	return arn, err
}

func (s *Server) tagResource(ctx context.Context, in object) (object, error) {
	arn, err := taggedArn(in)
	if err != nil {
		return nil, err
	}
	tags := tagsOf(in)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	if err := s.records.Tag(ctx, arn, tags); err != nil {
		return nil, recordError(err, arn)
	}
	return object{}, nil
}

func (s *Server) untagResource(ctx context.Context, in object) (object, error) {
	arn, err := taggedArn(in)
	if err != nil {
		return nil, err
	}
	if err := s.records.Untag(ctx, arn, in.texts("tagKeys")); err != nil {
		return nil, recordError(err, arn)
	}
	return object{}, nil
}

func (s *Server) listTagsForResource(_ context.Context, in object) (object, error) {
	arn, err := taggedArn(in)
	if err != nil {
		return nil, err
	}
	tags, err := s.records.Tags(arn)
	if err != nil {
		return nil, recordError(err, arn)
	}
	all := make([]object, len(tags))
	for i, t := range tags {
		all[i] = object{"key": t.Key, "value": t.Value}
	}
	return object{"tags": all}, nil
}
