package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/teststate"
	"github.com/gostates/gostates/intrinsics"
)

func (s *Server) validateStateMachineDefinition(_ context.Context, in object) (object, error) {
	o := asl.Options{
		Type: asl.MachineType(in.text("type")), Severity: asl.SeverityError, Resources: s.config.Resources, Models: s.config.aslModels(),
	}
	if in.text("severity") == string(asl.SeverityWarning) {
		o.Severity = asl.SeverityWarning
	}
	found := asl.Validate([]byte(in.text("definition")), o)
	result := "OK"
	if errors, _ := found.Count(); errors > 0 {
		result = "FAIL"
	}
	truncated := found.Truncated()
	if truncated {
		found = found[:len(found)-1] // it is not a finding
	}
	if n := pageSize(in); len(found) > n {
		found, truncated = found[:n], true
	}
	all := make([]object, len(found))
	for i, d := range found {
		all[i] = object{"severity": string(d.Severity), "code": d.Code, "message": d.Message}
		all[i].setText("location", d.Location)
		if d.Code != asl.CodeInvalidJSON {
			continue
		}
		if problem := intrinsics.JSONProblem(in.text("definition")); problem != "" {
			problem = strings.ReplaceAll(problem, redacted, writeSource(in.text("definition")))
			_, location, _ := strings.Cut(problem, "\n at ")
			all[i]["message"], all[i]["location"] = problem, location
		}
	}
	return object{"result": result, "diagnostics": all, "truncated": truncated}, nil
}

// redacted is what package intrinsics shows instead of input that is not JSON.
const redacted = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"

// writeSource writes a string as Jackson shows it in a location, which is at most 500
// characters.
func writeSource(text string) string {
	const most = 500
	letters := utf16.Encode([]rune(text))
	if len(letters) <= most {
		return `(String)"` + text + `"`
	}
	return fmt.Sprintf(`(String)"%s"[truncated %d chars]`, string(utf16.Decode(letters[:most])), len(letters)-most)
}

func (s *Server) testState(ctx context.Context, in object) (object, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := teststate.ParseRequest(text)
	var answer *teststate.Response
	if err == nil {
		answer, err = teststate.Run(ctx, r, teststate.Options{
			Resolver: s.config.Interpreter.Resolver, Models: s.config.Models, Now: s.now(), Region: s.config.Region, Account: s.config.Account,
		})
	}
	var refused *teststate.Error
	switch {
	case errors.As(err, &refused):
		return nil, newError(refused.Code, "%s", refused.Message)
	case err != nil:
		return nil, newValidationError("%v", err)
	}
	if text, err = answer.MarshalJSON(); err != nil {
		return nil, err
	}
	var out object
	return out, json.Unmarshal(text, &out)
}
