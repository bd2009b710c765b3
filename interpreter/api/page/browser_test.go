package page_test

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/api/page"
	"github.com/gostates/gostates/interpreter/store"
)

// painted is how a browser paints each part of the graph.
const painted = `(() => {
	const parts = {};
	for (const part of document.querySelectorAll("svg.graph .state>rect, svg.graph .state>path, svg.graph .state>text, svg.graph .line, svg.graph .arrow")) {
		const style = getComputedStyle(part), node = part.closest("[data-node]"), of = part.dataset.edge || node.dataset.node;
		(parts[of] ||= []).push([part.tagName, style.fill, style.stroke, style.strokeWidth, style.strokeDasharray, part.tagName === "text" ? part.textContent : ""].join(" "));
	}
	return parts;
})()`

// An execution is started from the form, watched until it fails, redriven and watched
// until it succeeds, and forked, in a browser.
func TestWatchInChromium(t *testing.T) {
	s := open(t, order, page.Options{})
	s.broken.Store(true)
	web := httptest.NewServer(s.handler)
	t.Cleanup(web.Close) // after the browser, which opens its stream again for ever
	b := startBrowser(t)
	b.look(1280, 900, "light")
	b.open(web.URL + "/machines/" + s.arn)
	b.run(`document.querySelector("[name=name]").value = "o-1"; document.querySelector("[name=input]").value = '`+items+`'`, nil)
	b.loading(func() { b.run(`document.querySelector("form button.main").click()`, nil) })
	var path string
	b.run(`location.pathname`, &path)
	require.True(t, strings.HasPrefix(path, "/executions/"), path)

	b.until(`document.querySelector("[data-state=Approve]").dataset.outcome === "running" && document.querySelector("[name=token]")`)
	b.looks("running")
	b.look(1280, 900, "light")
	b.loading(func() { b.call("Page.reload", nil, nil) })
	// Each row says when it was shown.
	b.run(`window.shown = {}; new MutationObserver(() => {
		for (const row of document.querySelectorAll("#rows tr")) window.shown[row.id] ||= Date.now();
	}).observe(document.querySelector("#rows"), {childList: true})`, nil)
	b.run(`window.steps = []; new MutationObserver(() => {
		const step = document.querySelector(".time [rel=prev]");
		window.steps.push([step.textContent, step.getAttribute("href")].join(" "));
	}).observe(document.querySelector(".time"), {subtree: true, childList: true, attributes: true})`, nil)
	var before int
	b.run(`Number(document.querySelector(".time input").value)`, &before)
	token := tokenPattern.FindStringSubmatch(s.get(path))[1]
	s.post(path+"/answer", map[string][]string{"token": {token}, "result": {"success"}, "output": {items}})
	b.until(`document.querySelector("[role=status]").textContent.includes("failed")`)
	var seen bool
	b.run(`(() => {
		const state = document.querySelector("[data-state=Ship]").getBoundingClientRect(), frame = document.querySelector(".canvas").getBoundingClientRect();
		return state.top >= frame.top && state.bottom <= frame.bottom && frame.bottom <= innerHeight;
	})()`, &seen)
	require.True(t, seen, "the state that failed is scrolled to")
	var steps []string
	b.run(`window.steps`, &steps)
	require.Contains(t, steps, fmt.Sprintf("◀ %d ?at=%[1]d", before), "the link follows the events")
	first := before + 1
	var shown int64
	b.run(fmt.Sprintf(`window.shown["e%d"]`, first), &shown)
	t.Logf("browser: the first event of an answer was shown after %d ms", shown-s.timeOf(path, first))

	var live, reloaded map[string][]string
	b.run(painted, &live)
	require.NotEmpty(t, live)
	html := ""
	b.run(`document.querySelector("svg.graph").outerHTML`, &html)
	require.Equal(t, colours(s.get(path)), colours(html), "the colours of the server's picture")
	b.open(web.URL + path)
	b.run(painted, &reloaded)
	require.Equal(t, reloaded, live, "what is painted after a reload")
	for state, outcome := range map[string]string{"Charge": "caught", "Ask": "succeeded", "PickItem": "succeeded", "Ship": "failed"} {
		require.Equal(t, outcome, outcomes(html)[state], state)
	}
	b.looks("failed")

	b.look(1280, 900, "light")
	s.broken.Store(false)
	b.loading(func() { b.run(`document.querySelector("form[action$=redrive] button").click()`, nil) })
	b.until(`document.querySelector("[role=status]").textContent.includes("succeeded")`)
	b.run(`document.querySelector("svg.graph").outerHTML`, &html)
	require.Equal(t, colours(s.get(path)), colours(html))
	b.looks("redriven")
	b.open(web.URL + path + "?at=9")
	b.looks("earlier")
	b.look(1280, 900, "light")
	b.open(web.URL + path + "?at=1#fork")
	b.run(`document.querySelector("#fork [name=data]").value = '{"items": [7]}'`, nil)
	b.loading(func() { b.run(`document.querySelector("#fork [value=input]").click()`, nil) })
	var fork string
	b.run(`location.pathname`, &fork)
	require.NotEqual(t, path, fork)
	require.JSONEq(t, `{"items": [7]}`, s.get(fork+"/data?of=input"))
	b.open(web.URL + "/")
	b.looks("machines")
	b.open(web.URL + "/machines/" + s.arn)
	b.looks("machine")
	b.requireQuiet()

	for _, planted := range []string{`document.querySelector(".graph .name").setAttribute("transform", "translate(70 0)")`, `document.querySelector(".pad").style.marginLeft = "-20px"`} {
		b.loading(func() { b.call("Page.reload", nil, nil) })
		b.run(planted, nil)
		var found []string
		b.run(geometry, &found)
		require.NotEmpty(t, found, "the check sees it: %s", planted)
	}
}

// Lines have the colours that asl graph gives them: to the end from a Fail state that of a
// failure, by a Catcher that of what was caught.
func TestColoursOfLinesInChromium(t *testing.T) {
	s := open(t, `{"StartAt": "Charge", "States": {
		"Charge": {"Type": "Task", "Resource": "`+function+`charge", "Next": "Done", "Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Refuse"}]},
		"Done": {"Type": "Succeed"}, "Refuse": {"Type": "Fail"}}}`, page.Options{})
	path := s.start("refused", "")
	s.waitFor(path, nil)
	web := httptest.NewServer(s.handler)
	t.Cleanup(web.Close)
	b := startBrowser(t)
	b.look(1280, 900, "light")
	b.open(web.URL + path)
	colour := func(selector, property string) (c string) {
		b.run(fmt.Sprintf(`getComputedStyle(document.querySelector(%q)).%s`, selector, property), &c)
		return c
	}
	failed := colour(`[data-state=Refuse] > .status`, "fill")
	caught := colour(`[data-state=Charge] > .status`, "fill")
	require.NotEqual(t, failed, caught)
	require.Equal(t, failed, colour(`.line.taken[data-edge$=-exit]`, "stroke"))
	require.Equal(t, failed, colour(`.arrow.taken[data-edge$=-exit]`, "fill"))
	require.Equal(t, caught, colour(`.line.taken[data-edge$=-catch]`, "stroke"))
	require.Equal(t, caught, colour(`.label.taken[data-edge$=-catch] text`, "fill"))
	b.looks("refused")
	b.requireQuiet()
}

var openAll = flag.Bool("openall", false, "look at each page in four ways, and not in a window and a narrow one; CI does")

// looks checks and takes pictures of the page in a window, on a phone and in the dark.
func (b *browser) looks(name string) {
	b.t.Helper()
	for _, l := range []struct {
		name          string
		width, height int
		scheme        string
	}{{"", 1280, 900, "light"}, {"-dark", 1280, 900, "dark"}, {"-phone", 390, 844, "light"}, {"-narrow", 320, 640, "light"}} {
		if !*openAll && os.Getenv("ASL_SCREENSHOTS") == "" && l.name != "" && l.name != "-narrow" {
			continue
		}
		b.look(l.width, l.height, l.scheme)
		b.loading(func() { b.call("Page.reload", nil, nil) })
		b.checkGeometry(name + l.name)
		b.shoot(name + l.name)
	}
}

// timeOf returns the time of an event, in milliseconds since 1970.
func (s *site) timeOf(path string, event int) int64 {
	s.t.Helper()
	found := regexp.MustCompile(`"timestamp":([0-9.]+)`).FindStringSubmatch(s.get(path + "/event?at=" + strconv.Itoa(event)))
	require.NotNil(s.t, found)
	seconds, err := strconv.ParseFloat(found[1], 64)
	require.NoError(s.t, err)
	return int64(seconds * 1000)
}

// An execution of 10,000 events is opened.
func TestLongHistoryInChromium(t *testing.T) {
	s := open(t, long, page.Options{})
	path := s.start("long", "")
	id, err := store.ParseID(strings.TrimPrefix(path, "/executions/"))
	require.NoError(t, err)
	e, err := s.api.Interpreter().Execution(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Wait(t.Context()))
	web := httptest.NewServer(s.handler)
	t.Cleanup(web.Close)
	b := startBrowser(t)
	b.look(1280, 900, "light")
	b.open(web.URL + path)
	var took float64
	b.run(`new Promise((resolve) => setTimeout(() => resolve(performance.getEntriesByType("navigation")[0].loadEventEnd)))`, &took)
	t.Logf("browser: an execution of 10,004 events was open after %.0f ms", took)
	b.checkGeometry("long")
	b.shoot("long")
	b.run(`const slider = document.querySelector(".time input"); slider.value = 5000; slider.oninput(); slider.onchange()`, nil)
	b.until(`document.querySelector("#rows tr").id === "e5000"`)
	b.requireQuiet()
}
