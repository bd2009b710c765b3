package interpreter

// Middleware puts something around handlers: a log, a count, a rate limit.
//
//	func Timed(next interpreter.Handler) interpreter.Handler {
//		return interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
//			start := time.Now()
//			defer func() { log.Print(t.State, time.Since(start)) }()
//			return next.Handle(ctx, t)
//		})
//	}
//
// It passes on what it does not mean to change: the output, [ErrResultPending],
// and the task itself.
type Middleware func(Handler) Handler

// WithMiddleware returns a resolver whose handlers are wrapped in the middleware.
// The first one is outermost.
func WithMiddleware(r Resolver, around ...Middleware) Resolver {
	if mux, ok := r.(Mux); ok { // once, and not for each task
		wrapped := make(Mux, len(mux))
		for name, h := range mux { // into a map: in any order
			wrapped[name] = wrap(h, around)
		}
		return wrapped
	}
	return &used{prepared(r), around}
}

type used struct {
	Resolver
	around []Middleware
}

func (u *used) Resolve(state, resource string) (Handler, bool) {
	h, ok := resolveTask(u.Resolver, state, resource)
	return wrap(h, u.around), ok
}

// wrap keeps the name of a worker outermost, where the interpreter looks for it.
func wrap(h Handler, around []Middleware) Handler {
	if h == nil {
		return nil
	}
	named, isWorker := h.(worker)
	if isWorker {
		h = named.Handler
	}
	for i := len(around) - 1; i >= 0; i-- {
		h = around[i](h)
	}
	if isWorker {
		return worker{h, named.name}
	}
	return h
}
