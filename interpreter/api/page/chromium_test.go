package page_test

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a browser may take for anything, so that a test ends.
const patience = time.Minute

// browser is a Chromium without a window, driven by its DevTools protocol over pipes.
type browser struct {
	t     *testing.T
	write io.Writer

	mu      sync.Mutex
	last    int
	calls   map[int]chan devtoolsMessage
	loads   chan struct{} // a page was loaded
	trouble []string      // what scripts and the policy complained about
	gone    chan struct{}
	session string // of the tab
}

// devtoolsMessage is an answer or an event.
type devtoolsMessage struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// startBrowser starts Debian's Chromium with a tab, or skips the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes a few seconds")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not on PATH: the page is not tested in a browser")
	}
	profile, err := os.MkdirTemp("", "chromium")
	require.NoError(t, err)
	// A child inherits its ends as descriptors 3 and 4.
	commands, write, err := os.Pipe()
	require.NoError(t, err)
	read, answers, err := os.Pipe()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", //nolint:gosec // it loads pages of this test
		"--remote-debugging-pipe", "--user-data-dir="+profile, "--force-color-profile=srgb", "about:blank")
	cmd.ExtraFiles = []*os.File{commands, answers}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	cmd.WaitDelay = 5 * time.Second
	require.NoError(t, cmd.Start())
	_, _ = commands.Close(), answers.Close()
	b := &browser{t: t, write: write, calls: map[int]chan devtoolsMessage{}, loads: make(chan struct{}, 100), gone: make(chan struct{})}
	go b.listen(read)
	t.Cleanup(func() {
		_ = b.send(&devtoolsCall{Method: "Browser.close"})
		ended := time.AfterFunc(5*time.Second, cancel)
		_ = cmd.Wait()
		ended.Stop()
		cancel()
		_, _ = write.Close(), read.Close()
		<-b.gone
		_ = os.RemoveAll(profile) // a process of it may still write
		if t.Failed() {
			t.Logf("%.2000s", complaints.String())
		}
	})
	var made struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// listen receives messages, each of which ends with a zero byte.
func (b *browser) listen(read io.Reader) {
	defer close(b.gone)
	for in := bufio.NewReader(read); ; {
		text, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m devtoolsMessage
		if json.Unmarshal(bytes.TrimRight(text, "\x00"), &m) != nil {
			continue
		}
		b.mu.Lock()
		switch {
		case m.ID > 0:
			b.calls[m.ID] <- m
			delete(b.calls, m.ID)
		case m.Method == "Page.loadEventFired":
			select {
			case b.loads <- struct{}{}:
			default:
			}
		case m.Method == "Runtime.exceptionThrown", m.Method == "Log.entryAdded":
			b.trouble = append(b.trouble, string(m.Params))
		}
		b.mu.Unlock()
	}
}

type devtoolsCall struct {
	ID      int    `json:"id"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"`
	Session string `json:"sessionId,omitempty"`
}

func (b *browser) send(c *devtoolsCall) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = b.write.Write(append(text, 0))
	return err
}

// call calls a method of the protocol.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	answer := make(chan devtoolsMessage, 1)
	b.mu.Lock()
	b.last++
	c := devtoolsCall{ID: b.last, Method: method, Params: params, Session: b.session}
	b.calls[c.ID] = answer
	b.mu.Unlock()
	err := b.send(&c)
	if err == nil {
		select {
		case m := <-answer:
			if m.Error != nil {
				err = errors.New(m.Error.Message)
			} else if result != nil {
				err = json.Unmarshal(m.Result, result)
			}
		case <-b.gone:
			err = errors.New("chromium has ended")
		case <-time.After(patience):
			err = errors.New("chromium does not answer")
		}
	}
	require.NoError(b.t, err, "%s", method)
}

// run evaluates an expression in the page, and waits for its promise.
func (b *browser) run(expression string, result any) {
	b.t.Helper()
	var r struct {
		Result struct {
			Value json.RawMessage
		}
		ExceptionDetails *struct {
			Exception struct{ Description string }
		}
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		require.Fail(b.t, r.ExceptionDetails.Exception.Description, expression)
	}
	if result != nil {
		require.NoError(b.t, json.Unmarshal(r.Result.Value, result), expression)
	}
}

// until waits until a condition holds in the page.
func (b *browser) until(condition string) {
	b.t.Helper()
	b.run(fmt.Sprintf(`new Promise((resolve) => {
		const check = () => { if (%s) { observer.disconnect(); resolve(true); } };
		const observer = new MutationObserver(check);
		observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
		check();
	})`, condition), nil)
}

// open opens a page.
func (b *browser) open(url string) {
	b.t.Helper()
	b.loading(func() { b.call("Page.navigate", map[string]any{"url": url}, nil) })
}

// loading does what makes the tab load a page, and waits for that.
func (b *browser) loading(act func()) {
	b.t.Helper()
	for len(b.loads) > 0 {
		<-b.loads
	}
	act()
	select {
	case <-b.loads:
	case <-time.After(patience):
		require.Fail(b.t, "no page was loaded")
	}
}

// look sets how the page is looked at.
func (b *browser) look(width, height int, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
}

// shoot writes a picture of the page, if the environment says where.
func (b *browser) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("ASL_SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", nil, &shot)
	picture, err := base64.StdEncoding.DecodeString(shot.Data)
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(dir, 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)) //nolint:gosec // for everybody
}

//go:embed testdata/geometry.js
var geometry string

// checkGeometry checks that no text crosses the border of a box.
func (b *browser) checkGeometry(of string) {
	b.t.Helper()
	var found []string
	b.run(geometry, &found)
	require.Empty(b.t, found, of)
}

// requireQuiet checks that no script failed and the policy forbade nothing.
func (b *browser) requireQuiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.trouble)
}
