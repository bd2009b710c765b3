package temporal

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// takenClient is a client of Temporal with whom every WorkflowID is taken, by an
// execution with the recorded runs.
type takenClient struct {
	client.Client
	runs   []*historypb.History
	info   *workflowpb.WorkflowExecutionInfo
	unsaid error // of the description
}

func (takenClient) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("taken", "", "")
}

func (c takenClient) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: c.info}, c.unsaid
}

func startedOf(h *historypb.History) *historypb.WorkflowExecutionStartedEventAttributes {
	return h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
}

func (c takenClient) GetWorkflowHistory(_ context.Context, _, run string, _ bool, _ enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	for _, h := range c.runs {
		if startedOf(h).GetOriginalExecutionRunId() == run {
			return &events{all: h.GetEvents()}
		}
	}
	return &events{err: serviceerror.NewNotFound("the run is gone")}
}

type events struct {
	all []*historypb.HistoryEvent
	err error
}

func (e *events) HasNext() bool { return e.err != nil || len(e.all) > 0 }

func (e *events) Next() (*historypb.HistoryEvent, error) {
	if e.err != nil {
		return nil, e.err
	}
	next := e.all[0]
	e.all = e.all[1:]
	return next, nil
}

// xor is a codec that makes payloads unreadable.
type xor struct{}

func (xor) change(payloads []*commonpb.Payload, wrap bool) ([]*commonpb.Payload, error) {
	var changed []*commonpb.Payload
	flip := func(data []byte) []byte {
		data = bytes.Clone(data)
		for i := range data {
			data[i] ^= 0x55
		}
		return data
	}
	for _, p := range payloads {
		q := new(commonpb.Payload)
		if wrap {
			data, err := proto.Marshal(p)
			if err != nil {
				return nil, err
			}
			q.Metadata, q.Data = map[string][]byte{encodingKey: []byte("binary/xor")}, flip(data)
		} else if string(p.GetMetadata()[encodingKey]) != "binary/xor" {
			return nil, errors.New("the payload was not encoded")
		} else if err := proto.Unmarshal(flip(p.GetData()), q); err != nil {
			return nil, err
		}
		changed = append(changed, q)
	}
	return changed, nil
}

func (c xor) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return c.change(payloads, true)
}

func (c xor) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return c.change(payloads, false)
}

var withCodec = converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), xor{})

// A second start of the same returns the execution while it runs.
func TestStartAgain(t *testing.T) {
	recorded := &recordings[0]
	for i := range recordings {
		if recordings[i].name == "continued" {
			recorded = &recordings[i]
		}
	}
	definition, input := recorded.definition, recorded.input
	for name, tt := range map[string]struct {
		change     func(*takenClient)
		options    ClientOptions
		definition string // default: the same
		input      string // default: the same
		want       string // part of the error; empty: none
		other      bool   // the error is not ErrExecutionAlreadyExists
	}{
		"same":             {},
		"spelled other":    {input: ` {"b": 1.00}`},
		"other input":      {input: `{"b": 2}`, want: "already exists"},
		"other definition": {definition: fourTasks("", ""), want: "already exists"},
		"ended": {change: func(c *takenClient) { c.info.Status = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED },
			want: "already exists"},
		"other workflow":  {change: func(c *takenClient) { c.info.Type.Name = "other" }, want: "already exists"},
		"first run gone":  {change: func(c *takenClient) { c.runs = c.runs[1:] }, want: "the run is gone"},
		"last run gone":   {change: func(c *takenClient) { c.runs = nil }, want: "the run is gone"},
		"not described":   {change: func(c *takenClient) { c.unsaid = errors.New("no server") }, want: "no server", other: true},
		"codec":           {change: encodeStart, options: ClientOptions{DataConverter: withCodec}},
		"codec, not ours": {change: encodeStart, want: "cannot be read"},
		"not encoded":     {options: ClientOptions{DataConverter: withCodec}, want: "was not encoded"},
		"input not JSON": {change: func(c *takenClient) { startedOf(c.runs[0]).Input.Payloads[2].Data = []byte("{") },
			want: "cannot be read"},
		"options not JSON": {change: func(c *takenClient) { startedOf(c.runs[0]).Input.Payloads[0].Data = []byte(`{"Options":[]}`) },
			want: "already exists"},
	} {
		t.Run(name, func(t *testing.T) {
			c := takenClient{runs: goldenHistories(t)["continued"]}
			require.Greater(t, len(c.runs), 1)
			c.info = &workflowpb.WorkflowExecutionInfo{
				Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, Type: &commonpb.WorkflowType{Name: WorkflowType},
				Execution: &commonpb.WorkflowExecution{RunId: startedOf(c.runs[len(c.runs)-1]).GetOriginalExecutionRunId()},
			}
			if tt.change != nil {
				tt.change(&c)
			}
			d, in := definition, input
			if tt.definition != "" {
				d = tt.definition
			}
			if tt.input != "" {
				in = tt.input
			}
			e, err := NewClient(c, tt.options).Start(context.Background(), compile(t, d), []byte(in), StartOptions{Name: "taken"})
			if tt.want == "" {
				require.NoError(t, err)
				require.Equal(t, "taken", e.Name())
				return
			}
			require.ErrorContains(t, err, tt.want)
			require.Equal(t, !tt.other, errors.Is(err, interpreter.ErrExecutionAlreadyExists))
		})
	}
}

// encodeStart encodes what the first run was started with.
func encodeStart(c *takenClient) {
	first := startedOf(c.runs[0])
	encoded, err := xor{}.Encode(first.GetInput().GetPayloads())
	if err != nil {
		panic(err)
	}
	first.Input.Payloads = encoded
}

// What Start refuses, it refuses before it calls Temporal.
func TestStartRefuses(t *testing.T) {
	k := NewClient(nil, ClientOptions{TaskQueue: "q"})
	p := compile(t, pays)
	unbounded, err := interpreter.Compile([]byte(pays), interpreter.Options{})
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		program *machine.Program
		input   any
		name    string
		want    error
		text    string
	}{
		"no program":     {nil, nil, "", interpreter.ErrNoProgram, ""},
		"many bytes":     {p, nil, strings.Repeat("\U0001F600", 65), interpreter.ErrInvalidName, "260 bytes"},
		"not JSON":       {p, []byte(`{`), "", nil, "invalid execution input"},
		"not a value":    {p, make(chan int), "", nil, "invalid execution input"},
		"too many steps": {unbounded, nil, "", nil, "use temporal.Compile"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.Start(context.Background(), tt.program, tt.input, StartOptions{Name: tt.name})
			require.ErrorContains(t, err, tt.text)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
			}
		})
	}
}

// startedClient keeps how executions are started.
type startedClient struct {
	client.Client
	options client.StartWorkflowOptions
	args    []any
	err     error
}

func (c *startedClient) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	c.options, c.args = o, args
	return nil, c.err
}

func TestStartPassesTheOptions(t *testing.T) {
	c := new(startedClient)
	k := NewClient(c, ClientOptions{TaskQueue: "q", ContinueAfter: 7, KeepHistory: true, SearchState: true})
	p, err := Compile([]byte(pays), interpreter.Options{StateMachineName: "order"})
	require.NoError(t, err)
	e, err := k.Start(context.Background(), p, nil, StartOptions{Seed: [2]uint64{3, 4}})
	require.NoError(t, err)
	require.Len(t, e.Name(), 36, "a UUID")
	require.Equal(t, e.Name(), c.options.ID)
	require.Equal(t, "q", c.options.TaskQueue)
	require.Equal(t, "order", c.options.StaticSummary)
	named, ok := c.options.TypedSearchAttributes.GetKeyword(machineAttribute)
	require.True(t, ok)
	require.Equal(t, "order", named)
	args := c.args[0].(arguments)
	require.Len(t, args.TokenKey, 16)
	args.TokenKey, args.Options = nil, nil
	require.Equal(t, arguments{Rules: machine.RulesVersion, Seed: [2]uint64{3, 4}, ContinueAfter: 7, KeepHistory: true, SearchState: true}, args)
	input := c.args[2].(converter.RawValue)
	require.Equal(t, "{}", string(input.Payload().GetData()), "nil is {}")

	other, err := k.Start(context.Background(), p, nil, StartOptions{})
	require.NoError(t, err)
	require.NotEqual(t, e.Name(), other.Name())
	require.NotZero(t, c.args[0].(arguments).Seed)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tt := range []struct {
		ctx       context.Context
		err, want error
	}{
		{context.Background(), context.Canceled, context.Canceled},
		{context.Background(), serviceerror.NewCanceled("cancelled"), context.Canceled},
		{context.Background(), serviceerror.NewDeadlineExceeded("too late"), context.DeadlineExceeded},
		{cancelled, errors.New("no server"), context.Canceled},
	} {
		c.err = tt.err
		_, err = k.Start(tt.ctx, p, nil, StartOptions{})
		require.ErrorIs(t, err, tt.err)
		require.ErrorIs(t, err, tt.want)
	}
}
