package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// badRequest says that a form asks for something that cannot be done.
func badRequest(err error) error { return &failure{http.StatusBadRequest, err.Error()} }

// readForm reads the fields of a form.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		err = badRequest(err)
	}
	return err
}

func (p *page) start(r *http.Request) (*answer, error) {
	if err := readForm(r); err != nil {
		return nil, err
	}
	arn := r.PathValue("arn")
	if q := r.PostForm.Get("qualifier"); q != "" {
		arn += ":" + q
	}
	if c := strings.TrimSpace(r.PostForm.Get("case")); c != "" {
		arn += "#" + c
	}
	e, err := p.server.Start(r.Context(), arn, strings.TrimSpace(r.PostForm.Get("name")), []byte(strings.TrimSpace(r.PostForm.Get("input"))))
	if err != nil {
		return nil, err
	}
	return &answer{location: executionPath(e.ID())}, nil
}

func (p *page) stop(r *http.Request) (*answer, error) {
	if err := readForm(r); err != nil {
		return nil, err
	}
	e, err := p.open(r.Context(), r)
	if err != nil {
		return nil, err
	}
	err = e.Stop(r.Context(), r.PostForm.Get("error"), r.PostForm.Get("cause"))
	if err != nil && !errors.Is(err, interpreter.ErrEnded) {
		return nil, err
	}
	return &answer{location: executionPath(e.ID())}, nil
}

func (p *page) redrive(r *http.Request) (*answer, error) {
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	_, err = p.server.Redrive(r.Context(), id, interpreter.RedriveOptions{})
	var refused *machine.NotRedrivableError
	if errors.As(err, &refused) {
		return nil, badRequest(err)
	} else if err != nil {
		return nil, err
	}
	return &answer{location: executionPath(id)}, nil
}

// answerToken ends the task that waits under a token.
func (p *page) answerToken(r *http.Request) (*answer, error) {
	if err := readForm(r); err != nil {
		return nil, err
	}
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	f := r.PostForm
	token := strings.TrimSpace(f.Get("token"))
	if f.Get("result") == "failure" {
		err = p.in.SendTaskFailure(r.Context(), token, f.Get("error"), f.Get("cause"))
	} else {
		err = p.in.SendTaskSuccess(r.Context(), token, json.RawMessage(f.Get("output")))
	}
	switch {
	case errors.Is(err, interpreter.ErrInvalidToken), errors.Is(err, interpreter.ErrInvalidOutput), errors.Is(err, interpreter.ErrTaskTimedOut):
		return nil, badRequest(err)
	case err != nil:
		return nil, err
	}
	return &answer{location: executionPath(id)}, nil
}
