package conversation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/mock"
)

// player plays a conversation against a server.
type player struct {
	c       *conversation
	srv     *api.Server
	restart func() // between two calls; nil: the server stays
	answers map[int]any
	bound   map[string]string
	logs    Kept[any]
	events  Kept[any] // of statuses
	// busEvents are those that machines have put.
	busEvents Kept[any]
	errs      []string
}

// Kept is a list that several goroutines append to.
type Kept[T any] struct {
	mu   sync.Mutex
	list []T
}

// Add appends to the list.
func (k *Kept[T]) Add(x T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(k.list, x)
}

// All returns a copy of the list.
func (k *Kept[T]) All() []T {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.list)
}

// Call makes one call and returns its status and body.
func Call(srv http.Handler, op string, request any) (status int, body any, text string) {
	if o, ok := request.(map[string]any); ok && o == nil {
		request = struct{}{}
	}
	in, err := json.Marshal(request)
	if err != nil {
		return 0, nil, err.Error()
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost:8083/", bytes.NewReader(in))
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+op)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	_ = decode(w.Body.Bytes(), &body)
	return w.Code, body, w.Body.String()
}

func parse(text []byte) (v any) {
	_ = decode(text, &v)
	return v
}

func (p *player) play() {
	for _, s := range p.c.Steps {
		if len(p.errs) > 0 {
			return
		}
		p.playStep(&s)
		time.Sleep(time.Millisecond) // two calls are not made at the same time
		if p.restart != nil && len(p.errs) == 0 {
			p.restart()
		}
	}
}

func (p *player) failStep(s *step, format string, args ...any) {
	p.errs = append(p.errs, fmt.Sprintf("step %d, %s: ", s.N, s.Op)+fmt.Sprintf(format, args...))
}

func (p *player) playStep(s *step) {
	switch {
	case s.Wait != nil:
		time.Sleep(time.Duration(s.Wait.Seconds * float64(time.Second)))
		return
	case s.Op == "#Logs":
		synctest.Wait()
		p.checkList(s, p.logs.All())
		return
	case s.Op == "#Events":
		synctest.Wait()
		if put := p.busEvents.All(); len(put) > 0 {
			p.checkList(s, put)
		} else {
			p.checkList(s, p.events.All())
		}
		return
	case strings.HasPrefix(s.Op, "#"):
		p.failStep(s, "unknown step")
		return
	}
	request, err := p.resolve(s.Request)
	if err != nil {
		p.failStep(s, "%v", err)
		return
	}
	if request == nil {
		request = map[string]any{}
	}
	if s.Until != nil {
		p.callUntil(s, request)
		return
	}
	status, body, text := Call(p.srv, s.Op, request)
	p.answers[s.N] = body
	if s.Expect == nil {
		return
	}
	if status != s.Expect.Status {
		p.failStep(s, "status %d: %s", status, text)
		return
	}
	if err := p.check(s.Expect, body); err != nil {
		p.failStep(s, "%v in %s", err, text)
	}
}

// callUntil repeats a call, as clients poll. Time passes meanwhile.
func (p *player) callUntil(s *step, request any) {
	const most = 5000
	var text string
	for range most {
		var body any
		var status int
		status, body, text = Call(p.srv, s.Op, request)
		if status != http.StatusOK {
			p.failStep(s, "status %d: %s", status, text)
			return
		}
		ok, err := p.holds(s.Until, body)
		if err != nil {
			p.failStep(s, "%v", err)
			return
		}
		if ok {
			p.answers[s.N] = body
			return
		}
		time.Sleep(time.Second)
	}
	p.failStep(s, "it never comes: %v is %s", s.Until, text)
}

func (p *player) holds(c *condition, body any) (bool, error) {
	path, err := p.resolve(c.Path)
	if err != nil {
		return false, err
	}
	found := lookup(body, path.(string))
	has := func(want any) (bool, error) {
		want, err := p.resolve(want)
		if err != nil {
			return false, err
		}
		return slices.ContainsFunc(found, func(v any) bool { return p.match(want, v, "") == nil }), nil
	}
	switch {
	case c.In != nil:
		return len(found) > 0 && slices.Contains(c.In, found[0]), nil
	case c.Contains != nil:
		return has(c.Contains)
	case c.Excludes != nil:
		ok, err := has(c.Excludes)
		return !ok, err
	case c.Empty != nil:
		return *c.Empty == (len(found) == 0), nil
	}
	return false, fmt.Errorf("unknown condition %v", c)
}

func (p *player) checkList(s *step, got []any) {
	want, err := p.resolve(s.Expect.Events)
	if err == nil && s.Expect.Last != nil {
		var last any
		if last, err = p.resolve(s.Expect.Last); err == nil && len(got) > 0 {
			want, got = []any{last}, got[len(got)-1:]
		}
	}
	if err == nil {
		list, _ := want.([]any)
		if len(p.busEvents.All()) > 0 { // they came by a queue, which may deliver one twice
			list = slices.CompactFunc(list, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
		}
		want = slices.Concat([]any{}, list)
		if got == nil {
			got = []any{}
		}
		err = p.match(want, any(got), "")
	}
	if err != nil {
		text, _ := json.Marshal(got)
		p.failStep(s, "%v in %s", err, text)
	}
}

func (p *player) check(e *expectation, body any) error {
	o, _ := body.(map[string]any)
	if e.Error != nil {
		kind, _ := o["__type"].(string)
		if i := strings.LastIndexByte(kind, '#'); i >= 0 {
			kind = kind[i+1:]
		}
		if kind != *e.Error.Type {
			return fmt.Errorf("the type is not %s", *e.Error.Type)
		}
		if e.Error.Message != nil {
			want, err := p.resolve(*e.Error.Message)
			if err != nil {
				return err
			}
			return p.match(want, o["message"], "message")
		}
		return nil
	}
	if e.Body != nil {
		want, err := p.resolve(e.Body)
		if err != nil {
			return err
		}
		if err := p.match(want, body, ""); err != nil {
			return err
		}
	}
	for name, v := range e.Contains {
		want, err := p.resolve(v)
		if err != nil {
			return err
		}
		if err := p.match(want, o[name], name); err != nil {
			return err
		}
	}
	for path, n := range e.Count {
		list, _ := first(lookup(body, path)).([]any)
		if len(list) != n {
			return fmt.Errorf("%s has %d elements and not %d", path, len(list), n)
		}
	}
	for _, path := range e.Absent {
		if len(lookup(body, path)) > 0 {
			return fmt.Errorf("%s is there", path)
		}
	}
	return nil
}

// playWith plays the conversation and returns what went wrong.
func (c *conversation) playWith(ctx context.Context, open func() (Stores, error), restarts bool) []string {
	p := &player{c: c, answers: map[int]any{}, bound: map[string]string{}}
	config := api.Config{
		Account: c.Account, Region: c.Region,
		Interpreter: interpreter.Config{Resolver: p.services(), Objects: bucket()},
		Logs:        func(_ string, message []byte) { p.logs.Add(parse(message)) },
		Events:      func(event json.RawMessage) { p.events.Add(parse(event)) },
	}
	if c.MockConfig != nil {
		file, err := mock.ParseFile(c.MockConfig)
		if err != nil {
			return []string{err.Error()}
		}
		config.Mocks = file
	}
	var stores Stores
	begin := func() (err error) {
		if stores, err = open(); err != nil {
			return err
		}
		config.Interpreter.Store, config.Records = stores.Executions, stores.Records
		p.srv, err = api.New(config)
		return err
	}
	end := func() (err error) {
		if p.srv != nil {
			err = p.srv.Shutdown(ctx)
		}
		if stores.Close != nil {
			err = errors.Join(err, stores.Close())
		}
		p.srv, stores = nil, Stores{}
		return err
	}
	if err := begin(); err != nil {
		p.errs = append(p.errs, err.Error())
	}
	if restarts {
		p.restart = func() {
			err := end()
			if err == nil {
				err = begin()
			}
			if err != nil {
				p.errs = append(p.errs, "restart: "+err.Error())
			}
		}
	}
	p.play()
	if p.srv != nil {
		_ = p.srv.Close() // executions may go on for ever
	}
	if err := end(); err != nil {
		p.errs = append(p.errs, err.Error())
	}
	return p.errs
}
