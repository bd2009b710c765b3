package asl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestDistributed(t *testing.T) {
	for config, want := range map[string]bool{
		``:                                       false,
		`"ProcessorConfig": {},`:                 false,
		`"ProcessorConfig": {"Mode": "INLINE"},`: false,
		`"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},`: true,
	} {
		for _, field := range []string{"ItemProcessor", "Iterator"} {
			s := state[*asl.MapState](t, `{"Type": "Map", "End": true, "`+field+`": {`+config+`
				"StartAt": "A", "States": {"A": {"Type": "Fail"}}}}`)
			require.Equal(t, want, s.Processor().Distributed(), "%s %s", field, config)
		}
	}
	require.False(t, (&asl.MapState{}).Processor().Distributed())
}
