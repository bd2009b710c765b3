package intrinsics_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`States.Format('{} \{\} \'{}\'', $.text, $$.StateMachine.Name)`,
		`States.Array(1, -2.5e3, null, true, 'x', $.list[?(@ > 1 && @ != 'a)')], $name)`,
		`States.ArrayUnique(States.ArrayPartition($.list, 1.6))`,
		`States.ArrayContains($.list, '2')`,
		`States.ArrayGetItem($.list, States.MathAdd(States.ArrayLength($.list), -1))`,
		`States.ArrayRange(-10, 10, 3)`,
		`States.Base64Decode(States.Base64Encode($.text))`,
		`States.Hash($.object, 'SHA-512')`,
		`States.JsonMerge($.object, States.StringToJson('{"b":[{}]}'), false)`,
		`States.JsonToString($)`,
		`States.MathRandom(-2147483648, 2147483647, 7)`,
		`States.StringSplit($.text, ' ,')`,
		`States.UUID()`,
		nested(11),
	} {
		f.Add(text)
	}
	const input = `{"text":"a, b {} é","list":[3,1,"2",[1],1.0],"object":{"x":1,"y":{"z":null}}}`
	f.Fuzz(func(t *testing.T, text string) {
		call, err := intrinsics.Parse(text)
		if err != nil {
			var failed *intrinsics.ParseError
			require.ErrorAs(t, err, &failed)
			require.LessOrEqual(t, failed.Offset, len(text))
			return
		}
		again, err := intrinsics.Parse(call.String())
		require.NoError(t, err)
		require.Equal(t, call.String(), again.String())

		v, err := call.Eval(newEnv(t, input))
		w, errAgain := again.Eval(newEnv(t, input))
		if err != nil {
			require.EqualError(t, errAgain, err.Error())
			var failed *intrinsics.Error
			var missing *intrinsics.ArgumentError
			require.True(t, errors.As(err, &failed) || errors.As(err, &missing), "%v", err)
			return
		}
		require.NoError(t, errAgain)
		require.Equal(t, value.String(v), value.String(w))
	})
}
