package soundness

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

var (
	machines = flag.Int("machines", 1000, "how many machines to try; CI tries 3000")
	seed     = flag.Uint64("seed", 1, "the seed of the first")
)

const runs = 25 // of each machine

// No warning is about what happens after all.
func TestWarningsAreTrue(t *testing.T) {
	race.OneGoroutine(t)
	s := statistics{warnings: map[string]int{}, missing: map[string]int{}}
	for i := range *machines {
		s.try(t, *seed<<32+uint64(i))
	}
	t.Logf("%d machines of %d are valid, %d runs, %d of them succeeded; warnings, and how often their states were entered: %v",
		s.valid, *machines, s.runs, s.succeeded, s.warnings)
	t.Logf("states that fail in all runs on what is not there, with or without a warning: %v", s.missing)
}

func FuzzWarningsAreTrue(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		s := statistics{warnings: map[string]int{}, missing: map[string]int{}}
		s.try(t, seed)
	})
}

type statistics struct {
	valid, runs, succeeded int
	warnings, missing      map[string]int
}

func (s *statistics) try(t *testing.T, seed uint64) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
	text := g.machine()
	found := asl.Validate([]byte(text), asl.Options{})
	if slices.ContainsFunc(found, func(d asl.Diagnostic) bool { return d.Severity == asl.SeverityError }) {
		return
	}
	s.valid++
	m, err := asl.Parse([]byte(text))
	require.NoError(t, err)
	p, err := machine.Compile(m, machine.Options{Limits: machine.Limits{HistoryEvents: 200, PayloadBytes: 5000}})
	require.NoError(t, err)
	c := newChecker(m, found)
	for range runs {
		h := execute(p, g.Rand)
		s.runs++
		if h.outcome.Error == nil {
			s.succeeded++
		}
		for _, d := range c.refuted(h) {
			t.Fatalf("seed %d: %s\nis not true of\n%s\n%s", seed, d, text, history.AppendHistory(nil, h.all()))
		}
	}
	for _, w := range c.warnings {
		s.warnings[w.Code]++
		s.warnings[w.Code+" entered"] += w.met
	}
	c.count(s.missing)
}

// warning is one of Validate's, and what of its text is needed to judge it.
type warning struct {
	asl.Diagnostic
	field   string   // of the state: Output, Choices[0]/Assign
	index   int      // of the rule, Retrier or Catcher
	path    []string // of the field
	context bool     // it is about the context object
	name    string   // of the variable
	attempt int      // of the retry
	met     int      // how often its state was entered
}

type checker struct {
	states   map[string]asl.State
	scopes   map[string]string // of each state, the location of its States
	warnings []*warning
	of       map[string][]*warning // each state's
	entered  map[string]int        // in how many runs a state was entered
	missed   map[string]int        // and failed, because something is not there
}

var words = regexp.MustCompile(`The field '([\w.]+)'|variable '\$(\w+)'|before retry (\d+)`)
var locations = regexp.MustCompile(`^(.*)/States/(\w+)/?(.*?(?:\[(\d+)\].*)?)$`)

func newChecker(m *asl.StateMachine, found asl.ErrorList) *checker {
	c := &checker{states: map[string]asl.State{}, scopes: map[string]string{}, of: map[string][]*warning{}, entered: map[string]int{}, missed: map[string]int{}}
	for st := range m.All() {
		b := st.Base()
		c.states[b.Name], c.scopes[b.Name] = st, strings.TrimSuffix(b.Location, "/States/"+b.Name)
	}
	for _, d := range found {
		w := &warning{Diagnostic: d}
		at := locations.FindStringSubmatch(d.Location)
		w.field = at[3]
		w.index, _ = strconv.Atoi(at[4])
		if is := words.FindStringSubmatch(d.Message); is != nil {
			w.path, w.name = strings.Split(is[1], "."), is[2]
			w.attempt, _ = strconv.Atoi(is[3])
		}
		w.context = slices.Contains([]string{"Execution", "Map", "State", "Task"}, append(w.path, "")[0])
		c.warnings = append(c.warnings, w)
		c.of[at[2]] = append(c.of[at[2]], w)
	}
	return c
}

// refuted are the warnings that a run has shown to be false.
func (c *checker) refuted(h *run) (false asl.ErrorList) {
	entered, tried := map[string]bool{}, map[[2]uint32]int{}
	for _, d := range h.decisions {
		for _, w := range c.of[d.State] {
			kind := map[string]machine.DecisionKind{asl.CodeChoiceRuleNeverReached: machine.ChoseRule,
				asl.CodeRetrierNeverMatches: machine.MatchedRetrier, asl.CodeCatcherNeverMatches: machine.MatchedCatcher}
			if k, ok := kind[w.Code]; ok && k == d.Kind && w.index == d.Index {
				false = append(false, w.Diagnostic)
			}
			if w.Code == asl.CodeRetryOutlastsTimeout && d.Kind == machine.MatchedRetrier && w.index == d.Index {
				key := [2]uint32{d.Entered, uint32(d.Index)}
				if tried[key]++; tried[key] > w.attempt {
					false = append(false, w.Diagnostic)
				}
			}
		}
	}
	for e := range h.all() {
		switch {
		case e.Type.IsStateEntered():
			entered[e.Name] = true
			for _, w := range c.of[e.Name] {
				w.met++
				if w.Code == asl.CodeFieldNeverExists && c.exists(w, e) || w.Code == asl.CodePossiblyUndefinedVariable && c.assigned(w, h, e) {
					false = append(false, w.Diagnostic)
				}
			}
			if e.Type == history.FailStateEntered {
				false = append(false, c.before(h, e)...)
			}
		case e.Type.IsStateExited():
			from := h.entered(e)
			by, caught := h.caught[from]
			for _, w := range c.of[e.Name] {
				if w.read(by, caught, e.Type == history.ChoiceStateExited) || w.Code == asl.CodeRetryOutlastsTimeout && tried[[2]uint32{from, uint32(w.index)}] >= w.attempt {
					false = append(false, w.Diagnostic)
				}
			}
			if st := c.states[e.Name]; !caught && (e.Type == history.SucceedStateExited || fieldOf[asl.Opt[bool]](st, "End").Value) {
				false = append(false, c.before(h, e)...)
			}
		}
	}
	for name := range entered {
		c.entered[name]++
	}
	if o := h.outcome; o.Error != nil && o.State != "" && o.Cause != nil && missing.MatchString(*o.Cause) {
		c.missed[o.State]++
	}
	return false
}

// exists reports whether the input of a state has a field, as far as what the
// path begins at follows from the input alone.
func (c *checker) exists(w *warning, entered *history.Event) bool {
	st := c.states[entered.Name]
	if w.context {
		return false
	}
	if st.Base().Language == asl.JSONata {
		v, err := must(jsonata.Compile(strings.Join(w.path, "."), jsonata.Options{})).Eval(entered.Value, nil, nil)
		return err == nil && v != jsonata.Undefined
	}
	v := entered.Value
	_, pass := st.(*asl.PassState)
	switch {
	case w.field == "OutputPath", strings.HasPrefix(w.field, "Catch"), w.field == "Assign" && pass:
		return false
	case w.field != "InputPath":
		flow := fieldOf[asl.Opt[asl.Path]](st, "InputPath")
		if flow.Presence == asl.Null {
			v = value.NewObject(0)
		} else if p := flow.Value.Parsed; p != nil {
			if p.Root() != jsonpath.Input {
				return false
			}
			var err error
			if v, err = p.Get(v); err != nil {
				return false
			}
		}
	}
	for _, name := range w.path {
		o, _ := v.(*value.Object)
		if o == nil || !o.Has(name) {
			return false
		}
		v, _ = o.Get(name)
	}
	return true
}

// fieldOf is a field of a state, or its zero value where the type has none.
func fieldOf[T any](st asl.State, name string) (f T) {
	if v := reflect.ValueOf(st).Elem().FieldByName(name); v.IsValid() {
		f = v.Interface().(T)
	}
	return f
}

// read reports whether a state that was left must have read what is warned of:
// what is not there would have failed it.
func (w *warning) read(by int, caught, choice bool) bool {
	if !slices.Contains([]string{asl.CodeFieldNeverExists, asl.CodePossiblyUndefinedVariable, asl.CodeFunctionUnknown}, w.Code) {
		return false
	}
	field, _, _ := strings.Cut(w.field, "/")
	switch {
	case strings.HasPrefix(field, "Catch"):
		return caught && by == w.index
	case caught, choice, strings.HasPrefix(field, "InputPath"), strings.HasPrefix(field, "ItemSelector"), strings.HasPrefix(field, "Parameters"):
		return false
	}
	return true
}

// back follows what led to an event, in its own States and those around them,
// without the earlier attempts of what is around.
func (c *checker) back(h *run, e *history.Event) func(func(*history.Event) bool) {
	return func(yield func(*history.Event) bool) {
		scope, within, outside := c.scopes[e.Name], false, false
		for e := e; e.ID > 1; e = &h.events[e.Previous] {
			s, here := c.scopes[e.Name], e.Type.IsStateEntered() || e.Type.IsStateExited()
			switch {
			case slices.Contains(starts, e.Type):
				outside = outside || !within
			case here && (s == scope && !outside || s != scope && strings.HasPrefix(scope, s)):
				scope, within, outside = s, e.Type.IsStateExited(), false
				if !yield(e) {
					return
				}
			}
		}
	}
}

var starts = []history.Type{history.ParallelStateStarted, history.MapStateStarted, history.MapIterationStarted}

// assigned reports whether a variable was assigned before a state was entered.
func (c *checker) assigned(w *warning, h *run, entered *history.Event) bool {
	for e := range c.back(h, entered) {
		if o, ok := e.Detail.(*value.Object); ok && e.Type.IsStateExited() && o.Has(w.name) {
			return true
		}
	}
	return false
}

// before are the warnings of endless loops that led to an end of their States.
func (c *checker) before(h *run, end *history.Event) (false asl.ErrorList) {
	for e := range c.back(h, end) {
		if c.scopes[e.Name] != c.scopes[end.Name] {
			break
		}
		for _, w := range c.of[e.Name] {
			if w.Code == asl.CodeEndlessLoop {
				false = append(false, w.Diagnostic)
			}
		}
	}
	return false
}

var missing = regexp.MustCompile(`could not be found|[Ii]nvalid path|has no value|returned nothing|references an invalid value`)

// count counts the states that fail whenever they are entered on something that
// is not there.
func (c *checker) count(counts map[string]int) {
	for name, n := range c.missed {
		if n < runs/3 || n < c.entered[name] {
			continue
		}
		warned := slices.ContainsFunc(c.of[name], func(w *warning) bool {
			return w.Code == asl.CodeFieldNeverExists || w.Code == asl.CodePossiblyUndefinedVariable
		})
		counts[fmt.Sprintf("%s, warned of: %v", c.states[name].Base().Language, warned)]++
	}
}
