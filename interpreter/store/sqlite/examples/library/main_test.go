package main

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// process is the program itself, as a child process.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
}

// startLibrary starts the program with a database and returns its address.
func startLibrary(t *testing.T, database string) (p *process, address string) {
	t.Helper()
	p = &process{t: t, cmd: exec.Command(os.Args[0], "-addr", "127.0.0.1:0", "-db", database), lines: make(chan string, 100)}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = os.Stderr
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	return p, p.waitFor(`library: (http://\S+) lends`)
}

// waitFor returns the group of the first line that matches.
func (p *process) waitFor(pattern string) string {
	p.t.Helper()
	for line := range p.lines {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	require.Fail(p.t, "the program ended without "+pattern)
	return ""
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// request returns the status and the body of an answer.
func request(t *testing.T, method, address string, form url.Values) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, strings.TrimSpace(string(body))
}

// A loan survives SIGKILL after its start, after its mail and after its answer, and
// the link of a dead process works in a later one.
func TestLoanSurvivesItsProcesses(t *testing.T) {
	database := filepath.Join(t.TempDir(), "library.db")
	p, address := startLibrary(t, database)
	code, loan := request(t, "POST", address+"/loans", url.Values{"reader": {"Ada"}, "book": {"Dune"}})
	require.Equal(t, http.StatusCreated, code)
	id := loan[strings.LastIndexByte(loan, '/')+1:]
	p.kill()

	p, address = startLibrary(t, database)
	code, text := request(t, "GET", address+"/loans/"+id, nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "Ada has Dune: RUNNING", text)
	// The mail of this loan may have been sent by the first process and be stored.
	// That of the next one is sent by this process.
	code, loan = request(t, "POST", address+"/loans", url.Values{"reader": {"Bob"}, "book": {"Emma"}})
	require.Equal(t, http.StatusCreated, code)
	id = loan[strings.LastIndexByte(loan, '/')+1:]
	token := p.waitFor(`mail to Bob: .*\?token=(\S+)`)
	p.kill()

	p, address = startLibrary(t, database)
	code, text = request(t, "GET", address+"/back?token="+token, nil)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, text, "<form")
	code, text = request(t, "POST", address+"/back?token="+token, nil)
	require.Equal(t, http.StatusOK, code, text)
	require.Equal(t, "thank you", text)
	p.kill()

	_, address = startLibrary(t, database)
	code, text = request(t, "GET", address+"/loans/"+id, nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "Bob has Emma: SUCCEEDED", text)
	code, text = request(t, "POST", address+"/back?token="+token, nil)
	require.Equal(t, http.StatusGone, code)
	require.Equal(t, "the link is no longer valid", text)
	for _, path := range []string{"/loans/1", "/loans/01000000-0000-7000-8000-000000000000", "/back?token=x"} {
		method := map[bool]string{true: "POST", false: "GET"}[strings.HasPrefix(path, "/back")]
		code, _ = request(t, method, address+path, nil)
		require.Equal(t, http.StatusNotFound, code, path)
	}
	code, _ = request(t, "POST", address+"/loans", url.Values{"reader": {"Ada"}})
	require.Equal(t, http.StatusBadRequest, code)
}

func TestSecondProcessIsRefused(t *testing.T) {
	database := filepath.Join(t.TempDir(), "library.db")
	startLibrary(t, database)
	out, err := exec.Command(os.Args[0], "-addr", "127.0.0.1:0", "-db", database).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "locked by another process")
}
