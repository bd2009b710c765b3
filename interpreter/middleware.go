package interpreter

// Middleware wraps a handler, for example with a log, a counter or a rate limit.
//
//	func Timed(next interpreter.Handler) interpreter.Handler {
//		return interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
//			start := time.Now()
//			defer func() { log.Print(t.State, time.Since(start)) }()
//			return next.Handle(ctx, t)
//		})
//	}
//
// It must pass on the output, [ErrResultPending] and the task unless it means to
// change them.
type Middleware func(Handler) Handler

// WithMiddleware returns a resolver that wraps the handlers of r. The first
// middleware is the outermost.
func WithMiddleware(r Resolver, around ...Middleware) Resolver {
	if mux, ok := r.(Mux); ok { // wrap once instead of for each task
		wrapped := make(Mux, len(mux))
		for name, h := range mux { // into a map: the order does not matter
			wrapped[name] = wrapHandler(h, around)
		}
		return wrapped
	}
	return &middlewareResolver{prepareResolver(r), around}
}

type middlewareResolver struct {
	Resolver
	around []Middleware
}

func (u *middlewareResolver) Resolve(state, resource string) (Handler, bool) {
	h, ok := resolveTask(u.Resolver, state, resource)
	return wrapHandler(h, u.around), ok
}

// wrapHandler keeps a worker outermost, where the interpreter looks for its name.
func wrapHandler(h Handler, around []Middleware) Handler {
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
