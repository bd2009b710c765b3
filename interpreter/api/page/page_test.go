package page_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/api/page"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

const function = "arn:aws:lambda:us-east-1:123456789012:function:"

// order has a Parallel with a Catcher, a Map and a task with a token.
const order = `{"StartAt": "Prepare", "States": {
	"Prepare": {"Type": "Parallel", "Next": "Pick", "ResultPath": "$.prepared", "Branches": [
		{"StartAt": "Charge", "States": {
			"Charge": {"Type": "Task", "Resource": "` + function + `charge", "End": true, "Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Ask"}]},
			"Ask": {"Type": "Pass", "End": true}}},
		{"StartAt": "Reserve", "States": {"Reserve": {"Type": "Pass", "End": true}}}]},
	"Pick": {"Type": "Map", "ItemsPath": "$.items", "ResultPath": "$.picked", "Next": "Approve", "ItemProcessor": {"StartAt": "PickItem", "States": {
		"PickItem": {"Type": "Task", "Resource": "` + function + `pick", "Assign": {"item.$": "$"}, "Next": "Pack"},
		"Pack": {"Type": "Pass", "End": true}}}},
	"Approve": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Next": "Ship", "Assign": {"approved": true},
		"Parameters": {"QueueUrl": "https://example.test/q", "MessageBody": {"token.$": "$$.Task.Token"}}},
	"Ship": {"Type": "Task", "Resource": "` + function + `ship", "End": true}}}`

const items = `{"items": [1, 2, 3]}`

// site is a server with its page.
type site struct {
	t       *testing.T
	api     *api.Server
	handler http.Handler
	arn     string
	broken  atomic.Bool // Ship fails
}

func open(t *testing.T, definition string, o page.Options) *site {
	return openStore(t, definition, o, memory.New())
}

func openStore(t *testing.T, definition string, o page.Options, kept store.Store) *site {
	s := &site{t: t}
	task := func(f func() (any, error)) interpreter.Handler {
		return interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return f() })
	}
	c := interpreter.Config{Store: kept, Logger: slog.New(slog.DiscardHandler), Resolver: interpreter.Mux{
		function + "charge": task(func() (any, error) { return nil, asl.Errorf("CardDeclined", "the limit is 1000") }),
		function + "pick":   task(func() (any, error) { return "picked", nil }),
		function + "ship": task(func() (any, error) {
			if s.broken.Load() {
				return nil, asl.Errorf("Broken", "no <b>carrier</b>")
			}
			return "shipped", nil
		}),
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken": task(func() (any, error) { return nil, interpreter.ErrResultPending }),
	}}
	var err error
	s.api, err = api.New(api.Config{Interpreter: c})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.api.Close() })
	s.handler = page.Handler(s.api, o)
	s.arn, err = s.api.Create("order", []byte(definition))
	require.NoError(t, err)
	return s
}

func (s *site) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// get returns a page.
func (s *site) get(path string) string {
	s.t.Helper()
	w := s.do(httptest.NewRequest("GET", "http://localhost"+path, nil))
	require.Equal(s.t, 200, w.Code, "%s: %s", path, w.Body)
	return w.Body.String()
}

// post sends a form, and returns where it leads.
func (s *site) post(path string, form url.Values) (location string) {
	s.t.Helper()
	w := s.send(path, form)
	require.Equal(s.t, 303, w.Code, "%s: %s", path, w.Body)
	return w.Header().Get("Location")
}

func (s *site) send(path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "http://localhost"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(r)
}

func (s *site) start(name, input string) (path string) {
	s.t.Helper()
	return s.post("/machines/"+s.arn+"/start", url.Values{"name": {name}, "input": {input}})
}

// waitFor follows the stream of an execution up to a message.
func (s *site) waitFor(path string, enough func(message) bool) []message {
	s.t.Helper()
	web := httptest.NewServer(s.handler)
	defer web.Close()
	return s.read(web, path, 0, enough)
}

// message is one of a stream.
type message struct {
	ID     uint32
	Row    string
	Ended  bool
	States map[string][2]string
	Lines  map[string]bool
}

func (m *message) has(words string) bool { return strings.Contains(m.Row, words) }

// read reads a stream after an event, up to a message.
func (s *site) read(web *httptest.Server, path string, after uint32, enough func(message) bool) []message {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", web.URL+path+"/events", nil)
	require.NoError(s.t, err)
	if after > 0 {
		r.Header.Set("Last-Event-ID", strconv.Itoa(int(after)))
	}
	w, err := web.Client().Do(r)
	require.NoError(s.t, err)
	defer w.Body.Close()
	require.Equal(s.t, 200, w.StatusCode)
	require.Equal(s.t, "text/event-stream", w.Header.Get("Content-Type"))
	var all []message
	var m message
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		switch name, text, _ := strings.Cut(lines.Text(), ": "); name {
		case "id":
			id, err := strconv.Atoi(text)
			require.NoError(s.t, err)
			m = message{ID: uint32(id)}
		case "data":
			require.NoError(s.t, json.Unmarshal([]byte(text), &m))
			all = append(all, m)
			if m.Ended || enough != nil && enough(m) {
				return all
			}
		}
	}
	require.Fail(s.t, "the stream has ended early")
	return nil
}

func isWaiting(m message) bool { return m.has("TaskStarted <b>Approve") }

var tokenPattern = regexp.MustCompile(`name="token" value="([^"]+)"`)

// finish answers the token of an execution, and waits for its end.
func (s *site) finish(path string) []message {
	s.t.Helper()
	s.waitFor(path, isWaiting)
	found := tokenPattern.FindStringSubmatch(s.get(path))
	require.NotNil(s.t, found, "the page has the token")
	require.Equal(s.t, path, s.post(path+"/answer", url.Values{"token": {found[1]}, "result": {"success"}, "output": {items}}))
	return s.waitFor(path, nil)
}

func TestPages(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.finish(path)
	machines := s.get("/")
	require.Contains(t, machines, `<b>order</b>`)
	require.Contains(t, machines, `1 succeeded`)
	machine := s.get("/machines/" + s.arn)
	require.Contains(t, machine, `<a href="`+path+`">o-1</a>`)
	require.Contains(t, machine, `data-state="PickItem"`)
	require.NotContains(t, machine, "data-outcome", "a machine has no outcomes")
	execution := s.get(path)
	for _, words := range []string{
		`>o-1</h1>`, `succeeded</span>`, `<b>PickItem</b>`, `CardDeclined: the limit is 1000`, `&#34;shipped&#34;`, `$approved`,
		`data-outcome="caught"`, `iteration 2`, `class="line taken"`,
	} {
		require.Contains(t, execution, words)
	}
	require.Regexp(t, `<a class="pill caught" href="`+path+`\?at=(\d+)#e\d+">! 1 caught</a>`, execution)
	require.NotContains(t, execution, `retr`, "nothing was retried")
	require.NotContains(t, execution, `<button>Stop`, "it has ended")
	require.NotContains(t, execution, `/answer"`, "nothing waits")
	require.Contains(t, s.get(path+"/event?at=1"), `"type":"ExecutionStarted"`)
	require.JSONEq(t, items, s.get(path+"/data?of=input"))
	for _, missing := range []string{"/executions/x", "/machines/x", "/executions/00000000-0000-7000-8000-000000000000", path + "?at=x", path + "/event?at=100000", "/x"} {
		require.Equal(t, 404, s.do(httptest.NewRequest("GET", "http://localhost"+missing, nil)).Code, missing)
	}
}

// The page goes back in time: the graph and the data are as of an event.
func TestAnEarlierEvent(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.finish(path)
	first := s.get(path + "?at=2")
	require.Equal(t, map[string]string{"Prepare": "running"}, outcomes(first))
	require.Equal(t, 2, strings.Count(first, `<tr id="e`))
	require.NotContains(t, first, "$approved")
	require.Contains(t, first, `rel="prev" href="?at=1"`)
	require.Contains(t, first, `rel="next" href="?at=3"`)
	var shown message
	require.NoError(t, json.Unmarshal([]byte(s.get(path+"/graph?at=2")), &shown))
	require.Equal(t, colours(first), apply(map[string]string{}, shown), "the script shows the same")
}

var (
	statePattern = regexp.MustCompile(`data-state="([^"]+)" data-outcome="([^"]+)"`)
	nodePattern  = regexp.MustCompile(`data-node="([^"]+)" data-state="[^"]*" data-outcome="([^"]+)"`)
	linePattern  = regexp.MustCompile(`class="line( taken)?" data-edge="([^"]+)"`)
)

// outcomes returns the outcomes of the states that were reached.
func outcomes(html string) map[string]string {
	all := map[string]string{}
	for _, m := range statePattern.FindAllStringSubmatch(html, -1) {
		if m[2] != "not reached" {
			all[m[1]] = m[2]
		}
	}
	return all
}

// colours returns what the picture shows of each state and line.
func colours(html string) map[string]string {
	all := map[string]string{}
	for _, m := range nodePattern.FindAllStringSubmatch(html, -1) {
		all[m[1]] = m[2]
	}
	for _, m := range linePattern.FindAllStringSubmatch(html, -1) {
		all[m[2]] = strconv.FormatBool(m[1] != "")
	}
	return all
}

// apply does what the script does.
func apply(all map[string]string, m message) map[string]string {
	for id, v := range m.States {
		all[id] = v[0]
	}
	for id, taken := range m.Lines {
		all[id] = strconv.FormatBool(taken)
	}
	return all
}

// After the last event of a stream the colours and the rows are those of a reload,
// whenever the client came, and however often it came again.
func TestStreamEndsAsAReload(t *testing.T) {
	for _, end := range []string{"succeeded", "failed", "aborted"} {
		t.Run(end, func(t *testing.T) {
			s := open(t, order, page.Options{})
			s.broken.Store(end == "failed")
			path := s.start("o-1", items)
			before := s.waitFor(path, isWaiting)
			web := httptest.NewServer(s.handler)
			defer web.Close()
			var after []message
			done := make(chan struct{})
			opened := s.get(path)
			last := before[len(before)-1].ID
			go func() {
				defer close(done)
				after = s.read(web, path, last, nil)
			}()
			if end == "aborted" {
				s.post(path+"/stop", url.Values{"error": {"Mine"}, "cause": {"enough"}})
			} else {
				s.post(path+"/answer", url.Values{"token": {tokenPattern.FindStringSubmatch(opened)[1]}, "output": {items}})
			}
			<-done
			reloaded := s.get(path)
			require.Contains(t, reloaded, end+"</span>")
			all := colours(s.get(path + "?at=" + strconv.Itoa(int(last))))
			for _, m := range after {
				apply(all, m)
				if !m.Ended {
					require.Contains(t, reloaded, m.Row, "the row of a reload")
				}
			}
			require.Equal(t, colours(reloaded), all)
			total := after[len(after)-1].ID
			for from := range total { // whatever the client has
				all := map[string]string{}
				if from > 0 {
					all = colours(s.get(path + "?at=" + strconv.Itoa(int(from))))
				}
				got := s.read(web, path, from, nil)
				require.Len(t, got, int(total-from)+1, "each event once, and the end")
				for i, m := range got {
					if !m.Ended {
						require.Equal(t, from+uint32(i)+1, m.ID)
					}
					apply(all, m)
				}
				require.Equal(t, colours(reloaded), all, "after event %d", from)
			}
		})
	}
}

// The picture has the same layout after each event, so that a script can colour it.
func TestLayoutStays(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	total := s.finish(path)
	layout := func(at uint32) string {
		html := s.get(path + "?at=" + strconv.Itoa(int(at)))
		html = html[strings.Index(html, `<svg class="graph"`):]
		all := regexp.MustCompile(` (?:x|y|d|width|height|viewBox)="[^"]*"`).FindAllString(html[:strings.Index(html, "</svg>")], -1)
		return strings.Join(slices.Sorted(slices.Values(all)), "\n")
	}
	want := layout(1)
	for at := range total[len(total)-1].ID {
		require.Equal(t, want, layout(at+1), "event %d", at+1)
	}
}

// A Map Run shows its counts and its children, and activities their queues.
func TestMapRunsAndActivities(t *testing.T) {
	s := open(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "Next": "Work",
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "PickItem", "States": {
			"PickItem": {"Type": "Task", "Resource": "`+function+`pick", "End": true}}}},
		"Work": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:work", "End": true}}}`, page.Options{})
	_, err := s.api.Records().CreateActivity(t.Context(), "arn:aws:states:us-east-1:123456789012:activity:work", "work", nil, nil, time.Unix(0, 0))
	require.NoError(t, err)
	path := s.start("o-1", items)
	s.waitFor(path, func(m message) bool { return m.has("ActivityScheduled") })
	html := s.get(path)
	require.Contains(t, html, `Map Run of Each`)
	require.Contains(t, html, `<dt>succeeded<dd class="ink succeeded">3</div>`)
	require.Contains(t, html, `<dt>total<dd>3</div>`)
	require.Contains(t, html, `at most 2 at a time`)
	require.Equal(t, map[string]string{"Each": "succeeded", "Work": "running"}, outcomes(html))
	require.Regexp(t, `work<small>[^<]*</small><td class="n">1<td class="n">0`, s.get("/"))
}

func TestRedrive(t *testing.T) {
	s := open(t, order, page.Options{})
	s.broken.Store(true)
	path := s.start("o-1", items)
	s.finish(path)
	failed := s.get(path)
	require.Contains(t, failed, "Broken")
	require.Contains(t, failed, "no &lt;b&gt;carrier&lt;/b&gt;")
	require.Equal(t, "failed", outcomes(failed)["Ship"])
	require.Contains(t, failed, "<button>Redrive")
	s.broken.Store(false)
	require.Equal(t, path, s.post(path+"/redrive", nil))
	s.waitFor(path, nil)
	redriven := s.get(path)
	require.Equal(t, "succeeded", outcomes(redriven)["Ship"])
	require.Contains(t, redriven, "redriven once")
	w := s.send(path+"/redrive", nil)
	require.Equal(t, 400, w.Code)
	require.Contains(t, w.Body.String(), "SUCCEEDED")
}

func TestFormsThatAreRefused(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.waitFor(path, isWaiting)
	for _, c := range []struct {
		path string
		form url.Values
		want string
	}{
		{"/machines/" + s.arn + "/start", url.Values{"input": {"{"}}, "InvalidExecutionInput"},
		{"/machines/" + s.arn + "/start", url.Values{"name": {"a b"}}, "InvalidName"},
		{"/machines/" + s.arn + "/start", url.Values{"name": {strings.Repeat("n", 81)}}, "ValidationException"},
		{"/machines/" + s.arn + "/start", url.Values{"name": {"o-1"}, "input": {"1"}}, "ExecutionAlreadyExists"},
		{"/machines/" + s.arn + "x/start", url.Values{}, "StateMachineDoesNotExist"},
		{path + "/answer", url.Values{"token": {"<b>"}}, "&lt;b&gt;"},
		{path + "/answer", url.Values{"token": {tokenPattern.FindStringSubmatch(s.get(path))[1]}, "output": {"{"}}, "not valid JSON"},
	} {
		w := s.send(c.path, c.form)
		require.Equal(t, 400, w.Code, "%s %s: %s", c.path, c.form, w.Body)
		require.Contains(t, w.Body.String(), c.want)
	}
	require.Equal(t, 413, s.send("/machines/"+s.arn+"/start", url.Values{"input": {strings.Repeat(" ", 9<<20)}}).Code)
	require.Contains(t, s.get(path), "running</span>")
	s.post(path+"/stop", nil)
	stopped := s.get(path)
	require.Contains(t, stopped, "aborted</span>")
	require.NotContains(t, stopped, `class="problem`, "no error and no cause were given")
	require.NotContains(t, stopped, "0001-01-01", "a state that was not reached has no times")
	require.Regexp(t, `entered \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`, stopped)
	require.Equal(t, path, s.post(path+"/stop", nil), "it has been stopped: the same end")
}

func TestListsArePaged(t *testing.T) {
	s := open(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`, page.Options{})
	const n = 123
	for i := range n {
		s.start("o-"+strconv.Itoa(i), "")
	}
	seen := map[string]bool{}
	row, next := regexp.MustCompile(`<a href="/executions/[^"]+">(o-\d+)</a>`), regexp.MustCompile(`class="next" href="([^"]+)"`)
	query := "?status=SUCCEEDED&name=o-"
	for query != "" {
		html := s.get("/machines/" + s.arn + query)
		found := row.FindAllStringSubmatch(html, -1)
		require.LessOrEqual(t, len(found), 50)
		for _, m := range found {
			require.False(t, seen[m[1]], m[1])
			seen[m[1]] = true
		}
		query = ""
		if m := next.FindStringSubmatch(html); m != nil {
			query = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	require.Len(t, seen, n)
	require.Empty(t, row.FindAllString(s.get("/machines/"+s.arn+"?status=FAILED"), -1))
	require.Len(t, row.FindAllString(s.get("/machines/"+s.arn+"?name=o-12"), -1), 4)
}

// counter counts the records that are read.
type counter struct {
	store.Store
	records atomic.Int64
}

func (c *counter) Records(ctx context.Context, id store.ID, after uint64, f func(uint64, []byte) bool) error {
	return c.Store.Records(ctx, id, after, func(version uint64, record []byte) bool {
		c.records.Add(int64(len(record)))
		return f(version, record)
	})
}

// long has 10,004 events.
const long = `{"StartAt": "Again", "QueryLanguage": "JSONata", "States": {
	"Again": {"Type": "Pass", "Assign": {"n": "{% $exists($n) ? $n + 1 : 1 %}"}, "Next": "More"},
	"More": {"Type": "Choice", "Choices": [{"Condition": "{% $n < 2500 %}", "Next": "Again"}], "Default": "End"},
	"End": {"Type": "Succeed"}}}`

// An execution of 10,000 events is read once, and shows a page of them.
func TestLongHistories(t *testing.T) {
	kept := &counter{Store: memory.New()}
	s := openStore(t, long, page.Options{}, kept)
	path := s.start("long", "")
	id, err := store.ParseID(strings.TrimPrefix(path, "/executions/"))
	require.NoError(t, err)
	e, err := s.api.Interpreter().Execution(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Wait(t.Context()))
	kept.records.Store(0)
	for range s.api.Interpreter().History(t.Context(), id, interpreter.HistoryOptions{}) {
	}
	once := kept.records.Swap(0)
	first := s.get(path)
	require.LessOrEqual(t, kept.records.Load(), once+once/10, "the history is read once")
	require.Contains(t, first, "10004 events")
	rows := regexp.MustCompile(`<tr id="e(\d+)"`)
	seen := 0
	want := 10004
	for html := first; ; {
		found := rows.FindAllStringSubmatch(html, -1)
		require.LessOrEqual(t, len(found), page.PageRows)
		for _, m := range found {
			require.Equal(t, strconv.Itoa(want), m[1])
			want--
			seen++
		}
		next := regexp.MustCompile(`href="(\?before=\d+)"`).FindStringSubmatch(html)
		if next == nil || seen > 3*page.PageRows {
			break
		}
		html = s.get(path + next[1])
	}
	require.Greater(t, seen, 3*page.PageRows)
	require.Contains(t, s.get(path+"?before=3"), `<tr id="e1"`)
	require.Less(t, len(first), 300_000, "bytes")
}

// Large data is cut off, with a link to the whole.
func TestLargeData(t *testing.T) {
	s := open(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`, page.Options{})
	large := `{"x": "` + strings.Repeat("é", 100_000) + `"}`
	path := s.start("large", large)
	s.waitFor(path, nil)
	html := s.get(path)
	require.Less(t, len(html), 400_000)
	require.Contains(t, html, "/data?of=input")
	require.Contains(t, html, "/event?at=1")
	require.JSONEq(t, large, s.get(path+"/data?of=input"))
}

var evil = `</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>'"` + "`&lt;"

// Names and data with HTML are shown as text, in pages and in streams.
func TestHostileNamesAndData(t *testing.T) {
	quoted, err := json.Marshal(evil)
	require.NoError(t, err)
	name := string(quoted)
	s := open(t, `{"Comment": `+name+`, "StartAt": `+name+`, "States": {`+name+`: {"Type": "Pass", "Comment": `+name+`, "Next": "F"},
		"F": {"Type": "Fail", "Error": `+name+`, "Cause": `+name+`}}}`, page.Options{})
	path := s.start("o'1", `{`+name+`: `+name+`}`)
	messages := s.waitFor(path, nil)
	for _, m := range messages {
		requireHarmless(t, m.Row)
	}
	for _, at := range []string{"/", "/?q=" + url.QueryEscape(evil), "/machines/" + s.arn, "/machines/" + s.arn + "?name=" + url.QueryEscape(evil) + "&status=" + url.QueryEscape(evil),
		path, path + "?at=2", path + "?state=" + url.QueryEscape(evil)} {
		requireHarmless(t, s.get(at))
	}
	require.Contains(t, s.get(path), "&lt;img src=x")
	w := s.send("/machines/x/start", url.Values{"name": {evil}, "input": {evil}, "qualifier": {evil}})
	require.Equal(t, 400, w.Code)
	requireHarmless(t, w.Body.String())
	w = s.do(httptest.NewRequest("GET", "http://localhost"+path+"/event?at=1", nil))
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
}

var inTag = regexp.MustCompile(`<[a-zA-Z]+(?:\s+[a-zA-Z-]+(?:="[^"]*")?)*?\s+(?:on[a-z]+|style)=`)

func requireHarmless(t *testing.T, html string) {
	t.Helper()
	require.NotContains(t, html, "<img")
	require.NotContains(t, html, "<script>")
	require.NotContains(t, html, "<style")
	require.LessOrEqual(t, strings.Count(html, "<script"), 1, "that of the page")
	require.Empty(t, inTag.FindString(html), "the policy forbids it")
	require.NotContains(t, html, "ZgotmplZ", "data where html/template does not allow it")
}

func TestOtherSites(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	for _, at := range []string{"/machines/" + s.arn + "/start", path + "/stop", path + "/redrive", path + "/answer", path + "/fork"} {
		for _, headers := range [][]string{{"Origin", "http://evil.test"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
			require.Equal(t, 403, s.send(at, nil, headers...).Code, "%s %s", at, headers)
		}
	}
	require.Contains(t, s.get(path), "running</span>")
	for host, want := range map[string]int{"localhost:1": 200, "127.0.0.1": 200, "evil.test": 403, "localhost.evil.test": 403} {
		for _, at := range []string{"/", path, "/static/script.js"} {
			require.Equal(t, want, s.do(httptest.NewRequest("GET", "http://"+host+at, nil)).Code, host)
		}
		require.Equal(t, map[int]int{200: 303, 403: 403}[want], s.do(httptest.NewRequest("POST", "http://"+host+path+"/stop", nil)).Code)
	}
	h := s.do(httptest.NewRequest("GET", "http://localhost/", nil)).Header()
	require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self';")
	require.NotContains(t, h.Get("Content-Security-Policy"), "unsafe")
	require.Equal(t, "same-origin", h.Get("Cross-Origin-Resource-Policy"))
}

func TestReadOnly(t *testing.T) {
	s := open(t, order, page.Options{ReadOnly: true})
	e, err := s.api.Start(t.Context(), s.arn, "o-1", []byte(items))
	require.NoError(t, err)
	path := "/executions/" + e.ID().String()
	s.waitFor(path, isWaiting)
	for _, at := range []string{"/", "/machines/" + s.arn, path} {
		require.NotContains(t, s.get(at), `method="post"`, at)
	}
	for _, at := range []string{"/machines/" + s.arn + "/start", path + "/stop", path + "/redrive", path + "/answer", path + "/fork"} {
		require.Equal(t, 403, s.send(at, nil).Code, at)
	}
	require.Contains(t, s.get(path), "Waiting for an answer")
	require.NotRegexp(t, tokenPattern, s.get(path))
	require.NotContains(t, s.get(path+"?at=1"), "#fork")
	require.Equal(t, interpreter.Running, e.Status())
}

// Whoever knows the ARN of an execution finds its page.
func TestExecutionsByArn(t *testing.T) {
	s := open(t, order, page.Options{Prefix: "/states"})
	for name, kind := range map[string]string{"standard": registry.Standard, "express": registry.Express} {
		arn, err := s.api.Create(name, []byte(`{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": true}}}`), api.CreateOptions{Type: kind})
		require.NoError(t, err)
		e, err := s.api.Start(t.Context(), arn, "o-1", nil)
		require.NoError(t, err)
		w := s.do(httptest.NewRequest("GET", "http://localhost/states/executions/"+e.Arn(), nil))
		require.Equal(t, 303, w.Code)
		path := "/states/executions/" + e.ID().String()
		require.Equal(t, path, w.Header().Get("Location"))
		require.Contains(t, s.get(path), e.Arn())
	}
	for _, missing := range []string{s.arn, "arn:aws:states:us-east-1:123456789012:execution:order:none", "arn:x", "arn:"} {
		require.Equal(t, 404, s.do(httptest.NewRequest("GET", "http://localhost/states/executions/"+missing, nil)).Code, missing)
	}
}

func TestPrefix(t *testing.T) {
	s := open(t, order, page.Options{Prefix: "/states/"})
	path := s.post("/states/machines/"+s.arn+"/start", url.Values{"input": {items}})
	require.True(t, strings.HasPrefix(path, "/states/executions/"), path)
	link := regexp.MustCompile(`(?:href|src|action|data-path)="(/[^"]*)"`)
	for _, at := range []string{"/states/", "/states/machines/" + s.arn, path} {
		for _, m := range link.FindAllStringSubmatch(s.get(at), -1) {
			require.True(t, strings.HasPrefix(m[1], "/states/"), m[1])
		}
	}
	for _, file := range []string{"style.css", "script.js", "icon.svg"} {
		require.NotEmpty(t, s.get("/states/static/"+file))
	}
}

// Of a thousand streams 64 are open, and others are refused; when they are closed there
// is room again.
func TestStreamsAreLimited(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.waitFor(path, isWaiting)
	web := httptest.NewServer(s.handler)
	defer web.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ask := func(ctx context.Context) *http.Response {
		r, err := http.NewRequestWithContext(ctx, "GET", web.URL+path+"/events", nil)
		require.NoError(t, err)
		w, err := web.Client().Do(r)
		require.NoError(t, err)
		return w
	}
	counts := map[int]int{}
	for range 1000 {
		w := ask(ctx)
		counts[w.StatusCode]++
		if w.StatusCode != 200 {
			require.Equal(t, "15", w.Header.Get("Retry-After"))
			_, _ = io.Copy(io.Discard, w.Body)
			_ = w.Body.Close()
		}
	}
	require.Equal(t, map[int]int{200: page.MaxStreams, 503: 1000 - page.MaxStreams}, counts)
	require.Contains(t, s.get(path), "running</span>", "pages are still there")
	cancel()
	for { // until the server has seen that the clients are gone
		w := ask(t.Context())
		_ = w.Body.Close()
		if w.StatusCode == 200 {
			break
		}
	}
}

// deaf is a client that does not read: the third part is not written in time.
type deaf struct {
	*httptest.ResponseRecorder
	parts, limited int
}

func (d *deaf) SetWriteDeadline(time.Time) error { d.limited++; return nil }

func (d *deaf) Write(part []byte) (int, error) {
	const most = 2
	if d.parts++; d.parts > most {
		return 0, os.ErrDeadlineExceeded
	}
	return d.ResponseRecorder.Write(part)
}

// A client that does not read is dropped, and what it had is free again.
func TestClientsThatDoNotRead(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.waitFor(path, isWaiting)
	for range page.MaxStreams + 1 {
		w := &deaf{ResponseRecorder: httptest.NewRecorder()}
		s.handler.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path+"/events", nil))
		require.Equal(t, 200, w.Code)
		require.Equal(t, w.parts, w.limited, "each part has a limit")
	}
}

// With mocks an execution can be started under a test case.
func TestTestCases(t *testing.T) {
	s := open(t, order, page.Options{})
	require.NotContains(t, s.get("/machines/"+s.arn), `name="case"`, "it has no mocks")
	mocks, err := mock.ParseFile([]byte(`{
		"StateMachines": {"order": {"TestCases": {"Bad": {"Charge": "Broken"}, "<b> good": {}}}},
		"MockedResponses": {"Broken": {"0": {"Throw": {"Error": "Mocked", "Cause": "by the case"}}}}}`))
	require.NoError(t, err)
	s.api, err = api.New(api.Config{Mocks: mocks, Interpreter: interpreter.Config{Logger: slog.New(slog.DiscardHandler)}})
	require.NoError(t, err)
	defer s.api.Close()
	s.handler = page.Handler(s.api, page.Options{})
	_, err = s.api.Create("order", []byte(order))
	require.NoError(t, err)
	other, err := s.api.Create("other", []byte(order))
	require.NoError(t, err)
	require.NotContains(t, s.get("/machines/"+other), `name="case"`, "the file does not name it")
	require.Contains(t, s.get("/machines/"+s.arn), `<select name="case"><option value="">none<option>Bad<option>&lt;b&gt; good</select>`)
	path := s.post("/machines/"+s.arn+"/start", url.Values{"case": {"Bad"}})
	s.waitFor(path, nil)
	require.Contains(t, s.get(path), "Mocked</b> by the case")
	path = s.post("/machines/"+s.arn+"/start", url.Values{"case": {"<b> good"}, "input": {items}})
	s.waitFor(path, nil)
	require.NotContains(t, s.get(path), "Mocked</b> by the case")
	w := s.send("/machines/"+s.arn+"/start", url.Values{"case": {"None"}})
	require.Equal(t, 400, w.Code)
	require.Contains(t, w.Body.String(), "Bad")
	s.handler = page.Handler(s.api, page.Options{ReadOnly: true})
	require.Contains(t, s.get("/machines/"+s.arn), `<li class="any">Bad<li class="any">&lt;b&gt; good</ul>`)
}

// Clients may ask for events that there are not.
func TestStrangePlaces(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.post(path+"/stop", nil)
	for _, id := range []string{"4294967295", "99999999999999999999", "-1", "x", "0"} {
		r := httptest.NewRequest("GET", "http://localhost"+path+"/events", nil)
		r.Header.Set("Last-Event-ID", id)
		w := s.do(r)
		require.Equal(t, 200, w.Code, id)
		require.Contains(t, w.Body.String(), `"ended":true`, id)
	}
	for _, query := range []string{"?at=0", "?at=4294967295", "?before=1", "?before=4294967295", "?state=none", "?at=1&before=1", "?status=x"} {
		require.Contains(t, s.get(path+query), "aborted</span>", query)
	}
	for _, query := range []string{"?at=-1", "?before=x", "?after=1.x", "?after=x.1"} {
		require.Equal(t, 404, s.do(httptest.NewRequest("GET", "http://localhost"+path+query, nil)).Code, query)
	}
	require.NoError(t, s.api.Close())
	for _, at := range []string{"/", path, path + "/events", path + "/graph"} {
		require.Equal(t, 503, s.do(httptest.NewRequest("GET", "http://localhost"+at, nil)).Code, at)
	}
}

// Every colour of text has a contrast of at least 4.5 to what it is on, in both schemes.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("static/style.css")
	require.NoError(t, err)
	schemes := regexp.MustCompile(`:root\{[^}]*\}`).FindAllString(string(css), -1)
	require.Len(t, schemes, 2)
	variable := regexp.MustCompile(`--([a-z0-9-]+):(#[0-9a-f]+)`)
	for i, scheme := range schemes {
		colour := map[string]float64{}
		for _, m := range variable.FindAllStringSubmatch(scheme, -1) {
			colour[m[1]] = luminance(m[2])
		}
		for _, pair := range strings.Fields("ink/page ink/card ink2/page ink2/card ink2/ok-bg ink2/run-bg ink2/warn-bg ink2/bad-bg ink2/off-bg " +
			"faint-ink/card ok/ok-bg run/run-bg warn/warn-bg bad/bad-bg off/off-bg ok/card run/card run/page warn/card bad/card off/card ok/page bad/page ink/warn-bg card/run ink/run-bg ink/ok-bg ink/bad-bg run/warn-bg") {
			of, on, _ := strings.Cut(pair, "/")
			require.Contains(t, colour, of)
			require.Contains(t, colour, on)
			a, b := max(colour[of], colour[on]), min(colour[of], colour[on])
			require.GreaterOrEqual(t, (a+0.05)/(b+0.05), 4.5, "%s in scheme %d", pair, i)
		}
	}
}

// luminance is the relative luminance of WCAG.
func luminance(hex string) float64 {
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
