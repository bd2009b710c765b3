package page

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
)

// counted is the number of executions by status.
type counted struct {
	Status    string // as the API writes it
	N         int64
	Look      look
	From, Len int64 // in a bar of 1,000
}

// look is how a status or an outcome is shown: a class of the style sheet, a sign and a
// word, so that it does not depend on colours.
type look struct{ Class, Sign, Word string }

var statusLooks = map[interpreter.Status]look{
	interpreter.Running:   {"running", "▶", "running"},
	interpreter.Succeeded: {"succeeded", "✓", "succeeded"},
	interpreter.Failed:    {"failed", "✕", "failed"},
	interpreter.TimedOut:  {"failed", "✕", "timed out"},
	interpreter.Aborted:   {"aborted", "■", "aborted"},
}

var statusOrder = []interpreter.Status{interpreter.Succeeded, interpreter.Running, interpreter.Failed, interpreter.TimedOut, interpreter.Aborted}

// count counts the executions that a query selects; the sum comes first.
func (p *page) count(ctx context.Context, q store.Query) (sum int64, by []counted, err error) {
	n, err := p.in.Count(ctx, q)
	if err != nil {
		return 0, nil, err
	}
	for _, s := range statusOrder {
		sum += n[s]
	}
	const bar = 1000
	at := int64(0)
	for _, s := range statusOrder {
		if n[s] == 0 {
			continue
		}
		length := max(n[s]*bar/sum, 1)
		by = append(by, counted{s.String(), n[s], statusLooks[s], at, length})
		at += length
	}
	return sum, by, nil
}

type machineRow struct {
	*registry.Machine
	Path   string
	Sum    int64
	Counts []counted
}

type activityRow struct {
	*registry.Activity
	Tasks, Workers int
}

// showMachines shows the machines with their counts, and the activities.
func (p *page) showMachines(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	search, after := strings.ToLower(q.Get("q")), q.Get("after")
	v := struct {
		base
		Search     string
		Machines   []machineRow
		Next       string
		Activities []activityRow
		Hidden     int // activities that are not shown
	}{base: p.newBase("State machines"), Search: q.Get("q")}
	all := p.server.Records().Machines() // by name
	first := sort.Search(len(all), func(i int) bool { return all[i].Name > after })
	for _, m := range all[first:] {
		if !strings.Contains(strings.ToLower(m.Name), search) {
			continue
		}
		if len(v.Machines) == listRows {
			v.Next = "?" + url.Values{"q": {q.Get("q")}, "after": {v.Machines[listRows-1].Name}}.Encode()
			break
		}
		row := machineRow{Machine: m, Path: p.options.Prefix + machinePath(m.Arn)}
		var err error
		if row.Sum, row.Counts, err = p.count(r.Context(), store.Query{Machine: m.Arn}); err != nil {
			return nil, err
		}
		v.Machines = append(v.Machines, row)
	}
	for _, a := range p.server.Records().Activities() {
		if len(v.Activities) == listRows {
			v.Hidden++
			continue
		}
		row := activityRow{Activity: a}
		row.Tasks, row.Workers = p.in.ActivityQueue(a.Arn)
		v.Activities = append(v.Activities, row)
	}
	return &answer{template: "machines.html", data: &v}, nil
}

// executionRow is an execution of a list.
type executionRow struct {
	Path, Name string
	Look       look
	Day, Clock string // of the start
	Took       string
	Parked     string
}

func (p *page) newExecutionRow(l *store.Listed) executionRow {
	row := executionRow{Path: p.options.Prefix + executionPath(l.ID), Name: shortName(l.Name), Look: statusLooks[l.Status], Day: l.Started.UTC().Format(time.DateOnly), Clock: l.Started.UTC().Format(time.TimeOnly), Parked: l.Parked}
	if !l.Ended.IsZero() {
		row.Took = writeDuration(l.Ended.Sub(l.Started))
	}
	return row
}

// shortName returns the name in the ARN of an EXPRESS execution.
func shortName(name string) string {
	if parts := strings.Split(name, ":"); strings.HasPrefix(name, "arn:") && len(parts) > 2 {
		return parts[len(parts)-2]
	}
	return name
}

// executionList is a page of executions.
type executionList struct {
	Rows         []executionRow
	Status, Name string // the filter
	Next         string // query of the next page; empty: none
}

// list returns the executions that a query and the filter of the request select.
func (p *page) list(r *http.Request, q store.Query) (executionList, error) {
	given := r.URL.Query()
	out := executionList{Status: given.Get("status"), Name: given.Get("name")}
	for _, s := range statusOrder {
		if s.String() == out.Status {
			q.Status = []interpreter.Status{s}
		}
	}
	q.NamePrefix, q.Limit = out.Name, listRows+1
	if q.NamePrefix != "" && strings.HasPrefix(given.Get("names"), "arn:") { // EXPRESS
		q.NamePrefix = given.Get("names") + q.NamePrefix
	}
	if nanos, id, ok := strings.Cut(given.Get("after"), "."); ok {
		n, err := strconv.ParseInt(nanos, 10, 64)
		after, failed := store.ParseID(id)
		if err != nil || failed != nil {
			return out, notFound("page")
		}
		q.After = &store.Listed{ID: after, Head: store.Head{Started: time.Unix(0, n)}}
	}
	all, err := p.in.List(r.Context(), q)
	if err != nil {
		return out, err
	}
	if len(all) > listRows {
		all = all[:listRows]
		last := all[listRows-1]
		given.Set("after", strconv.FormatInt(last.Started.UnixNano(), 10)+"."+last.ID.String())
		out.Next = "?" + given.Encode()
	}
	for i := range all {
		out.Rows = append(out.Rows, p.newExecutionRow(&all[i]))
	}
	return out, nil
}

// showMachine shows a machine with its graph and its executions.
func (p *page) showMachine(r *http.Request) (*answer, error) {
	m, err := p.server.Records().Machine(r.PathValue("arn"))
	if err != nil {
		return nil, notFound("state machine")
	}
	v := struct {
		base
		*registry.Machine
		Path       string
		Sum        int64
		Counts     []counted
		Executions executionList
		Statuses   []interpreter.Status
		Names      string // what the names of EXPRESS executions begin with
		Graph      template.HTML
		Definition string
		Cases      []string // test cases of the mocks
	}{base: p.newBase(m.Name), Machine: m, Path: p.options.Prefix + machinePath(m.Arn), Statuses: statusOrder, Cases: p.server.TestCases(m.Arn)}
	if m.Type == registry.Express {
		v.Names = strings.Replace(m.Arn, ":stateMachine:", ":express:", 1) + ":"
	}
	if v.Sum, v.Counts, err = p.count(r.Context(), store.Query{Machine: m.Arn}); err != nil {
		return nil, err
	}
	if v.Executions, err = p.list(r, store.Query{Machine: m.Arn}); err != nil {
		return nil, err
	}
	if rev := p.server.Records().Revision(m.Arn, m.Current); rev != nil {
		v.Definition = rev.Definition
		if parsed, err := asl.Parse([]byte(rev.Definition)); err == nil {
			v.Graph = embedSVG(graph.New(parsed), "Graph of "+m.Name)
		}
	}
	return &answer{template: "machine.html", data: &v}, nil
}
