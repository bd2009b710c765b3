package store_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

func TestIDInJSONIsItsUUID(t *testing.T) {
	const uuid = "0190c2f4-0000-7000-8000-00000000abcd"
	id, err := store.ParseID(uuid)
	require.NoError(t, err)
	l := store.Listed{ID: id, Head: store.Head{Status: machine.TimedOut}}
	text, err := json.Marshal(l)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(text, &fields))
	require.Equal(t, uuid, fields["ID"])
	require.Equal(t, "TIMED_OUT", fields["Status"])
	require.Equal(t, "00000000-0000-0000-0000-000000000000", fields["Parent"])

	var back store.Listed
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, l, back)
	var earlier store.ID
	require.NoError(t, json.Unmarshal([]byte(`[1,144,194,244,0,0,112,0,128,0,0,0,0,0,171,205]`), &earlier), "as an earlier version wrote it")
	require.Equal(t, id, earlier)
	require.Error(t, json.Unmarshal([]byte(`[1,300]`), &earlier))
	require.NoError(t, json.Unmarshal([]byte(`null`), &id))
	require.Error(t, json.Unmarshal([]byte(`"0190c2f4"`), &id))
	require.Equal(t, uuid, id.String(), "an error changes nothing")
}
