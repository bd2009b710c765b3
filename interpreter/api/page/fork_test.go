package page_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/api/page"
)

var (
	forkForm  = regexp.MustCompile(`(?s)<form method="post" action="([^"]+/fork)".*?</form>`)
	formField = regexp.MustCompile(`(?s)<input(?: type="hidden")? name="(\w+)"[^>]*?(?: value="([^"]*)")?>|<textarea name="(\w+)"[^>]*>(.*?)</textarea>`)
)

// forkOf returns the fork form of a page as a browser fills it in.
func (s *site) forkOf(at string) (action string, form url.Values) {
	s.t.Helper()
	found := forkForm.FindStringSubmatch(s.get(at))
	require.NotNil(s.t, found, "%s has a form", at)
	form = url.Values{}
	for _, m := range formField.FindAllStringSubmatch(found[0], -1) {
		form.Set(m[1]+m[3], html.UnescapeString(m[2]+m[4]))
	}
	return found[1], form
}

// An execution is forked where a task has ended, with another result, and at its start,
// with another input.
func TestFork(t *testing.T) {
	s := open(t, order, page.Options{})
	s.broken.Store(true)
	path := s.start("o-1", items)
	s.finish(path)
	failed := s.get(path)
	require.Contains(t, failed, "LambdaFunctionFailed</a> of <b class=\"any\">Ship</b>")

	action, form := s.forkOf(path) // of the end: the task that has failed
	require.Equal(t, path+"/fork", action)
	require.Equal(t, []string{"Broken", "no <b>carrier</b>"}, []string{form.Get("error"), form.Get("cause")})
	form.Set("change", "error")
	form.Set("error", "Mine")
	form.Set("name", "o-2")
	changed := s.post(action, form)
	require.NotEqual(t, path, changed)
	require.Equal(t, "failed", outcomes(s.get(changed))["Ship"])
	require.Contains(t, s.get(changed), "Mine</b> no &lt;b&gt;carrier")
	form.Set("change", "output")
	form.Set("data", `"by hand"`)
	form.Del("name")
	changed = s.post(action, form)
	require.Contains(t, s.get(changed), "succeeded</span>")
	require.Contains(t, s.get(changed), "&#34;by hand&#34;")

	s.broken.Store(false)
	form.Set("change", "")
	w := s.send(action, form)
	require.Equal(t, 400, w.Code, "it has ended with this result")
	require.Contains(t, w.Body.String(), "has ended at event")

	action, form = s.forkOf(path + "?at=1")
	require.Equal(t, "1", form.Get("event"))
	require.JSONEq(t, items, form.Get("data"))
	form.Set("change", "input")
	form.Set("data", `{"items": [7]}`)
	other := s.post(action, form)
	s.finish(other)
	require.JSONEq(t, `{"items": [7]}`, s.get(other+"/data?of=input"))
	require.NotContains(t, s.get(other), "iteration 1", "one item")
	require.Equal(t, failed, s.get(path), "the old one stays as it was")
	require.Contains(t, s.get("/machines/"+s.arn), ">o-2</a>")
}

// Of an execution that runs, a fork goes on from any event by itself.
func TestForkOfARunningExecution(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.waitFor(path, isWaiting)
	for _, at := range []string{"", "?at=5"} {
		action, form := s.forkOf(path + at)
		form.Set("change", "")
		other := s.post(action, form)
		s.finish(other)
		require.Contains(t, s.get(other), "succeeded</span>")
	}
	require.Contains(t, s.get(path), "running</span>")
	require.Contains(t, s.get(path), `href="`+path+`?at=5#fork"`)
}

func TestForksThatAreRefused(t *testing.T) {
	s := open(t, order, page.Options{})
	path := s.start("o-1", items)
	s.waitFor(path, isWaiting)
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"event": {"x"}}, "the id of an event"},
		{url.Values{"event": {"4294967296"}}, "the id of an event"},
		{url.Values{"event": {"0"}}, "AtEvent"},
		{url.Values{"event": {"1000"}}, "no event 1000"},
		{url.Values{"event": {"1"}, "name": {"o-1"}}, "ExecutionAlreadyExists"},
		{url.Values{"event": {"1"}, "name": {"a b"}}, "InvalidName"},
		{url.Values{"event": {"1"}, "change": {"input"}, "data": {"{"}}, "JSON"},
		{url.Values{"event": {"1"}, "change": {"input"}}, "JSON"},
		{url.Values{"event": {"20"}, "change": {"input"}, "data": {"1"}}, "not event 20"},
		{url.Values{"event": {"1"}, "change": {"output"}, "data": {"1"}}, "not made by the result of a task"},
		{url.Values{"event": {"1"}, "change": {"output"}, "data": {"{"}}, "not valid JSON"},
		{url.Values{"event": {"1"}, "change": {"error"}}, "an error or a cause"},
		{url.Values{"event": {"1"}, "change": {"Input"}, "data": {"1"}}, "input, output, error or empty"},
		{url.Values{}, "the id of an event"},
	} {
		w := s.send(path+"/fork", c.form)
		require.Equal(t, 400, w.Code, "%s: %s", c.form, w.Body)
		require.Contains(t, w.Body.String(), c.want, "%s", c.form)
	}
	require.Equal(t, 404, s.send("/executions/00000000-0000-7000-8000-000000000000/fork", url.Values{"event": {"1"}}).Code)
	require.Equal(t, 1, strings.Count(s.get("/machines/"+s.arn), `<a href="/executions/`))
}

// A child of a Map Run cannot be forked alone.
func TestChildrenHaveNoFork(t *testing.T) {
	s := open(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true, "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Pause", "States": {
			"Pause": {"Type": "Wait", "Seconds": 3600, "End": true}}}}}}`, page.Options{})
	path := s.start("o-1", `{"items": [1]}`)
	child := regexp.MustCompile(`<td class="wide"><a href="([^"]+)">`)
	s.waitFor(path, func(message) bool { return child.MatchString(s.get(path)) })
	html := s.get(child.FindStringSubmatch(s.get(path))[1])
	require.Contains(t, html, "Pause")
	require.NotContains(t, html, "#fork")
	require.NotRegexp(t, forkForm, html)
}
