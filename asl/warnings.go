package asl

import (
	"math"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/jsonpath"
)

// states checks each state by itself.
func (c *checker) states() {
	for st := range c.machine.All() {
		if w := workOf(st); w != nil {
			c.retriers(w.Retry)
			c.catchers(w.Catch)
		}
		switch st := st.(type) {
		case *TaskState:
			c.heartbeat(st)
			c.token(st)
			c.resource(st)
		case *ChoiceState:
			c.rules(st)
		case *PassState:
			if hasDollarKey(st.Result.Value) {
				c.warn(CodePassResultIsStatic, st.Result.Pos, st.Location+"/Result",
					"The keys of Result that end in '.$' are taken as they stand: Parameters evaluates them")
			}
		}
	}
}

func hasDollarKey(v any) bool {
	switch v := v.(type) {
	case *value.Object:
		for key, member := range v.All() {
			if strings.HasSuffix(key, ".$") || hasDollarKey(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasDollarKey)
	}
	return false
}

// matched are the errors that earlier retriers or catchers take.
type matched map[string]bool

// all reports whether none of the errors gets past.
func (m matched) all(names []string) bool {
	for _, name := range names {
		if !m[name] && !(m[ErrTaskFailed] && !strings.HasPrefix(name, "States.")) {
			return false
		}
	}
	return len(names) > 0
}

func (m matched) add(names []string) {
	for _, name := range names {
		m[name] = true
	}
}

func (c *checker) retriers(list []Retrier) {
	taken := matched{}
	for i := range list {
		r := &list[i]
		if taken.all(r.ErrorEquals) {
			c.warn(CodeRetrierNeverMatches, r.Pos, r.Location, "Earlier retriers take all errors of this one")
		}
		taken.add(r.ErrorEquals)
		c.delays(r)
	}
}

func (c *checker) catchers(list []Catcher) {
	taken := matched{}
	for i := range list {
		if taken.all(list[i].ErrorEquals) {
			c.warn(CodeCatcherNeverMatches, list[i].Pos, list[i].Location, "Earlier catchers take all errors of this one")
		}
		taken.add(list[i].ErrorEquals)
	}
}

// delays warns where the machine times out before the last retry.
func (c *checker) delays(r *Retrier) {
	limit := float64(c.machine.TimeoutSeconds.Value)
	if limit <= 0 {
		return
	}
	delay := float64(r.IntervalSeconds.Or(1))
	highest := math.Inf(1)
	if r.MaxDelaySeconds.Set() {
		highest = float64(r.MaxDelaySeconds.Value)
	}
	attempts, rate := r.MaxAttempts.Or(3), r.BackoffRate.Or(2)
	total := 0.0
	const enough = 10_000 // attempts after which the delays hardly change
	for i := range min(attempts, enough) {
		total += min(delay, highest)
		delay *= rate
		if total > limit {
			c.warn(CodeRetryOutlastsTimeout, r.Pos, r.Location,
				"The delay before retry %d ends after the machine's TimeoutSeconds of %.0f", i+1, limit)
			return
		}
	}
}

func (c *checker) heartbeat(st *TaskState) {
	h, t := st.HeartbeatSeconds, st.TimeoutSeconds
	if h.Set() && t.Set() && h.Value.Expression == "" && t.Value.Expression == "" && h.Value.Value >= t.Value.Value {
		c.warn(CodeHeartbeatTooLong, h.Pos, st.Location+"/HeartbeatSeconds", "HeartbeatSeconds should be less than TimeoutSeconds")
	}
}

// token warns of a Task that waits for its token and tells it nobody.
func (c *checker) token(st *TaskState) {
	if !strings.HasSuffix(st.Resource.Value, ".waitForTaskToken") {
		return
	}
	for _, f := range []Opt[Template]{st.Parameters, st.Arguments} {
		if f.Set() && mayHoldToken(f.Value.Source) {
			return
		}
	}
	c.warn(CodeTaskTokenNotPassed, st.Resource.Pos, st.Location+"/Resource",
		"The task waits for its token, but nothing passes it: $$.Task.Token or $states.context.Task.Token")
}

// mayHoldToken reports whether a template refers to the context object, or to
// something that may hold the token.
func mayHoldToken(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "Task.Token") || strings.HasPrefix(v, "$$") && !strings.HasPrefix(v, "$$.") ||
			strings.Contains(v, "$states.context") && strings.Contains(v, "Task") || strings.Contains(v, "$$.Task")
	case *value.Object:
		for _, member := range v.All() {
			if mayHoldToken(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, mayHoldToken)
	}
	return false
}

// rules warns of Choice rules after one that is always true.
func (c *checker) rules(st *ChoiceState) {
	for i := range st.Choices {
		if i > 0 && alwaysTrue(&st.Choices[i-1]) {
			r := &st.Choices[i]
			c.warn(CodeChoiceRuleNeverReached, r.Pos, r.Location, "An earlier rule is always true")
			return
		}
	}
}

func alwaysTrue(r *ChoiceRule) bool {
	switch v := r.Condition.Value.(type) {
	case bool:
		return v
	case string:
		return IsExpression(v) && strings.TrimSpace(v[2:len(v)-2]) == "true"
	}
	return false
}

// constants warns of fields that the constant Result of the only state before
// does not have.
func (c *checker) constants(g *graph, first int) {
	for i, st := range g.states.List {
		if i == first || len(g.previous[i]) != 1 || st.Base().Language != JSONPath {
			continue
		}
		pass, ok := g.states.List[g.previous[i][0]].(*PassState)
		if !ok || pass.Language != JSONPath || pass.Parameters.Presence != Absent || pass.OutputPath.Presence != Absent ||
			pass.ResultPath.Presence == Null || pass.ResultPath.Set() && pass.ResultPath.Value.Text != "$" {
			continue
		}
		result, ok := pass.Result.Value.(*value.Object)
		if !ok {
			continue
		}
		for _, p := range inputPaths(st) {
			if names := p.path.Value.Parsed.Names(); len(names) > 0 && !result.Has(names[0]) {
				c.warn(CodeFieldNeverExists, p.path.Pos, p.location,
					"The constant Result of the state '%s' has no field '%s'", pass.Name, names[0])
			}
		}
	}
}

// placed is a path of a field.
type placed struct {
	path     Opt[Path]
	location string
}

// inputPaths are the paths that a state must find in its input.
func inputPaths(st State) []placed {
	var list []placed
	location := st.Base().Location
	add := func(path Opt[Path], location string) {
		if p := path.Value.Parsed; p != nil && p.Root() == jsonpath.Input {
			list = append(list, placed{path, location})
		}
	}
	if flow := flowOf(st); flow != nil && flow.InputPath.Presence != Absent {
		add(flow.InputPath, location+"/InputPath")
		return list // the others look into what it gives
	}
	template := func(t Opt[Template], field string) {
		for p := range t.Value.Root.paths {
			add(Opt[Path]{Value: Path{Parsed: p}, Presence: Present, Pos: t.Pos}, location+"/"+field)
		}
	}
	switch st := st.(type) {
	case *TaskState:
		template(st.Parameters, "Parameters")
		add(st.TimeoutSecondsPath, location+"/TimeoutSecondsPath")
		add(st.HeartbeatSecondsPath, location+"/HeartbeatSecondsPath")
	case *PassState:
		template(st.Parameters, "Parameters")
	case *ParallelState:
		template(st.Parameters, "Parameters")
	case *WaitState:
		add(st.SecondsPath, location+"/SecondsPath")
		add(st.TimestampPath, location+"/TimestampPath")
	case *MapState:
		add(st.ItemsPath, location+"/ItemsPath")
	case *ChoiceState:
		if len(st.Choices) > 0 && st.Choices[0].Operator != "IsPresent" {
			add(st.Choices[0].Variable, st.Choices[0].Location+"/Variable")
		}
	}
	return list
}

// paths iterates over the paths of a payload template.
func (n *TemplateNode) paths(yield func(*jsonpath.Path) bool) { n.walk(yield) }

func (n *TemplateNode) walk(yield func(*jsonpath.Path) bool) bool {
	if n == nil {
		return true
	}
	if n.Path != nil && !yield(n.Path) {
		return false
	}
	if n.Call != nil {
		for p := range n.Call.Paths() {
			if !yield(p) {
				return false
			}
		}
	}
	for i := range n.Fields {
		if !n.Fields[i].Node.walk(yield) {
			return false
		}
	}
	for i := range n.Items {
		if !n.Items[i].walk(yield) {
			return false
		}
	}
	return true
}

// flowOf is how a state selects its input, or nil where its type does not.
func flowOf(st State) *DataFlow {
	switch st := st.(type) {
	case *TaskState:
		return &st.DataFlow
	case *PassState:
		return &st.DataFlow
	case *WaitState:
		return &st.DataFlow
	case *ChoiceState:
		return &st.DataFlow
	case *SucceedState:
		return &st.DataFlow
	case *ParallelState:
		return &st.DataFlow
	case *MapState:
		return &st.DataFlow
	}
	return nil
}
