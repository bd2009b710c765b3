package temporal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

const (
	pays   = `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "pay", "End": true}}}`
	starts = `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
		"Parameters": {"StateMachineArn": "m"}, "End": true}}}`
)

const pass = `{"StartAt": "T", "States": {"T": {"Type": "Pass", "End": true}}}`

// A StateMachineArn that is an expression is not known before it runs.
func TestCheckLooksForLiteralMachines(t *testing.T) {
	c := Config{Machines: map[string]*machine.Program{"other": compile(t, pass)}}
	start := func(fields string) *machine.Program {
		return compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true, `+fields+`}}}]}}}`)
	}
	for fields, found := range map[string]bool{
		`"Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:other"}`:                    true,
		`"Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m", "Input": {"a.$": "$"}}`: false,
		`"Parameters": {"StateMachineArn.$": "$.m"}`:                                                                       true,
		`"QueryLanguage": "JSONata", "Arguments": {"StateMachineArn": "m"}`:                                                false,
		`"QueryLanguage": "JSONata", "Arguments": {"StateMachineArn": "{% $states.input %}"}`:                              true,
		`"QueryLanguage": "JSONata", "Arguments": "{% $states.input %}"`:                                                   true,
	} {
		if err := Check(c, start(fields)); found {
			require.NoError(t, err, fields)
		} else {
			require.ErrorContains(t, err, "in Config.Machines", fields)
		}
	}
	withHandler := Config{Resolver: interpreter.Mux{"arn:aws:states:::states:startExecution.sync:2": interpreter.HandlerFunc(nil)}}
	require.NoError(t, Check(withHandler, start(`"Parameters": {"StateMachineArn": "m"}`)), "its handler knows")
}

func TestCheckLooksForReadersAndWriters(t *testing.T) {
	p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
		"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "b", "Key": "k"}},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}},
		"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}}}}`)
	require.EqualError(t, Check(Config{}, p), `temporal: neither Config.ItemReader nor Config.Objects is set, and the state "M" has an ItemReader
temporal: no Config.ResultWriter, and the state "M" has a ResultWriter`)
	require.NoError(t, Check(Config{Objects: objects.FS(nil), ResultWriter: new(resultwriter.Files)}, p))
	require.NoError(t, Check(Config{ItemReader: new(itemreader.ObjectReader), ResultWriter: new(resultwriter.Files)}, p))
	formats := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}},
		"ResultWriter": {"WriterConfig": {"OutputType": "JSON", "Transformation": "COMPACT"}}}}}`)
	require.NoError(t, Check(Config{}, formats), "it writes nothing")
}

func TestCheckNamesWhatIsMissing(t *testing.T) {
	require.EqualError(t, Check(Config{}, compile(t, pays)), `interpreter: no handler for the resource "pay" of the state "T"`)
	require.Error(t, Check(Config{}, compile(t, starts)))
	require.NoError(t, Check(Config{Machines: map[string]*machine.Program{"m": compile(t, starts)}}, compile(t, starts)))
	require.ErrorIs(t, Check(Config{Machines: map[string]*machine.Program{"m": nil}}), interpreter.ErrNoProgram)
	require.EqualError(t, Check(Config{Machines: map[string]*machine.Program{"other": compile(t, pass)}}, compile(t, starts)),
		`temporal: no state machine "m" in Config.Machines, which the state "T" starts`)
	unbounded, err := interpreter.Compile([]byte(pays), interpreter.Options{})
	require.NoError(t, err)
	require.ErrorContains(t, Check(Config{}, unbounded), "use temporal.Compile")
}
