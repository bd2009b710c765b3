package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

func TestIsMapRunChild(t *testing.T) {
	for _, kind := range []string{"STANDARD", "EXPRESS"} {
		p := compile(t, `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{
			"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"`+kind+`"},"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}}`, machine.Options{})
		x := p.New(machine.Start{ID: "x", Input: parse(t, `[1,2,3]`)})
		var r machine.Result
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		children := 0
		for _, c := range r.Commands {
			if c.Kind != machine.StartChild {
				continue
			}
			children++
			for index := range int64(3) {
				for _, name := range []string{c.Child.ID, machine.ExecutionName(c.Child.ID)} {
					if kind == "STANDARD" || name == c.Child.ID {
						require.Equal(t, index == c.Child.Index, machine.IsMapRunChild(c.MapRun.Arn, name, index))
					}
				}
			}
			for _, arn := range []string{"", ":", "arn:aws:states:us-east-1:123456789012:mapRun:m/M:x", c.MapRun.Arn + "0", c.Child.ID} {
				require.False(t, machine.IsMapRunChild(arn, c.Child.ID, c.Child.Index), arn)
			}
		}
		require.Equal(t, 3, children)
	}
}
