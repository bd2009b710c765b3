package machine_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

func TestStatusInJSONIsItsName(t *testing.T) {
	for s := machine.Running; s <= machine.Aborted; s++ {
		text, err := json.Marshal(map[string]machine.Status{"status": s})
		require.NoError(t, err)
		require.JSONEq(t, `{"status": "`+s.String()+`"}`, string(text))
		var back map[string]machine.Status
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, s, back["status"])
	}
	_, err := json.Marshal(machine.Status(200))
	require.ErrorContains(t, err, "machine: not a status: 200")
	var s machine.Status
	require.EqualError(t, json.Unmarshal([]byte(`"running"`), &s), `machine: not a status: "running"`)
	require.NoError(t, json.Unmarshal([]byte(`3`), &s), "as an earlier version wrote it")
	require.Equal(t, machine.TimedOut, s)
	require.NoError(t, json.Unmarshal([]byte(`null`), &s))
	require.Equal(t, machine.TimedOut, s, "null changes nothing")
	require.EqualError(t, json.Unmarshal([]byte(`5`), &s), "machine: not a status: 5")
	require.Error(t, json.Unmarshal([]byte(`{}`), &s))
}
