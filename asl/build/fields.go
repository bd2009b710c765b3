package build

import (
	"fmt"

	"github.com/gostates/gostates/asl"
)

// Common has the fields of all states. S is the type of the state.
type Common[S any] struct {
	self S
	part *part
}

func newCommon[S any](self S, state asl.State, kind, name string, t *asl.Transition) Common[S] {
	base := state.Base()
	base.Type, base.Name = kind, name
	return Common[S]{self, &part{state: state, transition: t, at: callerPlace(2)}}
}

func (c *Common[S]) node() *part { return c.part }

// Comment sets Comment.
func (c *Common[S]) Comment(text string) S {
	c.part.state.Base().Comment = present(text)
	return c.self
}

// QueryLanguage sets QueryLanguage, if it is not the machine's.
func (c *Common[S]) QueryLanguage(l asl.QueryLanguage) S {
	c.part.state.Base().QueryLanguage = present(l.String())
	return c.self
}

// Flow has InputPath, OutputPath and Output, which all states but Fail have.
type Flow[S any] struct {
	self S
	part *part
	flow *asl.DataFlow
}

// InputPath sets InputPath (JSONPath).
func (f *Flow[S]) InputPath(p string) S {
	f.flow.InputPath = path(p)
	return f.self
}

// OutputPath sets OutputPath (JSONPath).
func (f *Flow[S]) OutputPath(p string) S {
	f.flow.OutputPath = path(p)
	return f.self
}

// Output sets Output (JSONata).
func (f *Flow[S]) Output(v any) S {
	f.flow.Output = f.part.template("Output", v)
	return f.self
}

// Step has Next and Assign, which Task, Pass, Wait, Parallel and Map have.
type Step[S any] struct {
	self   S
	part   *part
	assign *asl.Opt[asl.Template]
}

// Then sets Next. A state without Next has End.
func (s *Step[S]) Then(next State) S {
	s.part.next = next
	s.part.transition.Next = present(s.part.name("Next", next))
	return s.self
}

// Assign sets Assign: an object with the values of variables.
func (s *Step[S]) Assign(v any) S {
	*s.assign = s.part.template("Assign", v)
	return s.self
}

// Work has what Task, Parallel and Map do around their work.
type Work[S any] struct {
	self S
	part *part
	work *asl.Work
}

// Parameters sets Parameters (JSONPath).
func (w *Work[S]) Parameters(v any) S {
	w.work.Parameters = w.part.template("Parameters", v)
	return w.self
}

// Arguments sets Arguments (JSONata; not of a Map).
func (w *Work[S]) Arguments(v any) S {
	w.work.Arguments = w.part.template("Arguments", v)
	return w.self
}

// ResultSelector sets ResultSelector (JSONPath).
func (w *Work[S]) ResultSelector(v any) S {
	w.work.ResultSelector = w.part.template("ResultSelector", v)
	return w.self
}

// ResultPath sets ResultPath (JSONPath).
func (w *Work[S]) ResultPath(p string) S {
	w.work.ResultPath = path(p)
	return w.self
}

// Retry adds Retriers to Retry.
func (w *Work[S]) Retry(retriers ...*Retrier) S {
	for _, r := range retriers {
		if r == nil {
			w.part.addProblem("a Retrier is nil")
			continue
		}
		w.work.Retry = append(w.work.Retry, r.retrier)
	}
	return w.self
}

// Catch adds Catchers to Catch.
func (w *Work[S]) Catch(catchers ...*Catcher) S {
	for _, c := range catchers {
		if c == nil {
			w.part.addProblem("a Catcher is nil")
			continue
		}
		field := fmt.Sprintf("Catch[%d]", len(w.work.Catch))
		catcher := c.catcher
		catcher.Next = present(w.part.name(field+"/Next", c.next))
		if c.output != nil {
			catcher.Output = w.part.template(field+"/Output", *c.output)
		}
		if c.assign != nil {
			catcher.Assign = w.part.template(field+"/Assign", *c.assign)
		}
		w.work.Catch = append(w.work.Catch, catcher)
		w.part.handlers = append(w.part.handlers, c.next)
	}
	return w.self
}

// Retrier is an element of Retry. Numbers that are not set have the defaults of the
// specification.
type Retrier struct{ retrier asl.Retrier }

// RetryOn makes a Retrier for errors of these names. "States.ALL" stands for all.
func RetryOn(errorEquals ...string) *Retrier {
	return &Retrier{asl.Retrier{ErrorEquals: errorEquals}}
}

// IntervalSeconds sets IntervalSeconds.
func (r *Retrier) IntervalSeconds(seconds int) *Retrier {
	r.retrier.IntervalSeconds = present(int64(seconds))
	return r
}

// MaxAttempts sets MaxAttempts, the number of retries: 0 is none.
func (r *Retrier) MaxAttempts(n int) *Retrier {
	r.retrier.MaxAttempts = present(int64(n))
	return r
}

// BackoffRate sets BackoffRate.
func (r *Retrier) BackoffRate(rate float64) *Retrier {
	r.retrier.BackoffRate = present(rate)
	return r
}

// MaxDelaySeconds sets MaxDelaySeconds.
func (r *Retrier) MaxDelaySeconds(seconds int) *Retrier {
	r.retrier.MaxDelaySeconds = present(int64(seconds))
	return r
}

// JitterStrategy sets JitterStrategy: FULL or NONE.
func (r *Retrier) JitterStrategy(strategy string) *Retrier {
	r.retrier.JitterStrategy = present(strategy)
	return r
}

// Comment sets Comment.
func (r *Retrier) Comment(text string) *Retrier {
	r.retrier.Comment = present(text)
	return r
}

// Catcher is an element of Catch. It must have Then.
type Catcher struct {
	catcher        asl.Catcher
	next           State
	output, assign *any
}

// CatchOn makes a Catcher for errors of these names. "States.ALL" stands for all.
func CatchOn(errorEquals ...string) *Catcher {
	return &Catcher{catcher: asl.Catcher{ErrorEquals: errorEquals}}
}

// Then sets Next.
func (c *Catcher) Then(next State) *Catcher {
	c.next = next
	return c
}

// ResultPath sets ResultPath (JSONPath): where the Error Output goes.
func (c *Catcher) ResultPath(p string) *Catcher {
	c.catcher.ResultPath = path(p)
	return c
}

// Output sets Output (JSONata).
func (c *Catcher) Output(v any) *Catcher {
	c.output = &v
	return c
}

// Assign sets Assign: an object with the values of variables.
func (c *Catcher) Assign(v any) *Catcher {
	c.assign = &v
	return c
}

// Comment sets Comment.
func (c *Catcher) Comment(text string) *Catcher {
	c.catcher.Comment = present(text)
	return c
}
