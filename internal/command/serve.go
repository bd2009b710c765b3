package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/api/page"
	"github.com/gostates/gostates/interpreter/lambdatask"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/registry"
)

// serveOptions are the options of asl serve.
type serveOptions struct {
	addr, account, region, mockFile, lambda, logs, objects, store, token, resources string
	load, express, hosts                                                            list
	scale                                                                           float64
	poll                                                                            time.Duration
	models, page                                                                    bool
	mocks                                                                           *watchedMocks // nil: none
	files
}

// list is an option that may be repeated.
type list []string

// String returns the default, which is none.
func (l *list) String() string { return "" }

// Set adds a value.
func (l *list) Set(text string) error {
	*l = append(*l, text)
	return nil
}

// serveAPI runs asl serve, which serves the API of Step Functions until a signal.
func serveAPI(args []string, s streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	return serveUntil(ctx, args, s)
}

// serveUntil is serveAPI until ctx ends.
func serveUntil(ctx context.Context, args []string, s streams) int {
	f := newFlagSet("serve", "[[NAME=]FILE...] (definitions, as with -load)",
		"asl serve -mock MockConfigFile.json -wait-scale 0 Order=order.asl.json",
		"aws stepfunctions --endpoint-url http://localhost:8083 start-execution --state-machine-arn arn:aws:states:us-east-1:123456789012:stateMachine:Order#HappyPath",
		"asl serve -addr 0.0.0.0:8083 -token @token.txt -host states.internal    clients use the token as their access key ID")
	var o serveOptions
	f.StringVar(&o.addr, "addr", "127.0.0.1:8083", "the `address` to listen on; port 0 is a free one. One that is not loopback needs -token")
	f.StringVar(&o.account, "account", "123456789012", "the `account` in ARNs, 12 digits; or AWS_ACCOUNT_ID")
	f.StringVar(&o.region, "region", "us-east-1", "the `region` in ARNs; or AWS_DEFAULT_REGION")
	f.Float64Var(&o.scale, "wait-scale", 1, "the `factor` on the time that Wait states and the intervals of Retriers take, not on\ntimeouts; 0: none; or WAIT_TIME_SCALE")
	f.StringVar(&o.mockFile, "mock", "", "a mock configuration `file` of Step Functions Local, for executions that are started\nunder ARN#CASE. It is read again when it changes; or SFN_MOCK_CONFIG")
	f.StringVar(&o.lambda, "lambda-endpoint", "", "the `URL` of a server of Lambda's Invoke API, such as that of 'sam local start-lambda';\nor LAMBDA_ENDPOINT")
	f.StringVar(&o.objects, "objects", "", "a `folder` whose folders are the buckets that ItemReaders read and ResultWriters write")
	f.StringVar(&o.store, "store", "", "a SQLite database `file` that keeps the state when the server ends"+whoHasStores())
	f.Var(&o.load, "load", "create a STANDARD state machine from the definition in a `file`, [NAME=]FILE, or give it to the\none that -store has; the default name is that of the file: order for order.asl.json;\nmay be repeated")
	f.Var(&o.express, "express", "as -load, for an EXPRESS state machine in a `file`, [NAME=]FILE; may be repeated")
	f.StringVar(&o.logs, "logs", "", "a `folder` for the logs of state machines, one file of JSON Lines for each log group")
	f.Var(&o.hosts, "host", "a `name` under which clients call, beside localhost and loopback addresses; may be repeated")
	enumFlag(f, &o.resources, "resources", "the `resources` that Tasks may name: AWS (default), or ANY, for tasks that mocks answer", "AWS", "ANY")
	f.StringVar(&o.token, "token", "", "the access key ID that all clients must have: 16 to 128 letters, digits, _ or -;\n`TEXT`, @FILE, or - for standard input")
	f.BoolVar(&o.page, "page", true, "show a web page under / that can start and stop executions. With -token it asks for\na password, which is the token")
	f.DurationVar(&o.poll, "poll", 55*time.Second, "how long GetActivityTask waits for a task: a `duration` of at most 10m")
	fromFlag(f, &o.from)
	models := modelsFlag(f, "with -resources AWS, check Parameters and Arguments, and those of TestState,")
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	o.models, o.in = *models, s.in
	err := readEnvironment(f, os.LookupEnv)
	if err == nil {
		o.load = append(o.load, f.Args()...)
		err = o.serve(ctx, s)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		printMisuse(f, strings.TrimPrefix(err.Error(), errUsage.Error()+": "), s)
		return exitUsage
	case errors.Is(err, errBadDefinitions):
		return exitFailed
	}
	fmt.Fprintf(s.err, "asl serve: %v\n", err)
	return exitFailed
}

// newHandler returns the API, with the page beside it. Calls of the API are POST /.
func (o *serveOptions) newHandler(srv *api.Server) http.Handler {
	if !o.page {
		return srv
	}
	both := http.NewServeMux()
	both.Handle("/", page.Handler(srv, page.Options{}))
	both.Handle("POST /{$}", srv)
	return both
}

// stopLimit is how long requests and handlers may take after a signal.
const stopLimit = 5 * time.Second

func (o *serveOptions) serve(ctx context.Context, s streams) (err error) {
	config, err := o.newServerConfig(s)
	if err != nil {
		return err
	}
	at, err := o.checkAddress()
	if err != nil {
		return err
	}
	machines, err := o.readMachines(&config, s)
	if err != nil {
		return err
	}
	listener, err := net.ListenTCP("tcp", at) // before executions of the store go on
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: -addr 127.0.0.1:0 takes a free port", err)
	}
	if err != nil {
		return err
	}
	defer listener.Close()
	closeStore, err := o.openStore(&config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	srv, err := api.New(config)
	if err != nil {
		return err
	}
	defer srv.Close()
	loaded, err := o.loadMachines(srv, machines)
	if err != nil {
		return err
	}
	o.printStart(s, listener.Addr(), loaded)
	logger := config.Interpreter.Logger
	handler := guardToken(o.watchMocks(o.newHandler(srv), srv, logger), o.token)
	if err := serveHTTP(ctx, listener, handler, o.longestAnswer(), logger); err != nil {
		return err
	}
	ending, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if err := srv.Shutdown(ending); err != nil {
		logger.Warn("asl serve: handlers were still running", slog.Any("error", err))
	}
	return nil
}

// longestAnswer is how long the answer to a request may take: that of a poll, or of
// StartSyncExecution.
func (o *serveOptions) longestAnswer() time.Duration {
	const express = 5 * time.Minute
	return max(o.poll, express) + time.Minute
}

// newServerConfig returns the configuration of the server.
func (o *serveOptions) newServerConfig(s streams) (c api.Config, err error) {
	if err := o.check(); err != nil {
		return c, err
	}
	c = api.Config{
		Account: o.account, Region: o.region, Hosts: o.hosts, Poll: o.poll, WaitScale: o.scale,
		Interpreter: interpreter.Config{
			Logger:    slog.New(slog.NewTextHandler(s.err, nil)),
			Retention: []interpreter.Retention{{After: 90 * 24 * time.Hour}}, // as on AWS
		},
	}
	if o.scale == 0 {
		c.WaitScale = -1
	}
	if o.resources == "AWS" {
		c.Resources = asl.AWSResources
	}
	if o.models {
		c.Models = awsmodel.Models{}
	}
	if o.mockFile != "" {
		o.mocks = &watchedMocks{name: o.mockFile}
		if c.Mocks, err = o.mocks.readFile(&o.files); err != nil {
			return c, usageError("-mock, or SFN_MOCK_CONFIG: %v", err)
		}
	}
	var tasks interpreter.Resolvers
	if o.lambda != "" {
		invoker, err := newLambdaEndpoint(o.lambda)
		if err != nil {
			return c, usageError("-lambda-endpoint: %v", err)
		}
		tasks = append(tasks, lambdatask.New(invoker))
	}
	c.Interpreter.Resolver = append(tasks, unanswered{})
	if o.objects != "" {
		if info, err := os.Stat(o.objects); err != nil || !info.IsDir() {
			return c, usageError("-objects: %s is not a folder", o.objects)
		}
		c.Interpreter.Objects = objects.Dir(o.objects)
	}
	if o.logs != "" {
		groups, err := openLogGroups(o.logs, c.Interpreter.Logger)
		if err != nil {
			return c, usageError("-logs: %v", err)
		}
		c.Logs = groups.write
	}
	return c, nil
}

const mostScale = 1000.

func (o *serveOptions) check() error {
	if len(o.account) != 12 || strings.Trim(o.account, "0123456789") != "" {
		return usageError("-account must have 12 digits, not %q", o.account)
	}
	if o.region == "" || strings.Trim(o.region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return usageError("-region must be one such as us-east-1, not %q", o.region)
	}
	if !(o.scale >= 0 && o.scale <= mostScale) {
		return usageError("-wait-scale must be between 0 and %v", mostScale)
	}
	if o.poll <= 0 || o.poll > 10*time.Minute {
		return usageError("-poll must be above 0 and at most 10m")
	}
	if err := o.checkStore(); err != nil {
		return err
	}
	if o.token != "" {
		text, err := o.readArgument(o.token)
		if err != nil {
			return usageError("-token: %v", err)
		}
		if o.token = strings.TrimSpace(string(text)); !isToken(o.token) {
			return usageError("-token must have 16 to 128 letters, digits, _ or -")
		}
	}
	return nil
}

// checkAddress returns where to listen.
func (o *serveOptions) checkAddress() (*net.TCPAddr, error) {
	at, err := net.ResolveTCPAddr("tcp", o.addr)
	if err != nil {
		return nil, usageError("-addr: %v", err)
	}
	if !at.IP.IsLoopback() && o.token == "" {
		return nil, usageError("-addr %s can be reached from other machines, and whoever reaches the server may do everything: give a -token", o.addr)
	}
	return at, nil
}

// loadedMachine is a state machine of -load or -express.
type loadedMachine struct {
	name, kind, file string
	definition       []byte
}

// errBadDefinitions is the error for definitions whose findings are printed.
var errBadDefinitions = errors.New("definitions have errors")

// readMachines reads the definitions of -load and -express. If any has errors, it prints what
// was found in all of them, as asl validate does.
func (o *serveOptions) readMachines(c *api.Config, s streams) (all []loadedMachine, err error) {
	names := map[string]string{}
	broken, hint := false, false
	for _, given := range []struct {
		kind  string
		files list
	}{{registry.Standard, o.load}, {registry.Express, o.express}} {
		for _, text := range given.files {
			name, file := splitName(text)
			if file == "" {
				return nil, usageError("%q names no file: write NAME=FILE or FILE", text)
			}
			if other, taken := names[name]; taken {
				return nil, usageError("%s and %s have the same name of a state machine, %s", other, file, name)
			}
			names[name] = file
			d, err := o.readOneDefinition(file, nil)
			bad := new(sourceError)
			switch {
			case errors.As(err, &bad):
			case err != nil:
				return nil, usageError("%v", err)
			default:
				all = append(all, loadedMachine{name, given.kind, file, d.withValues()})
				options := asl.Options{Type: asl.MachineType(given.kind), Resources: c.Resources, Models: c.Models, Substitutions: d.Substitutions}
				bad = d.findings(d.findingsIn(asl.Validate(d.Definition, options), true))
			}
			if bad.list.Err() != nil {
				bad.print(s)
				broken = true
				hint = hint || d != nil && o.wantsAnyResources(d.withValues())
			}
		}
	}
	if hint {
		fmt.Fprintln(s.err, "asl serve: -resources ANY takes Resources that are not ARNs, for tasks that mocks answer")
	}
	if broken {
		return nil, errBadDefinitions
	}
	return all, nil
}

// loadMachines creates state machines and returns their ARNs.
func (o *serveOptions) loadMachines(srv *api.Server, all []loadedMachine) ([]string, error) {
	var arns []string
	for _, m := range all {
		arn, err := o.loadMachine(srv, m.name, m.kind, m.definition)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.file, err)
		}
		arns = append(arns, arn)
	}
	return arns, nil
}

// wantsAnyResources reports whether -resources ANY would take a definition that is refused.
func (o *serveOptions) wantsAnyResources(definition []byte) bool {
	refused := func(r asl.Resources) bool {
		return asl.Validate(definition, asl.Options{Resources: r}).Err() != nil
	}
	return o.resources != "ANY" && refused(asl.AWSResources) && !refused(asl.AnyResources)
}

// splitName returns the name of a state machine and the file of its definition.
func splitName(given string) (name, file string) {
	if name, file, ok := strings.Cut(given, "="); ok && filepath.Base(name) == name {
		return name, file
	}
	if _, machine := splitMachine(given); machine != "" {
		return machine, given
	}
	name = filepath.Base(given)
	for _, end := range []string{".json", ".yaml", ".yml", ".asl"} {
		name = strings.TrimSuffix(name, end)
	}
	return name, given
}

// printStart prints where the server is, and how clients are told of it.
func (o *serveOptions) printStart(s streams, at net.Addr, loaded []string) {
	for _, warning := range unsupportedEnvironment(os.LookupEnv) {
		s.printWarning("serve", warning)
	}
	_, port, _ := net.SplitHostPort(at.String())
	host := "localhost"
	if len(o.hosts) > 0 && o.hosts[0] != "*" {
		host = o.hosts[0]
	}
	fmt.Fprintf(s.out, "The Step Functions API is at http://%s (account %s, region %s). State is in %s.\n", at, o.account, o.region, o.place())
	if o.page {
		fmt.Fprintln(s.out, "Open it in a browser to see what is running.")
	}
	for _, arn := range loaded {
		fmt.Fprintln(s.out, "loaded "+arn)
	}
	endpoint := "http://" + net.JoinHostPort(host, port)
	fmt.Fprintf(s.out, "Clients need the endpoint %s, a region, any credentials, and for StartSyncExecution and TestState, which they send to sync-%s, one setting:\n", endpoint, host)
	for _, c := range clientSettings {
		fmt.Fprintf(s.out, "  %-14s %s\n", c.client, strings.ReplaceAll(c.setting, "<host>", host))
	}
	if o.token != "" {
		fmt.Fprintln(s.out, "Their access key ID is the token. It is not encrypted on its way.")
	}
	fmt.Fprintln(s.out, "Ctrl-C ends the server.")
}

// clientSettings is what each client needs so that it does not call sync-<host>, or
// reaches it.
var clientSettings = []struct{ client, setting string }{
	{"Go v2", "in an Initialize middleware: ctx = smithyhttp.DisableEndpointHostPrefix(ctx, true)"},
	{"JavaScript v3", "new SFNClient({disableHostPrefix: true, ...})"},
	{"boto3", "Config(inject_host_prefix=False)"},
	{"AWS CLI 1", "AWS_DISABLE_HOST_PREFIX_INJECTION=true"},
	{"AWS CLI 2", "a line in /etc/hosts: 127.0.0.1 sync-<host>"},
}
