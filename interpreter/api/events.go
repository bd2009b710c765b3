package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// statusEvent is an event of Amazon EventBridge.
type statusEvent struct {
	Version    string       `json:"version"`
	ID         string       `json:"id"`
	DetailType string       `json:"detail-type"`
	Source     string       `json:"source"`
	Account    string       `json:"account"`
	Time       string       `json:"time"`
	Region     string       `json:"region"`
	Resources  []string     `json:"resources"`
	Detail     statusDetail `json:"detail"`
}

type statusDetail struct {
	ExecutionArn           string   `json:"executionArn"`
	StateMachineArn        string   `json:"stateMachineArn"`
	Name                   string   `json:"name"`
	Status                 string   `json:"status"`
	StartDate              *int64   `json:"startDate"`
	StopDate               *int64   `json:"stopDate"`
	Input                  *string  `json:"input"`
	Output                 *string  `json:"output"`
	StateMachineVersionArn *string  `json:"stateMachineVersionArn"`
	StateMachineAliasArn   *string  `json:"stateMachineAliasArn"`
	RedriveCount           int      `json:"redriveCount"`
	RedriveDate            *int64   `json:"redriveDate"`
	RedriveStatus          *string  `json:"redriveStatus"`
	RedriveStatusReason    *string  `json:"redriveStatusReason"`
	InputDetails           included `json:"inputDetails"`
	OutputDetails          any      `json:"outputDetails"`
	Error                  *string  `json:"error"`
	Cause                  *string  `json:"cause"`
}

type included struct {
	Included bool `json:"included"`
}

// pointer returns nil for an empty text, which is null in an event.
func pointer(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.UnixMilli()
	return &n
}

// announcesStatus reports whether AWS sends events of an execution: it does of STANDARD
// ones.
func announcesStatus(arn string) bool {
	r, err := parseArn(arn, kindExecution)
	return err == nil && !r.isLabeled()
}

// announceRunning sends the event of an execution that starts, or runs again.
func (s *Server) announceRunning(arn string, x *started, e *history.Event) {
	if s.config.Events == nil || !announcesStatus(arn) {
		return
	}
	r, _ := parseArn(arn, kindExecution)
	reason := "Execution is RUNNING and cannot be redriven"
	status := string(interpreter.NotRedrivable)
	d := statusDetail{
		ExecutionArn: arn, StateMachineArn: r.machineArn(), Name: r.parts[1], Status: interpreter.Running.String(),
		StartDate: millis(e.Time()), InputDetails: included{true}, RedriveCount: x.redrives,
		RedriveStatus: &status, RedriveStatusReason: &reason,
		StateMachineVersionArn: pointer(x.tags[tagVersion]), StateMachineAliasArn: pointer(x.tags[tagAlias]),
	}
	if e.Type == history.ExecutionRedriven {
		d.RedriveDate = millis(e.Time())
		s.addStored(arn, &d)
	} else {
		d.Input = pointer(string(value.Append(nil, e.Value)))
	}
	s.announce(e.Time(), d)
}

// addStored adds what is stored of an execution that runs again.
func (s *Server) addStored(arn string, d *statusDetail) {
	ctx := context.Background()
	id, err := s.findExecution(ctx, arn)
	if err != nil {
		return
	}
	if st, err := s.store.Load(ctx, id); err == nil {
		d.StartDate = millis(st.Head.Started)
		d.StateMachineVersionArn, d.StateMachineAliasArn = pointer(st.Head.Tags[tagVersion]), pointer(st.Head.Tags[tagAlias])
	}
}

// announceEnd is Config.Interpreter.OnEnd: it sends the event of an execution that has
// ended.
func (s *Server) announceEnd(ctx context.Context, e *interpreter.Execution) {
	<-s.open
	if s.config.Events != nil && announcesStatus(e.Arn()) {
		d, err := s.in.Describe(ctx, e.ID())
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			s.log(slog.LevelWarn, "api: no event of the end of an execution", slog.String("execution", e.Arn()), slog.Any("error", err))
		default:
			s.announceDescription(d)
		}
	}
	if f := s.config.Interpreter.OnEnd; f != nil {
		f(ctx, e)
	}
}

func (s *Server) announceDescription(d *interpreter.Description) {
	detail := statusDetail{
		ExecutionArn: d.Arn, StateMachineArn: d.Machine, Name: d.Name, Status: d.Status.String(),
		StartDate: millis(d.Started), StopDate: millis(d.Ended), Input: pointer(string(value.Append(nil, d.Input))),
		InputDetails: included{true}, RedriveCount: d.RedriveCount, RedriveDate: millis(d.RedriveTime),
		RedriveStatus: pointer(string(d.RedriveStatus)), RedriveStatusReason: pointer(d.RedriveStatusReason),
		StateMachineVersionArn: pointer(d.Tags[tagVersion]), StateMachineAliasArn: pointer(d.Tags[tagAlias]),
	}
	if d.Status == interpreter.Succeeded {
		detail.Output, detail.OutputDetails = pointer(string(value.Append(nil, d.Output))), included{true}
	}
	if f := d.Failure; f != nil && d.Status != interpreter.TimedOut {
		detail.Error, detail.Cause = pointer(f.Name), pointer(f.Cause)
	}
	at := d.Ended
	if at.IsZero() {
		at = d.Started
	}
	s.announce(at, detail)
}

func (s *Server) announce(at time.Time, d statusDetail) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(statusEvent{
		Version: "0", ID: registry.NewUUID(), DetailType: "Step Functions Execution Status Change", Source: "aws.states",
		Account: s.config.Account, Time: at.UTC().Format(time.RFC3339), Region: s.config.Region,
		Resources: []string{d.ExecutionArn}, Detail: d,
	})
	if err != nil {
		return
	}
	event := json.RawMessage(strings.TrimSuffix(text.String(), "\n"))
	s.guard("Config.Events", func() { s.config.Events(event) })
}
