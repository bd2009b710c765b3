package asl_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestChoiceRules(t *testing.T) {
	s := state[*asl.ChoiceState](t, `{"Type": "Choice", "Choices": [
		{"Variable": "$.a", "NumericEqualsPath": "$.b", "Next": "X"},
		{"Variable": "$.a", "NumericEquals": 12345678901234567890, "Next": "X"},
		{"Or": [{"Variable": "$.a", "IsNull": true}, {"Not": {"Variable": "$.a", "IsPresent": true}}], "Next": "S"}]}`)
	require.Equal(t, "NumericEquals", s.Choices[0].Operator)
	require.Equal(t, "$.b", s.Choices[0].OperandPath.Value.Parsed.String())
	require.Nil(t, s.Choices[0].Operand)
	require.IsType(t, &big.Int{}, s.Choices[1].Operand)
	require.Len(t, s.Choices[2].Or, 2)
	require.Equal(t, true, s.Choices[2].Or[1].Not.Operand)

	s = state[*asl.ChoiceState](t, `{"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [
		{"Condition": "{% $a %}", "Next": "X"}, {"Condition": false, "Next": "X"}]}`)
	require.Equal(t, "{% $a %}", s.Choices[0].Condition.Value.Expression.Text)
	require.Equal(t, asl.Boolean{Value: false}, s.Choices[1].Condition.Value)
}
