package page

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/store"
)

// Options configure the page. The zero value works.
type Options struct {
	// Prefix is the path under which the page is mounted, such as "/states". It stays
	// part of the requests. Default: the root.
	Prefix string
	// ReadOnly leaves out everything that changes something, and refuses it with
	// status 403.
	ReadOnly bool
}

// Bounds of the page.
const (
	PageRows   = 200 // events of a page
	MaxStreams = 64  // open at a time; others get status 503

	listRows    = 50       // machines or executions of a page
	maxForm     = 8 << 20  // bytes of a form
	maxDetails  = 4 << 10  // bytes of an event's data in a table
	maxData     = 64 << 10 // bytes of an input or output in a page
	maxMarks    = 200      // marks below the slider
	writeWithin = 10 * time.Second
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

type page struct {
	server   *api.Server
	in       *interpreter.Interpreter
	options  Options
	crossing *http.CrossOriginProtection
	mux      *http.ServeMux
	views    *template.Template
	streams  atomic.Int64
}

// Handler returns the page of a server. It is safe for concurrent use.
func Handler(s *api.Server, o Options) http.Handler {
	o.Prefix = strings.TrimRight(o.Prefix, "/")
	p := &page{server: s, in: s.Interpreter(), options: o, crossing: http.NewCrossOriginProtection(), mux: http.NewServeMux()}
	p.views = template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/*.html"))
	for pattern, view := range map[string]func(*http.Request) (*answer, error){
		"GET /{$}":                      p.showMachines,
		"GET /machines/{arn}":           p.showMachine,
		"GET /executions/{id}":          p.showExecution,
		"GET /executions/{id}/graph":    p.showGraph,
		"GET /executions/{id}/event":    p.showEvent,
		"GET /executions/{id}/data":     p.showData,
		"POST /machines/{arn}/start":    p.start,
		"POST /executions/{id}/stop":    p.stop,
		"POST /executions/{id}/redrive": p.redrive,
		"POST /executions/{id}/answer":  p.answerToken,
		"POST /executions/{id}/fork":    p.fork,
	} {
		p.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, view) })
	}
	p.mux.HandleFunc("GET /executions/{id}/events", p.stream)
	p.mux.Handle("GET /static/", http.FileServerFS(staticFiles))
	return p
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP answers a request.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	switch {
	case !p.server.AllowsHost(r.Host):
		http.Error(w, "the host of the request is not one of the server's: add it to api.Config.Hosts, or with asl serve -host", http.StatusForbidden)
	case p.crossing.Check(r) != nil:
		http.Error(w, "the request comes from another site", http.StatusForbidden)
	case p.options.ReadOnly && r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "the page is read-only", http.StatusForbidden)
	default:
		http.StripPrefix(p.options.Prefix, p.mux).ServeHTTP(w, r)
	}
}

// answer is what a view answers with.
type answer struct {
	template string // of views
	data     any
	location string // redirects to a path of the page
	media    string // of body
	body     []byte
}

// base is what all templates have.
type base struct {
	Prefix   string
	ReadOnly bool
	Title    string
}

func (p *page) newBase(title string) base {
	return base{Prefix: p.options.Prefix, ReadOnly: p.options.ReadOnly, Title: title}
}

// failure is an error with a status.
type failure struct {
	status  int
	message string
}

func (f *failure) Error() string { return f.message }

func notFound(what string) error {
	return &failure{http.StatusNotFound, "There is no such " + what + "."}
}

// answer calls a view and writes what it returns.
func (p *page) answer(w http.ResponseWriter, r *http.Request, view func(*http.Request) (*answer, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	a, err := view(r)
	status := http.StatusOK
	if err != nil {
		a, status = p.describeError(err)
	}
	switch {
	case a.location != "":
		http.Redirect(w, r, p.options.Prefix+a.location, http.StatusSeeOther)
		return
	case a.template != "":
		var b bytes.Buffer
		if err := p.views.ExecuteTemplate(&b, a.template, a.data); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		a.media, a.body = "text/html; charset=utf-8", b.Bytes()
	}
	w.Header().Set("Content-Type", a.media)
	w.WriteHeader(status)
	_, _ = w.Write(a.body)
}

// describeError returns the page of an error, and its status.
func (p *page) describeError(err error) (*answer, int) {
	status := http.StatusInternalServerError
	var f *failure
	var refused *api.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		status = f.status
	case errors.As(err, &refused):
		status = http.StatusBadRequest
	case errors.Is(err, store.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, interpreter.ErrClosed):
		status = http.StatusServiceUnavailable
	case errors.As(err, &tooLarge):
		status = http.StatusRequestEntityTooLarge
	}
	return &answer{template: "error.html", data: struct {
		base
		Status  string
		Message string
	}{p.newBase("Error"), fmt.Sprintf("%d %s", status, http.StatusText(status)), err.Error()}}, status
}

// machinePath and executionPath are paths of the page.
func machinePath(arn string) string { return "/machines/" + url.PathEscape(arn) }

func executionPath(id store.ID) string { return "/executions/" + id.String() }

// parseID returns the ID of the execution that a request names.
func parseID(r *http.Request) (store.ID, error) {
	id, err := store.ParseID(r.PathValue("id"))
	if err != nil {
		return id, notFound("execution")
	}
	return id, nil
}

// open loads the execution that a request names.
func (p *page) open(ctx context.Context, r *http.Request) (*interpreter.Execution, error) {
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	return p.in.Execution(ctx, id)
}
