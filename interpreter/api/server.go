package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/interpreter/teststate"
)

// Config configures a [Server]. The zero value works for machines without tasks.
type Config struct {
	// Interpreter configures the interpreter that the server makes. Without a Store the
	// executions are in memory. The server adds to Resolver, History, OnEnd,
	// Activities and ActivityExists: clients poll the tasks of the activities that they
	// have created.
	Interpreter interpreter.Config
	// Mocks answers the tasks of executions that are started under the name of a test
	// case, as with Step Functions Local: stateMachineArn is ARN#CASE. States that the
	// case does not have go to Interpreter.Resolver, and activities to those who poll
	// them. After a restart the responses to an execution that still runs count anew.
	// [Server.SetMocks] replaces them. Default: none.
	Mocks *mock.File
	// Records keeps state machines, versions, aliases, tags and activities. Default: in
	// memory.
	Records registry.Store
	// Account and Region are part of the ARNs. Defaults: 123456789012, us-east-1.
	Account, Region string
	// Resources says which Resources a definition may name. Default: any, since handlers
	// of the program may have names of its own. [asl.AWSResources] refuses what AWS does.
	Resources asl.Resources
	// Models check definitions, mocked results and parameters of TestState: see package
	// awsmodel. Default: none.
	Models teststate.Models
	// Hosts are names under which clients may call the server, without a port, beside
	// loopback addresses, localhost and *.localhost. Each may have "sync-" before it, as
	// SDKs write it for StartSyncExecution and TestState. "*" allows all: a web page
	// may then reach the server by a name that its author controls.
	Hosts []string
	// Poll is how long GetActivityTask waits for a task. Default: 55 s, less than the
	// minute after which clients give up.
	Poll time.Duration
	// WaitScale multiplies how long Wait states and the intervals of Retriers take, of
	// executions that start from then on. Timeouts and heartbeats stay as they are. 0 means
	// 1; below 0 they take no time.
	WaitScale float64
	// Logs receives a message for each history event that the logging configuration of
	// its machine selects, as AWS writes it to CloudWatch Logs, with the ARN of the log
	// group. All log groups exist. Messages of one execution come in order, others
	// concurrently; the execution waits. A panic is logged. For what else it may do, and
	// for the calls that it may make, see [history.Sink]. Default: none.
	Logs func(logGroupArn string, message []byte)
	// Events receives an event when a STANDARD execution starts, is redriven or ends, as
	// AWS sends it to EventBridge. The start waits for it, as for Logs. At the end it is
	// called as Interpreter.OnEnd is: perhaps again after a crash. Default: none.
	Events func(event json.RawMessage)
	// MaxBody is the most bytes of a request. Default: 8 MiB.
	MaxBody int64
}

const (
	defaultAccount = "123456789012"
	defaultRegion  = "us-east-1"
	defaultPoll    = 55 * time.Second
	defaultMaxBody = 8 << 20
	defaultRole    = "arn:aws:iam::%s:role/StepFunctions"
)

// Server is the API over an interpreter of its own. It is safe for concurrent use.
type Server struct {
	config   Config
	in       *interpreter.Interpreter
	open     chan struct{} // closed when in is set: hooks may be called before
	store    store.Store
	records  *registry.Registry
	programs programs
	crossing *http.CrossOriginProtection
	logger   *slog.Logger
	follower follower
	watchers watchers
	mocks    atomic.Pointer[mock.File] // nil: there never were any
	// starting has the machines of which executions start or are redriven. Such a call
	// begins before it looks at the machine, and a deletion waits for it after it has
	// marked the machine. So nothing starts of a machine that is being deleted, and a
	// start that hangs in a function of the host holds up nothing else.
	starting calls
	removing calls // machines that are being removed
}

// New returns a server with the configuration c. It reads the records, and the
// interpreter continues what an earlier process has left in the store. The error is that
// of the records.
func New(c Config) (*Server, error) {
	if c.Account == "" {
		c.Account = defaultAccount
	}
	if c.Region == "" {
		c.Region = defaultRegion
	}
	if c.Poll <= 0 {
		c.Poll = defaultPoll
	}
	if c.MaxBody <= 0 {
		c.MaxBody = defaultMaxBody
	}
	if c.Records == nil {
		c.Records = registry.NewMemory()
	}
	if c.Interpreter.Store == nil {
		c.Interpreter.Store = memory.New()
	}
	records, err := registry.Open(context.Background(), c.Records)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	s := &Server{
		config: c, open: make(chan struct{}), store: c.Interpreter.Store, records: records,
		crossing: http.NewCrossOriginProtection(), logger: c.Interpreter.Logger,
		programs: programs{waitScale: c.WaitScale},
	}
	if s.logger == nil {
		s.logger = slog.Default()
	}
	s.mocks.Store(c.Mocks)
	c.Interpreter.Activities = append(slices.Clone(c.Interpreter.Activities), activityPattern)
	c.Interpreter.ActivityExists = s.activityExists(c.Interpreter.ActivityExists)
	s.follower.server = s
	c.Interpreter.History = history.Tee(append(sinks(c.Interpreter.History), &s.follower)...)
	if c.Events != nil || c.Interpreter.OnEnd != nil { // it costs a change of each execution
		c.Interpreter.OnEnd = s.announceEnd
	}
	c.Interpreter.Resolver = s.newResolver()
	c.Interpreter.ResolverOf = s.newResolverOf(c.Interpreter.ResolverOf)
	s.in = interpreter.New(c.Interpreter)
	close(s.open)
	s.resumeDeleting(context.Background())
	return s, nil
}

// sinks returns the list of a sink that may be nil.
func sinks(s history.Sink) []history.Sink {
	if s == nil {
		return nil
	}
	return []history.Sink{s}
}

// Interpreter returns the interpreter of the server.
func (s *Server) Interpreter() *interpreter.Interpreter { return s.in }

// Close ends the interpreter at once: see [interpreter.Interpreter.Close].
func (s *Server) Close() error { return s.in.Close() }

// Shutdown ends the interpreter after running handlers: see
// [interpreter.Interpreter.Shutdown]. End the HTTP server first.
func (s *Server) Shutdown(ctx context.Context) error { return s.in.Shutdown(ctx) }

// operation answers one operation.
type operation func(s *Server, ctx context.Context, in object) (object, error)

// operations are those that the server has.
var operations = map[string]operation{
	"CreateActivity":                   (*Server).createActivity,
	"CreateStateMachine":               (*Server).createStateMachine,
	"CreateStateMachineAlias":          (*Server).createStateMachineAlias,
	"DeleteActivity":                   (*Server).deleteActivity,
	"DeleteStateMachine":               (*Server).deleteStateMachine,
	"DeleteStateMachineAlias":          (*Server).deleteStateMachineAlias,
	"DeleteStateMachineVersion":        (*Server).deleteStateMachineVersion,
	"DescribeActivity":                 (*Server).describeActivity,
	"DescribeExecution":                (*Server).describeExecution,
	"DescribeMapRun":                   (*Server).describeMapRun,
	"DescribeStateMachine":             (*Server).describeStateMachine,
	"DescribeStateMachineAlias":        (*Server).describeStateMachineAlias,
	"DescribeStateMachineForExecution": (*Server).describeStateMachineForExecution,
	"GetActivityTask":                  (*Server).getActivityTask,
	"GetExecutionHistory":              (*Server).getExecutionHistory,
	"ListActivities":                   (*Server).listActivities,
	"ListExecutions":                   (*Server).listExecutions,
	"ListMapRuns":                      (*Server).listMapRuns,
	"ListStateMachineAliases":          (*Server).listStateMachineAliases,
	"ListStateMachineVersions":         (*Server).listStateMachineVersions,
	"ListStateMachines":                (*Server).listStateMachines,
	"ListTagsForResource":              (*Server).listTagsForResource,
	"PublishStateMachineVersion":       (*Server).publishStateMachineVersion,
	"RedriveExecution":                 (*Server).redriveExecution,
	"SendTaskFailure":                  (*Server).sendTaskFailure,
	"SendTaskHeartbeat":                (*Server).sendTaskHeartbeat,
	"SendTaskSuccess":                  (*Server).sendTaskSuccess,
	"StartExecution":                   (*Server).startExecution,
	"StartSyncExecution":               (*Server).startSyncExecution,
	"StopExecution":                    (*Server).stopExecution,
	"TagResource":                      (*Server).tagResource,
	"TestState":                        (*Server).testState,
	"UntagResource":                    (*Server).untagResource,
	"UpdateMapRun":                     (*Server).updateMapRun,
	"UpdateStateMachine":               (*Server).updateStateMachine,
	"UpdateStateMachineAlias":          (*Server).updateStateMachineAlias,
	"ValidateStateMachineDefinition":   (*Server).validateStateMachineDefinition,
}

// ServeHTTP answers a request of the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header())
	switch {
	case !s.isHostAllowed(r.Host):
		http.Error(w, "the host of the request is not one of the server's: add it to api.Config.Hosts, or with asl serve -host", http.StatusForbidden)
	case s.crossing.Check(r) != nil:
		http.Error(w, "the request comes from another site", http.StatusForbidden)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "the API of Step Functions is called by POST", http.StatusMethodNotAllowed)
	case r.URL.Path != "/":
		http.NotFound(w, r)
	default:
		s.serveOperation(w, r)
	}
}

func (s *Server) serveOperation(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	sh, known := model[name]
	if !ok || !known {
		writeError(w, newError("UnknownOperationException", "X-Amz-Target names no operation of Step Functions"))
		return
	}
	out := &responder{w: w}
	answer, err := s.answer(out, r, name, &sh)
	switch {
	case out.sent: // perhaps not as a whole
	case err != nil:
		writeError(w, s.toError(name, err))
	default:
		_ = writeAnswer(w, http.StatusOK, answer) // the client may be gone
	}
}

// answer answers an operation. A panic is an error that clients do not retry.
func (s *Server) answer(out *responder, r *http.Request, name string, sh *shape) (answer object, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log(slog.LevelError, "api: an operation panicked", "operation", name, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errInternal
		}
	}()
	body, err := readBody(out.w, r, s.config.MaxBody)
	if err != nil {
		return nil, err
	}
	return s.do(context.WithValue(r.Context(), responderKey{}, out), name, sh, body)
}

// do checks a request and carries it out.
func (s *Server) do(ctx context.Context, name string, sh *shape, body []byte) (object, error) {
	in, err := decodeRequest(body)
	if err != nil {
		return nil, err
	}
	if err := checkRequest(sh, in); err != nil {
		return nil, err
	}
	f := operations[name]
	if f == nil {
		return nil, newError("UnknownOperationException", "This server does not have the operation %s", name)
	}
	out, err := f(s, ctx, in)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, goneError(in)
	case errors.Is(err, interpreter.ErrLeaseLost) && in.has("executionArn"): // or it was deleted
		if _, gone := s.findExecution(ctx, in.text("executionArn")); gone != nil {
			return nil, gone
		}
	}
	return out, err
}

// goneError is the error of a call during which its execution was deleted.
func goneError(in object) error {
	switch {
	case in.has("executionArn"):
		return noExecution(in.text("executionArn"))
	case in.has("mapRunArn"):
		return newError("ResourceNotFound", "Resource not found: '%s'", in.text("mapRunArn"))
	}
	return noMachine(in.text("stateMachineArn"))
}

var errInternal = newError("InternalFailure", "The request failed for an unknown reason")

// log writes to the logger of the host, which may panic.
func (s *Server) log(level slog.Level, message string, attributes ...any) {
	defer func() { _ = recover() }()
	s.logger.Log(context.Background(), level, message, attributes...)
}

// toError returns what the client sees of an error.
func (s *Server) toError(name string, err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, interpreter.ErrClosed):
		return &Error{Type: "ServiceUnavailableException", Message: "The server is shutting down", status: http.StatusServiceUnavailable}
	case errors.Is(err, context.Canceled):
		return newError("RequestAborted", "The client has gone, or the server is shutting down")
	}
	s.log(slog.LevelError, "api: an operation failed", "operation", name, "error", err)
	return errInternal
}

// isHostAllowed reports whether the Host of a request names this server. A web page can
// have a name of its own point to a loopback address, but not choose the Host.
func (s *Server) isHostAllowed(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(host, ".")), "sync-")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(s.config.Hosts, func(allowed string) bool { return allowed == "*" || strings.EqualFold(allowed, host) })
}

// now returns the time of the interpreter's clock, to the millisecond as on the wire.
func (s *Server) now() time.Time {
	if c := s.config.Interpreter.Clock; c != nil {
		return c.Now().UTC().Truncate(time.Millisecond)
	}
	return time.Now().UTC().Truncate(time.Millisecond)
}

// draw returns a random number from 0 to n-1.
func (s *Server) draw(n int) int { return rand.IntN(n) }

// programs compiles revisions, each once. The ARN and the number do not tell a revision
// from that of a deleted machine.
type programs struct {
	waitScale float64

	mu  sync.Mutex
	all map[*registry.Revision]*interpreter.Program
}

// maxPrograms is how many compiled revisions are kept.
const maxPrograms = 1000

func (p *programs) get(m *registry.Machine, r *registry.Revision) (*interpreter.Program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found := p.all[r]; found != nil {
		return found, nil
	}
	made, err := interpreter.Compile([]byte(r.Definition), interpreter.Options{
		StateMachineArn: m.Arn, StateMachineName: m.Name, RoleArn: r.Role, Express: m.Type == registry.Express, WaitScale: p.waitScale,
	})
	if err != nil {
		return nil, err
	}
	if len(p.all) >= maxPrograms {
		clear(p.all)
	}
	if p.all == nil {
		p.all = map[*registry.Revision]*interpreter.Program{}
	}
	p.all[r] = made
	return made, nil
}

// aslModels returns nil if there are no models.
func (c *Config) aslModels() asl.Models {
	if c.Models == nil {
		return nil
	}
	return c.Models
}
