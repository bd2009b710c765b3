package interpreter

// Worker names the handler of an activity. The ActivityStarted event shows the
// name.
func Worker(name string, h Handler) Handler { return worker{h, name} }

type worker struct {
	Handler
	name string
}
