// Package conversation plays conversations with the Step Functions API: lists of calls
// with the answers that they must have. Those of testdata are the project's own; others
// were recorded from AWS.
package conversation

import (
	"bytes"
	"encoding/json"
	"os"
)

// conversation is a list of calls with the answers that they must have.
type conversation struct {
	Account, Region  string
	Level            string
	Needs            []string
	Problems         []string
	AcceptExtra      []string
	MockConfig       json.RawMessage
	EventsNormalised bool
	LocalstackSkips  []string
	Steps            []step
}

type step struct {
	N       int
	Op      string
	Request any
	Expect  *expectation
	Until   *condition
	Wait    *struct{ Seconds float64 }
}

type expectation struct {
	Status     int
	Body       any
	Contains   map[string]any
	Count      map[string]int
	Absent     []string
	Error      *struct{ Type, Message *string }
	ClientSide string
	Events     []any
	Last       any
}

type condition struct {
	Path               string
	In                 []any
	Contains, Excludes any
	Empty              *bool
}

// UnmarshalJSON reads the error's __type.
func (e *expectation) UnmarshalJSON(text []byte) error {
	var raw struct {
		Status     int
		Body       any
		Contains   map[string]any
		Count      map[string]int
		Absent     []string
		ClientSide string
		Events     []any
		Last       any
		Error      *struct {
			Type    *string `json:"__type"`
			Message *string
		}
	}
	if err := decode(text, &raw); err != nil {
		return err
	}
	*e = expectation{raw.Status, raw.Body, raw.Contains, raw.Count, raw.Absent, nil, raw.ClientSide, raw.Events, raw.Last}
	if raw.Error != nil {
		e.Error = &struct{ Type, Message *string }{raw.Error.Type, raw.Error.Message}
	}
	return nil
}

func decode(text []byte, dst any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(dst)
}

func read(file string) (*conversation, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c := new(conversation)
	return c, decode(text, c)
}

// skipped are recorded conversations that no server can have.
var skipped = map[string]string{

	"sfn_api_logs__TestSnfApiLogs__test_update_logging_configuration": "the requests were recorded after the test had changed them",
	"logs_test_logs__TestLogs__test_log_group_with_multiple_runs":     "the log has another role than the machine",
}

func (c *conversation) skip() string {
	if c.Level == "partial" {
		return "it needs what only AWS has"
	}
	return ""
}
