package interpreter

// Worker names the handler of an activity. The ActivityStarted event shows the
// name. For activities that workers poll see [Interpreter.GetActivityTask].
func Worker(name string, h Handler) Handler { return worker{h, name} }

type worker struct {
	Handler
	name string
}
