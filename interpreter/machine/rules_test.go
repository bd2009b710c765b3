package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// Executions of rules that this version does not have are refused with both
// versions, wherever they come from, and nothing of them is done.
func TestUnknownRulesAreRefused(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	const want = "machine: rules not supported: the execution has version 3, and this library runs 1 to 2"
	require.EqualValues(t, 2, machine.RulesVersion, "a test must run executions of older rules to their end: see TestRedriveByTheFirstRules")
	x := p.New(machine.Start{Rules: 3})
	require.EqualError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, new(machine.Result)), want)
	require.Zero(t, x.Seq)
	_, err := p.Marshal(x)
	require.EqualError(t, err, want)

	body := unsealed(marshal(t, p, p.New(machine.Start{})))
	for rules, refused := range map[byte]bool{0: true, 1: false, 2: false, 3: true, 127: true} {
		body[1] = rules
		_, err := p.Restore(sealed(body))
		if refused {
			require.ErrorIs(t, err, machine.ErrRules)
		} else {
			require.NoError(t, err)
		}
	}
	body[1] = 3
	_, err = p.Restore(sealed(body))
	require.EqualError(t, err, want)
	for rules, by := range []uint8{1, 1, 2} {
		require.EqualValues(t, by, p.New(machine.Start{Rules: uint8(rules)}).Rules)
	}
	maps := compile(t, distributed(`"MaxConcurrency": 1`), machine.Options{})
	require.EqualValues(t, 2, maps.New(machine.Start{}).Rules)
}
