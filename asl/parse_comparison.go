package asl

import (
	"math/big"
	"strings"
)

// operandType is the type that a comparison compares with.
type operandType uint8

const (
	aString operandType = iota
	aNumber
	aBool
	aTimestamp
)

// String returns the type as AWS's messages name it.
func (t operandType) String() string {
	return [...]string{aString: "String", aNumber: "Number", aBool: "Boolean", aTimestamp: "String"}[t]
}

func (t operandType) accepts(v any) bool {
	switch v.(type) {
	case string:
		return t == aString || t == aTimestamp
	case int64, float64, *big.Int:
		return t == aNumber
	case bool:
		return t == aBool
	}
	return false
}

// operator is a comparison operator.
type operator struct {
	name    string // without Path
	operand operandType
	path    bool // the operand is at a path
}

// operators has the comparison operators by field name.
var operators = makeOperators([]operator{
	{"StringEquals", aString, true},
	{"StringLessThan", aString, true},
	{"StringGreaterThan", aString, true},
	{"StringLessThanEquals", aString, true},
	{"StringGreaterThanEquals", aString, true},
	{"StringMatches", aString, false},
	{"NumericEquals", aNumber, true},
	{"NumericLessThan", aNumber, true},
	{"NumericGreaterThan", aNumber, true},
	{"NumericLessThanEquals", aNumber, true},
	{"NumericGreaterThanEquals", aNumber, true},
	{"BooleanEquals", aBool, true},
	{"TimestampEquals", aTimestamp, true},
	{"TimestampLessThan", aTimestamp, true},
	{"TimestampGreaterThan", aTimestamp, true},
	{"TimestampLessThanEquals", aTimestamp, true},
	{"TimestampGreaterThanEquals", aTimestamp, true},
	{"IsNull", aBool, false},
	{"IsPresent", aBool, false},
	{"IsNumeric", aBool, false},
	{"IsString", aBool, false},
	{"IsBoolean", aBool, false},
	{"IsTimestamp", aBool, false},
})

// makeOperators adds the fields with Path.
func makeOperators(list []operator) map[string]operator {
	byField := make(map[string]operator)
	for _, op := range list {
		byField[op.name] = operator{op.name, op.operand, false}
		if op.path {
			byField[op.name+"Path"] = op
		}
	}
	return byField
}

// operatorNames has the names of all operators, in the order in which AWS lists
// them.
var operatorNames = []string{
	"StringEquals", "IsBoolean", "StringLessThan", "IsNumeric", "BooleanEquals", "StringLessThanEqualsPath",
	"NumericLessThan", "NumericGreaterThan", "NumericLessThanPath", "StringMatches", "TimestampLessThanEqualsPath",
	"NumericEquals", "TimestampGreaterThan", "StringGreaterThanEqualsPath", "TimestampGreaterThanEqualsPath",
	"TimestampLessThanEquals", "NumericLessThanEqualsPath", "TimestampEquals", "BooleanEqualsPath", "IsTimestamp",
	"StringLessThanEquals", "NumericLessThanEquals", "StringLessThanPath", "TimestampGreaterThanPath",
	"StringGreaterThan", "StringGreaterThanPath", "IsString", "StringEqualsPath", "TimestampEqualsPath",
	"TimestampLessThan", "StringGreaterThanEquals", "NumericGreaterThanPath", "NumericGreaterThanEquals",
	"NumericEqualsPath", "TimestampLessThanPath", "IsNull", "IsPresent", "TimestampGreaterThanEquals",
	"NumericGreaterThanEqualsPath",
}

// parseComparison parses the one comparison of a rule with Variable.
func (o *object) parseComparison(r *ChoiceRule) {
	var found []string
	for i := range o.members.Len() {
		if name := o.members.At(i).Key; operators[name].name != "" {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		o.requireExactlyOne(operatorNames...)
		if len(found) > 1 {
			o.addAdvice("it has " + strings.Join(found, ", "))
		}
		return
	}
	name := found[0]
	op := operators[name]
	r.Operator = op.name
	if op.name == "IsPresent" && r.Variable.Value.Parsed != nil {
		o.markTested()
	}
	if op.path {
		r.OperandPath = o.parsePath(name, choicePathKind)
		return
	}
	n := o.fieldNode(name)
	r.Operand = n.Value
	if operators[name+"Path"].name != "" && op.operand == aString {
		o.checkPlainString(name)
	}
	if !op.operand.accepts(n.Value) {
		o.reportSchema(n.Offset, name, "Expected value of type %s", op.operand)
	} else if op.operand == aTimestamp && !IsTimestamp(n.Value.(string)) {
		o.reportSchema(n.Offset, name, "String does not match RFC3339 timestamp")
	}
}
