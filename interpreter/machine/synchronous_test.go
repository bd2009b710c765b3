package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// The context object of an EXPRESS execution that its caller waits for has no
// RedriveCount, after a restore too.
func TestSynchronousExecutionHasNoRedriveCount(t *testing.T) {
	for _, synchronous := range []bool{true, false} {
		p := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "P"},
			"P": {"Type": "Pass", "Parameters": {"x.$": "$$.Execution"}, "End": true}}}`, machine.Options{Express: true})
		h := newHost(t, p, parse(t, `{}`))
		h.x = p.New(machine.Start{ID: "test", Synchronous: synchronous})
		h.afterStep = func(h *host) {
			data, err := p.Marshal(h.x)
			require.NoError(t, err)
			h.x, err = p.Restore(data)
			require.NoError(t, err)
		}
		output, _ := h.run().Output.(*value.Object).Get("x")
		require.Equal(t, !synchronous, output.(*value.Object).Has("RedriveCount"))
	}
}
