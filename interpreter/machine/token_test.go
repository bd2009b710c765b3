package machine_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

func TestTokenNamesItsExecution(t *testing.T) {
	const definition = `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
		"Parameters": {"token.$": "$$.Task.Token"}, "End": true}}}`
	p := compile(t, definition, machine.Options{})
	plain := p.New(machine.Start{TokenKey: [16]byte{1}})
	require.Len(t, plain.Token(42), 32)
	id, ok := machine.TokenExecution(plain.Token(42))
	require.True(t, ok)
	require.Empty(t, id)
	for _, tokenID := range []string{"\x00", "ab", "\xff\xfe\x00", "sixteen bytes id", strings.Repeat("x", machine.MaxTokenID)} {
		x := p.New(machine.Start{TokenKey: [16]byte{1}, TokenID: tokenID})
		token := x.Token(42)
		id, ok := machine.TokenExecution(token)
		require.True(t, ok)
		require.Equal(t, tokenID, id)
		task, ok := x.TaskOf(token)
		require.True(t, ok)
		require.Equal(t, machine.TaskID(42), task)
		_, ok = plain.TaskOf(token)
		require.False(t, ok)
		_, ok = x.TaskOf(plain.Token(42))
		require.False(t, ok)
		require.NotEqual(t, plain.Token(42)[12:], token[12:32], "the MAC covers the TokenID")

		var r machine.Result
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		inMail, _ := r.Commands[0].Input.(*value.Object).Get("token")
		for _, y := range []*machine.Execution{restore(t, p, p.New(machine.Start{TokenKey: [16]byte{1}, TokenID: tokenID})), restore(t, p, x), x.Clone()} {
			require.Equal(t, tokenID, y.TokenID())
			require.Equal(t, p.Digest(), y.Digest())
			task, ok := y.TaskOf(inMail.(string))
			require.True(t, ok)
			require.Equal(t, r.Commands[0].Task, task)
		}
	}
}

// A string is a token in one spelling only, and no bit of it can be changed.
func TestTokensCannotBeChanged(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	x := p.New(machine.Start{TokenKey: [16]byte{1}, TokenID: "id of 11 by"})
	token := x.Token(7)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			_, ok := x.TaskOf(base64.RawURLEncoding.EncodeToString(raw))
			require.False(t, ok, "bit %d of byte %d", bit, i)
			raw[i] ^= 1 << bit
		}
	}
	last := token[:len(token)-1]
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		_, ok := x.TaskOf(last + string(c))
		require.Equal(t, last+string(c) == token, ok, "%c", c)
	}
	for _, bad := range []string{"", "x", token[:31], token[:20] + "\n" + token[20:], token[:20] + "\n\n\n\n" + token[24:], token + "=",
		strings.Repeat("A", 33), strings.Repeat("A", 375), strings.Repeat("A", 1<<20)} {
		_, ok := x.TaskOf(bad)
		require.False(t, ok)
		_, ok = machine.TokenExecution(bad)
		require.False(t, ok, "%.200q", bad)
	}
	_, ok := machine.TokenExecution(strings.Repeat("A", 374))
	require.True(t, ok)
}

func TestTokenIDHasAtMost256Bytes(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	x := p.New(machine.Start{TokenID: strings.Repeat("x", machine.MaxTokenID+1)})
	var r machine.Result
	err := p.Step(x, machine.Event{Kind: machine.Started}, began, &r)
	require.ErrorIs(t, err, machine.ErrTokenID)
	require.EqualError(t, err, "machine: a TokenID has at most 256 bytes: Start.TokenID has 257")
	_, err = p.Marshal(x)
	require.ErrorIs(t, err, machine.ErrTokenID)
}

func TestExecutionsShareTheirOriginWithTheProgram(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	var x machine.Execution
	require.Empty(t, x.Digest()+x.TokenID())
	require.Zero(t, testing.AllocsPerRun(10, func() { p.Init(&x, machine.Start{ID: "x"}) }))
}
