package page

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

type mapRunRow struct {
	interpreter.MapRun
	Look look
}

// executionView is what the page of an execution shows.
type executionView struct {
	base
	*overview
	D             *interpreter.Description
	Name          string
	Path          string
	Machine       string // name
	MachinePath   string // empty: it is not one of the server's
	Look          look
	Took          string
	Input, Output text
	Graph         template.HTML
	MapRuns       []mapRunRow
	Children      executionList
	Live          bool   // it shows the end of the history
	Filter        string // name of a state
	Before        uint32 // the rows are those before; 0: the latest
	Previous      uint32 // event before At
	Following     uint32 // event behind At
	Redrivable    bool
	Running       bool
}

// showExecution shows an execution, perhaps as of an earlier event.
func (p *page) showExecution(r *http.Request) (*answer, error) {
	ctx := r.Context()
	if arn := r.PathValue("id"); strings.HasPrefix(arn, "arn:") {
		return p.findPage(ctx, arn)
	}
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	d, err := p.in.Describe(ctx, id)
	if err != nil {
		return nil, err
	}
	at, before, err := place(r)
	if err != nil {
		return nil, err
	}
	v := &executionView{
		D: d, Name: shortName(d.Name), Path: p.options.Prefix + executionPath(id), Look: statusLooks[d.Status], Filter: r.URL.Query().Get("state"), Before: before,
		Input: indent(d.Input, maxData), Redrivable: d.RedriveStatus == interpreter.Redrivable, Running: d.Status == interpreter.Running,
	}
	v.base = p.newBase(v.Look.Sign + " " + v.Name)
	if d.Status == interpreter.Succeeded {
		v.Output = indent(d.Output, maxData)
	}
	if !d.Ended.IsZero() {
		v.Took = writeDuration(d.Ended.Sub(d.Started))
	}
	v.nameMachine(p)
	g, runs, err := p.loadGraph(ctx, d)
	if err != nil {
		return nil, err
	}
	v.overview, err = readOverview(p.newReader(d, g), p.in.History(ctx, id, interpreter.HistoryOptions{}), at, before, v.Filter)
	if err != nil {
		return nil, err
	}
	v.Live = v.At == v.Total
	if v.At > 1 {
		v.Previous = v.At - 1
	}
	if v.At < v.Total {
		v.Following = v.At + 1
	}
	v.Graph = embedSVG(g, "Graph of "+v.Machine+", execution "+v.Name)
	for _, run := range runs {
		v.MapRuns = append(v.MapRuns, mapRunRow{run, statusLooks[run.Status]})
	}
	if v.Children, err = p.list(r.Clone(ctx), store.Query{Parent: id}); err != nil {
		return nil, err
	}
	return &answer{template: "execution.html", data: v}, nil
}

// findPage redirects to the page of an execution whose ARN is in its place.
func (p *page) findPage(ctx context.Context, arn string) (*answer, error) {
	id, err := p.server.Find(ctx, arn)
	var refused *api.Error
	if errors.As(err, &refused) {
		return nil, notFound("execution")
	} else if err != nil {
		return nil, err
	}
	return &answer{location: executionPath(id)}, nil
}

// nameMachine fills in the machine of the execution.
func (v *executionView) nameMachine(p *page) {
	arn, label, _ := strings.Cut(v.D.Machine, "/")
	v.Machine = arn[strings.LastIndexByte(arn, ':')+1:]
	if label != "" {
		v.Machine += "/" + label
	}
	if _, err := p.server.Records().Machine(arn); err == nil {
		v.MachinePath = p.options.Prefix + machinePath(arn)
	}
}

// place returns the events that a request names: at and before; 0: none.
func place(r *http.Request) (at, before uint32, err error) {
	for name, to := range map[string]*uint32{"at": &at, "before": &before} {
		s := r.URL.Query().Get(name)
		if s == "" {
			continue
		}
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return 0, 0, notFound("event")
		}
		*to = uint32(n)
	}
	return at, before, nil
}

// loadGraph returns the graph of an execution without its history, and its Map Runs. If
// the execution cannot be loaded, the graph is that of the machine, or empty.
func (p *page) loadGraph(ctx context.Context, d *interpreter.Description) (*graph.Graph, []interpreter.MapRun, error) {
	e, err := p.in.Execution(ctx, d.ID)
	if err == nil {
		runs, err := e.MapRuns(ctx)
		return graph.New(e.Program().Machine()), runs, err
	}
	if d.Problem == nil {
		return nil, nil, err
	}
	m, err := p.server.Records().Machine(d.Machine)
	if err != nil {
		return graph.New(nil), nil, nil //nolint:nilerr // the page says the problem
	}
	var parsed *asl.StateMachine
	if rev := p.server.Records().Revision(m.Arn, m.Current); rev != nil {
		parsed, _ = asl.Parse([]byte(rev.Definition))
	}
	return graph.New(parsed), nil, nil
}

// showGraph answers the script: what the graph shows as of an event.
func (p *page) showGraph(r *http.Request) (*answer, error) {
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	at, _, err := place(r)
	if err != nil {
		return nil, err
	}
	rd, err := p.openReader(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if _, err := p.follow(r.Context(), id, rd, at, nil); err != nil {
		return nil, err
	}
	return &answer{media: "application/json", body: writeJSON(rd.updateGraph())}, nil
}

// openReader returns a reader for an execution.
func (p *page) openReader(ctx context.Context, id store.ID) (*reader, error) {
	d, err := p.in.Describe(ctx, id)
	if err != nil {
		return nil, err
	}
	g, _, err := p.loadGraph(ctx, d)
	if err != nil {
		return nil, err
	}
	return p.newReader(d, g), nil
}

// newReader returns a reader for an execution. A child of a Map Run cannot be forked.
func (p *page) newReader(d *interpreter.Description, g *graph.Graph) *reader {
	return newReader(p.options.Prefix+executionPath(d.ID), d.ID, !p.options.ReadOnly && !strings.Contains(d.Machine, "/"), g)
}

// follow has a reader follow the events that come behind its last one, up to an event; 0:
// all. It passes each to f, which may be nil, and returns how many there were.
func (p *page) follow(ctx context.Context, id store.ID, rd *reader, to uint32, f func(*history.Event)) (n int, err error) {
	for e, err := range p.in.History(ctx, id, interpreter.HistoryOptions{After: rd.last}) {
		if err != nil {
			return n, err
		}
		if to > 0 && e.ID > to {
			break
		}
		rd.addEvent(e)
		n++
		if f != nil {
			f(e)
		}
	}
	return n, nil
}

// showEvent shows an event as the API has it.
func (p *page) showEvent(r *http.Request) (*answer, error) {
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	at, _, err := place(r)
	if err != nil || at == 0 {
		return nil, notFound("event")
	}
	for e, err := range p.in.History(r.Context(), id, interpreter.HistoryOptions{After: at - 1}) {
		if err != nil {
			return nil, err
		}
		return &answer{media: "application/json", body: e.AppendJSON(nil)}, nil
	}
	return nil, notFound("event")
}

// showData shows the whole input or output of an execution.
func (p *page) showData(r *http.Request) (*answer, error) {
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	d, err := p.in.Describe(r.Context(), id)
	if err != nil {
		return nil, err
	}
	data := d.Input
	if r.URL.Query().Get("of") == "output" {
		data = d.Output
	}
	return &answer{media: "application/json", body: value.Append(nil, data)}, nil
}
