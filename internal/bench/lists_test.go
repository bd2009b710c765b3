package bench

import (
	"encoding/json"
	"go/parser"
	"testing"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

func init() {
	items := func(states any) []any { return get(get(states, "input"), "items").([]any) }
	for _, e := range []struct {
		name, path string
		byHand     func(states *value.Object) any
	}{
		{"a member of 100", "$.input.items[*].price", func(states *value.Object) any {
			list := items(states)
			prices := make([]any, 0, len(list))
			for _, item := range list {
				if o, ok := item.(*value.Object); ok {
					if price, ok := o.Get("price"); ok {
						prices = append(prices, price)
					}
				}
			}
			return prices
		}},
		{"a filter of 100", "$.input.items[?(@.price > 1050)]", func(states *value.Object) any {
			var found []any
			for _, item := range items(states) {
				if price, ok := get(item, "price").(int64); ok && price > 1050 {
					found = append(found, item)
				}
			}
			return found
		}},
		{"a slice of 100", "$.input.items[10:90]", func(states *value.Object) any {
			return append([]any(nil), items(states)[10:90]...)
		}},
		{"a member anywhere", "$..price", func(states *value.Object) any {
			return findAll(nil, states, "price")
		}},
	} {
		pairs = append(pairs, pair{
			name: "JSONPath: " + e.name, unit: "path", n: 1,
			ours: func(b *testing.B) func() {
				p, err := jsonpath.Parse(e.path)
				if err != nil {
					b.Fatal(err)
				}
				states := jsonataInput(b)
				got, err := p.Get(states)
				if err != nil || !value.Equal(got, e.byHand(states)) {
					b.Fatalf("%s, %v, by hand %s", value.String(got), err, value.String(e.byHand(states)))
				}
				return func() { sink, _ = p.Get(states) }
			},
			byHand: func(b *testing.B) func() {
				states := jsonataInput(b)
				return func() { sink = e.byHand(states) }
			},
		})
	}
	pairs = append(pairs,
		pair{"Parse and Compile a definition in JSONata", "definition", 1, compileText(orders), unmarshalText(orders)},
		pair{"Parse and Compile a definition in JSONPath", "definition", 1, compileText(refunds), unmarshalText(refunds)},
		pair{"jsonata.Compile, by hand go/parser", "expression", len(compiled), compileExpressions, parseGo},
		pair{"value.Append to nothing, 1 KB", "value", 1, appendValue, marshalState},
	)
}

// findAll returns the members of a name, as '..' does.
func findAll(found []any, v any, name string) []any {
	switch v := v.(type) {
	case *value.Object:
		if member, ok := v.Get(name); ok {
			found = append(found, member)
		}
		for _, member := range v.All() {
			found = findAll(found, member, name)
		}
	case []any:
		for _, item := range v {
			found = findAll(found, item, name)
		}
	}
	return found
}

func appendValue(b *testing.B) func() {
	v := parse(b, order1K)
	return func() { sink = value.Append(nil, v) }
}

// compiled are expressions as workflows have them, and Go that looks alike.
var compiled = []struct{ jsonata, golang string }{
	{`$states.input.order.id`, `states.input.order.id`},
	{`$states.input.total > 1000 and $states.input.customer.vip = true`, `states.input.total > 1000 && states.input.customer.vip == true`},
	{`"order-" & $states.input.order.id & "-" & $string($states.input.n)`, `"order-" + states.input.order.id + "-" + str(states.input.n)`},
	{`$sum($states.input.lines.(price * quantity))`, `sum(states.input.lines, price * quantity)`},
	{`$states.input.retries + 1`, `states.input.retries + 1`},
	{`$states.result.statusCode = 200 ? $states.result.body : {"error": $states.result.statusText}`, `or(states.result.statusCode == 200, states.result.body, T{"error": states.result.statusText})`},
}

func compileExpressions(b *testing.B) func() {
	return func() {
		for _, e := range compiled {
			if _, err := jsonata.Compile(e.jsonata, jsonata.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func parseGo(b *testing.B) func() {
	return func() {
		for _, e := range compiled {
			if _, err := parser.ParseExpr(e.golang); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func compileText(definition string) func(*testing.B) func() {
	return func(b *testing.B) func() {
		return func() {
			m, err := asl.Parse([]byte(definition))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := machine.Compile(m, machine.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func unmarshalText(definition string) func(*testing.B) func() {
	return func(b *testing.B) func() {
		return func() {
			var v any
			if err := json.Unmarshal([]byte(definition), &v); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// orders and refunds are definitions of a size that people write by hand.
const orders = `{
	"Comment": "Takes an order: checks it, reserves the goods, charges the customer and ships.",
	"QueryLanguage": "JSONata",
	"StartAt": "Check",
	"States": {
		"Check": {
			"Type": "Task",
			"Resource": "arn:aws:states:::lambda:invoke",
			"Arguments": {"FunctionName": "check-order", "Payload": {"id": "{% $states.input.order.id %}", "lines": "{% $states.input.order.lines %}"}},
			"Assign": {"id": "{% $states.input.order.id %}", "total": "{% $sum($states.input.order.lines.(price * quantity)) %}"},
			"Output": "{% $states.result.Payload %}",
			"Retry": [{"ErrorEquals": ["Lambda.ServiceException", "Lambda.TooManyRequestsException"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 2}],
			"Catch": [{"ErrorEquals": ["States.ALL"], "Output": {"cause": "{% $states.errorOutput.Cause %}"}, "Next": "Rejected"}],
			"Next": "Valuable?"
		},
		"Valuable?": {
			"Type": "Choice",
			"Choices": [
				{"Condition": "{% $total > 10000 and $not($states.input.customer.vip) %}", "Next": "Ask"},
				{"Condition": "{% $count($states.input.lines) = 0 %}", "Next": "Rejected"}
			],
			"Default": "Reserve"
		},
		"Ask": {
			"Type": "Task",
			"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
			"TimeoutSeconds": 86400,
			"Arguments": {"QueueUrl": "https://example.com/approvals", "MessageBody": {"id": "{% $id %}", "total": "{% $total %}", "token": "{% $states.context.Task.Token %}"}},
			"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Rejected"}],
			"Next": "Reserve"
		},
		"Reserve": {
			"Type": "Map",
			"Items": "{% $states.input.lines %}",
			"ItemSelector": {"sku": "{% $states.context.Map.Item.Value.sku %}", "n": "{% $states.context.Map.Item.Index + 1 %}"},
			"MaxConcurrency": 5,
			"ItemProcessor": {
				"ProcessorConfig": {"Mode": "INLINE"},
				"StartAt": "ReserveOne",
				"States": {"ReserveOne": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:reserve", "End": true}}
			},
			"Output": {"reserved": "{% $states.result[ok = true].sku %}", "missing": "{% $states.result[ok = false].sku %}"},
			"Next": "Charge"
		},
		"Charge": {
			"Type": "Task",
			"Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge",
			"Arguments": {"id": "{% $id %}", "amount": "{% $round($total * 1.19, 2) %}"},
			"TimeoutSeconds": 30,
			"Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2}],
			"Next": "Ship"
		},
		"Ship": {"Type": "Wait", "Seconds": "{% $states.input.express ? 60 : 3600 %}", "Next": "Done"},
		"Done": {"Type": "Succeed", "Output": {"id": "{% $id %}", "state": "shipped", "message": "{% 'Order ' & $id & ' is on its way' %}"}},
		"Rejected": {"Type": "Fail", "Error": "Rejected", "Cause": "{% 'Order ' & $states.input.id & ' was rejected' %}"}
	}
}`

const refunds = `{
	"Comment": "Refunds an order.",
	"StartAt": "Load",
	"States": {
		"Load": {
			"Type": "Task",
			"Resource": "arn:aws:states:::lambda:invoke",
			"Parameters": {"FunctionName": "load-order", "Payload": {"id.$": "$.order.id", "trace.$": "$$.Execution.Name"}},
			"ResultSelector": {"order.$": "$.Payload", "status.$": "$.StatusCode"},
			"ResultPath": "$.loaded",
			"Retry": [{"ErrorEquals": ["Lambda.ServiceException", "Lambda.TooManyRequestsException"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 2}],
			"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
			"Next": "Kind"
		},
		"Kind": {
			"Type": "Choice",
			"Choices": [
				{"Variable": "$.loaded.order.paidBy", "StringEquals": "card", "Next": "Card"},
				{"Variable": "$.loaded.order.paidBy", "StringEquals": "voucher", "Next": "Voucher"},
				{"And": [{"Variable": "$.loaded.order.total", "NumericGreaterThan": 0}, {"Variable": "$.loaded.order.open", "BooleanEquals": true}], "Next": "Voucher"}
			],
			"Default": "Failed"
		},
		"Card": {
			"Type": "Task",
			"Resource": "arn:aws:lambda:us-east-1:123456789012:function:refund-card",
			"Parameters": {"id.$": "$.order.id", "amount.$": "$.loaded.order.total", "key.$": "States.Format('{}-{}', $$.Execution.Name, $.order.id)"},
			"TimeoutSeconds": 30,
			"ResultPath": "$.refund",
			"Next": "Tell"
		},
		"Voucher": {"Type": "Pass", "Parameters": {"voucher": true, "id.$": "$.order.id"}, "ResultPath": "$.refund", "Next": "Tell"},
		"Tell": {
			"Type": "Map",
			"ItemsPath": "$.loaded.order.contacts",
			"ItemSelector": {"contact.$": "$$.Map.Item.Value", "id.$": "$.order.id"},
			"ItemProcessor": {
				"ProcessorConfig": {"Mode": "INLINE"},
				"StartAt": "TellOne",
				"States": {"TellOne": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:tell", "End": true}}
			},
			"ResultPath": null,
			"Next": "Done"
		},
		"Done": {"Type": "Succeed", "OutputPath": "$.refund"},
		"Failed": {"Type": "Fail", "Error": "RefundFailed", "Cause": "The order could not be refunded."}
	}
}`
