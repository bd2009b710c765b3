// Package conversation plays conversations with the Step Functions API: lists of calls
// with the answers that they must have. Those of testdata are the project's own; others
// were recorded from AWS.
package conversation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
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

func first(all []any) any {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

var (
	reference = regexp.MustCompile(`\$\{(\d+)\.([^}:]*)(?::(-?\d+))?\}`)
	pathPart  = regexp.MustCompile(`[^.\[\]]+(?:\[[^\]]*\])?`)
	index     = regexp.MustCompile(`^([^\[]*)\[([^\]]*)\]$`)
	hole      = regexp.MustCompile(`<[^<>\s]*(?: [^<>]*)?>`)
)

// lookup returns the values at a path.
func lookup(v any, path string) []any {
	found := []any{v}
	for _, part := range pathPart.FindAllString(path, -1) {
		name, selector := part, ""
		if m := index.FindStringSubmatch(part); m != nil {
			name, selector = m[1], m[2]
		}
		var next []any
		for _, v := range found {
			o, _ := v.(map[string]any)
			member, ok := o[name]
			if !ok {
				continue
			}
			if selector == "" {
				next = append(next, member)
				continue
			}
			list, _ := member.([]any)
			next = append(next, pick(list, selector)...)
		}
		found = next
	}
	return found
}

func pick(list []any, selector string) []any {
	if selector == "*" {
		return list
	}
	if key, want, ok := strings.Cut(strings.TrimPrefix(selector, "?"), "="); ok {
		return slices.DeleteFunc(slices.Clone(list), func(v any) bool {
			o, _ := v.(map[string]any)
			return fmt.Sprint(o[key]) != want
		})
	}
	i, err := strconv.Atoi(selector)
	if i < 0 {
		i += len(list)
	}
	if err != nil || i < 0 || i >= len(list) {
		return nil
	}
	return list[i : i+1]
}

// resolve replaces references to earlier answers.
func (p *player) resolve(v any) (any, error) {
	switch v := v.(type) {
	case string:
		var failed error
		text := reference.ReplaceAllStringFunc(v, func(ref string) string {
			m := reference.FindStringSubmatch(ref)
			n, _ := strconv.Atoi(m[1])
			found, ok := first(lookup(p.answers[n], m[2])).(string)
			if !ok {
				failed = fmt.Errorf("%s finds nothing", ref)
				return ""
			}
			if m[3] != "" {
				parts := strings.Split(found, ":")
				at, _ := strconv.Atoi(m[3])
				found = parts[len(parts)+at]
			}
			return found
		})
		return text, failed
	case []any:
		all := make([]any, len(v))
		for i := range v {
			var err error
			if all[i], err = p.resolve(v[i]); err != nil {
				return nil, err
			}
		}
		return all, nil
	case map[string]any:
		all := make(map[string]any, len(v))
		for k := range v {
			var err error
			if all[k], err = p.resolve(v[k]); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return v, nil
}

// match compares an answer with the expected one. Holes are bound.
func (p *player) match(want, got any, at string) error {
	differs := fmt.Errorf("at %s: want %v, got %v", at, want, got)
	switch want := want.(type) {
	case map[string]any:
		if inner, ok := want["$json"]; ok && len(want) == 1 {
			text, isText := got.(string)
			var parsed any
			if isText && decode([]byte(text), &parsed) == nil {
				return p.match(inner, parsed, at+"$")
			}
			if isText {
				return differs
			}
			return p.match(inner, got, at)
		}
		o, ok := got.(map[string]any)
		if !ok {
			if text, isText := got.(string); isText && decode([]byte(text), &o) == nil {
				return p.match(want, any(o), at+"$")
			}
			return differs
		}
		if at == ".variableReferences" { // the recorder has sorted them
			o = sortTexts(o)
		}
		for _, k := range slices.Sorted(maps.Keys(want)) {
			if p.isOmitted(at, k) {
				continue
			}
			v, there := o[k]
			if !there {
				return fmt.Errorf("at %s: %s is missing", at, k)
			}
			if err := p.match(want[k], v, at+"."+k); err != nil {
				return err
			}
		}
		for k := range o {
			if _, known := want[k]; !known && !slices.Contains(p.c.AcceptExtra, k) && !p.isOmitted(at, k) {
				return fmt.Errorf("at %s: %s is too much", at, k)
			}
		}
		return nil
	case []any:
		if at == ".events" && p.c.EventsNormalised {
			return p.matchNormalised(want, got)
		}
		list, ok := got.([]any)
		if text, isText := got.(string); isText {
			ok = decode([]byte(text), &list) == nil
		}
		if !ok || len(list) != len(want) {
			return differs
		}
		for i := range want {
			if err := p.match(want[i], list[i], at+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		return nil
	case string:
		if p.matchText(want, got) {
			return nil
		}
		return differs
	case json.Number:
		n, ok := got.(json.Number)
		if !ok {
			if text, isText := got.(string); isText {
				n, ok = json.Number(text), true
			}
		}
		a, _ := want.Float64()
		b, err := n.Float64()
		if !ok || err != nil || a != b {
			return differs
		}
		return nil
	}
	if want != got {
		return differs
	}
	return nil
}

// isOmitted reports whether a mock does not return a member that AWS did.
func (p *player) isOmitted(at, name string) bool {
	if p.c.MockConfig == nil {
		return false
	}
	inside := strings.TrimRight(at[strings.LastIndexByte(at, '.')+1:], "$")
	return slices.ContainsFunc(p.c.LocalstackSkips, func(path string) bool {
		member := path[strings.LastIndex(path, "..")+len(".."):]
		return member != "events" && (member == name || member == inside+"."+name)
	})
}

// matchNormalised compares events of which the recorder has sorted those of a Parallel.
func (p *player) matchNormalised(want []any, got any) error {
	list, _ := got.([]any)
	kind := func(v any) any { return v.(map[string]any)["type"] }
	begin := slices.IndexFunc(list, func(v any) bool { return kind(v) == "ParallelStateStarted" }) + 1
	end := len(list) - 1
	for end > begin && kind(list[end]) != "ParallelStateExited" {
		end--
	}
	inner := slices.DeleteFunc(slices.Clone(list[begin:end]), func(v any) bool { return kind(v) == "ParallelStateSucceeded" })
	tail := len(want) - (len(list) - end)
	if begin > len(want) || tail-begin != len(inner) {
		return fmt.Errorf("at .events: %d events and not %d", len(list), len(want))
	}
	for i := range begin {
		if err := p.match(want[i], list[i], ".events[]"); err != nil {
			return err
		}
	}
	for _, w := range want[begin:tail] {
		i := slices.IndexFunc(inner, func(v any) bool {
			e := maps.Clone(v.(map[string]any))
			e["id"], e["previousEventId"] = []any{json.Number("0")}, json.Number("0")
			bound := maps.Clone(p.bound)
			err := p.match(w, e, ".events[]")
			if err != nil {
				p.bound = bound
			}
			return err == nil
		})
		if i < 0 {
			return fmt.Errorf("at .events: no event is %v", w)
		}
		inner = slices.Delete(inner, i, i+1)
	}
	for i, w := range want[tail:] {
		if err := p.match(w, list[end+i], ".events[]"); err != nil {
			return err
		}
	}
	return nil
}

func sortTexts(lists map[string]any) map[string]any {
	sorted := map[string]any{}
	for k, v := range lists {
		list, _ := v.([]any)
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		sorted[k] = list
	}
	return sorted
}

// matchText matches a string with holes.
func (p *player) matchText(want string, got any) bool {
	switch want {
	case "<*any>", "<*token>", "map_run_arn": // the last is a placeholder of the recorder
		return got != nil
	case "<*date>":
		switch v := got.(type) {
		case json.Number:
			return !strings.ContainsAny(v.String(), "eE")
		case string:
			_, err := time.Parse(time.RFC3339, v)
			return err == nil
		}
		return false
	case "<*timestamp>":
		text, _ := got.(string)
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	}
	text, ok := got.(string)
	if !ok {
		raw, err := json.Marshal(got)
		return err == nil && want == string(raw)
	}
	if text == want {
		return true
	}
	var pattern strings.Builder
	var names []string
	rest := want
	for {
		m := hole.FindStringIndex(rest)
		if m == nil {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(rest[:m[0]]))
		name := rest[m[0]:m[1]]
		rest = rest[m[1]:]
		if known, bound := p.bound[name]; bound {
			pattern.WriteString(regexp.QuoteMeta(known))
		} else {
			pattern.WriteString("(?s:(.+?))")
			names = append(names, name)
		}
	}
	pattern.WriteString(regexp.QuoteMeta(rest))
	found := regexp.MustCompile("^" + pattern.String() + "$").FindStringSubmatch(text)
	if found == nil {
		return false
	}
	for i, name := range names {
		if !strings.HasPrefix(name, "<*") {
			p.bound[name] = found[i+1]
		}
	}
	return true
}

// Corpora are the folders of recorded conversations, some of which may not be there.
// root is the folder of the repository.
func Corpora(root string) []string {
	if list := os.Getenv("ASL_CORPUS"); list != "" {
		var all []string
		for _, dir := range filepath.SplitList(list) {
			all = append(all, filepath.Join(dir, "api"))
		}
		return all
	}
	return []string{filepath.Join(root, "..", "shared", "conformance", "api")}
}

// Own is the folder of the project's own conversations.
func Own(root string) string {
	return filepath.Join(root, "interpreter", "api", "testdata", "conversations")
}

// Stores are what a server keeps its state in.
type Stores struct {
	Executions store.Store
	Records    registry.Store
	Close      func() error // nil: nothing is to be closed
}

// Options say how conversations are played.
type Options struct {
	// How is written behind the name of the suite, such as "with restarts".
	How string
	// Restarts has the server end and begin between any two calls.
	Restarts bool
	// NewStores is called for each conversation. Its result opens the stores when
	// the server begins. nil: they are in memory.
	NewStores func(t *testing.T) (open func() (Stores, error))
}

func inMemory(*testing.T) (open func() (Stores, error)) {
	s := Stores{Executions: memory.New(), Records: registry.NewMemory()}
	return func() (Stores, error) { return s, nil }
}

// PlayAll plays all conversations of a folder, each in a subtest whose time is virtual,
// prints how many passed, and returns their number.
func PlayAll(t *testing.T, dir string, o Options) (passed int) {
	if o.NewStores == nil {
		o.NewStores = inMemory
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	reasons := map[string]int{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "INDEX" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			c, err := read(file)
			if err != nil {
				t.Fatal(err)
			}
			if reason := cmp.Or(c.skip(), skipped[name]); reason != "" {
				reasons[reason]++
				t.Skip(reason)
			}
			open := o.NewStores(t)
			synctest.Test(t, func(t *testing.T) {
				errs := c.playWith(t.Context(), open, o.Restarts)
				if len(errs) == 0 {
					passed++
					return
				}
				failed++
				for _, e := range errs {
					t.Error(e)
				}
			})
		})
	}
	var texts []string
	n := 0
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		n += reasons[reason]
		texts = append(texts, fmt.Sprintf("%d: %s", reasons[reason], reason))
	}
	if passed+failed+n > 0 {
		how := ""
		if o.How != "" {
			how = ", " + o.How
		}
		fmt.Printf("api%s: %d passed, %d failed, %d skipped (%s)\n", how, passed, failed, n, strings.Join(texts, "; "))
	}
	return passed
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
