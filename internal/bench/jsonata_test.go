package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// Expressions as workflows have them, each beside Go that a programmer would
// write for the same values.
func init() {
	for _, e := range []struct {
		name, expr string
		byHand     func(states *value.Object) any
	}{
		{"a path", `$states.input.a.b`, func(states *value.Object) any {
			return get(get(get(states, "input"), "a"), "b")
		}},
		{"arithmetic", `$states.input.x * 2 + 1`, func(states *value.Object) any {
			if x, ok := get(get(states, "input"), "x").(int64); ok {
				return x*2 + 1
			}
			return nil
		}},
		{"a condition", `$states.input.x > 1000 ? "large" : "small"`, func(states *value.Object) any {
			if x, ok := get(get(states, "input"), "x").(int64); ok && x > 1000 {
				return "large"
			}
			return "small"
		}},
		{"a string", `"Hello " & $uppercase($states.input.name) & ", you are number " & $states.input.x`, func(states *value.Object) any {
			input := get(states, "input")
			name, _ := get(input, "name").(string)
			return "Hello " + strings.ToUpper(name) + ", you are number " + fmt.Sprint(get(input, "x"))
		}},
		{"an object of 5 fields", `{"a": $states.input.x, "b": $states.input.name, "c": $states.input.a.b, "d": true, "e": "constant"}`, func(states *value.Object) any {
			input := get(states, "input")
			o := value.NewObject(5)
			o.Set("a", get(input, "x"))
			o.Set("b", get(input, "name"))
			o.Set("c", get(get(input, "a"), "b"))
			o.Set("d", true)
			o.Set("e", "constant")
			return o
		}},
		{"$map over 100", `$map($states.input.items, function($i) { $i.price * 2 })`, func(states *value.Object) any {
			items := get(get(states, "input"), "items").([]any)
			prices := make([]any, 0, len(items))
			for _, item := range items {
				if price, ok := get(item, "price").(int64); ok {
					prices = append(prices, price*2)
				}
			}
			return prices
		}},
		{"a filter of 100", `$states.input.items[price > 1050]`, func(states *value.Object) any {
			var found []any
			for _, item := range get(get(states, "input"), "items").([]any) {
				if price, ok := get(item, "price").(int64); ok && price > 1050 {
					found = append(found, item)
				}
			}
			return found
		}},
		{"$sum over 100", `$sum($states.input.items.(price * qty))`, func(states *value.Object) any {
			sum := int64(0)
			for _, item := range get(get(states, "input"), "items").([]any) {
				price, ok := get(item, "price").(int64)
				qty, also := get(item, "qty").(int64)
				if ok && also {
					sum += price * qty
				}
			}
			return sum
		}},
		{"$reduce over 100", `$reduce($states.input.items, function($sum, $i) { $sum + $i.price }, 0)`, func(states *value.Object) any {
			sum := int64(0)
			for _, item := range get(get(states, "input"), "items").([]any) {
				if price, ok := get(item, "price").(int64); ok {
					sum += price
				}
			}
			return sum
		}},
		{"100 objects mapped", `$states.input.items.{"id": id, "total": price * qty}`, func(states *value.Object) any {
			items := get(get(states, "input"), "items").([]any)
			mapped := make([]any, 0, len(items))
			for _, item := range items {
				o := value.NewObject(2)
				o.Set("id", get(item, "id"))
				price, ok := get(item, "price").(int64)
				qty, also := get(item, "qty").(int64)
				if ok && also {
					o.Set("total", price*qty)
				}
				mapped = append(mapped, o)
			}
			return mapped
		}},
	} {
		pairs = append(pairs, pair{
			name: "JSONata: " + e.name, unit: "expression", n: 1,
			ours:   evaluates(e.expr),
			byHand: calculates(e.expr, e.byHand),
		})
	}
}

func get(v any, key string) any {
	o, ok := v.(*value.Object)
	if !ok {
		return nil
	}
	v, _ = o.Get(key)
	return v
}

func jsonataInput(b *testing.B) *value.Object {
	var items strings.Builder
	for i := range 100 {
		fmt.Fprintf(&items, `{"id": "item-%d", "price": %d, "qty": %d},`, i, 1000+i, 300+i%7)
	}
	v := parse(b, `{"input": {"a": {"b": "value"}, "x": 4711, "name": "ada", "items": [`+
		strings.TrimSuffix(items.String(), ",")+`]}}`)
	return v.(*value.Object)
}

func evaluates(expr string) func(*testing.B) func() {
	return func(b *testing.B) func() {
		e := jsonata.MustCompile(expr)
		vars := value.ObjectOf(value.Member{Key: "states", Value: jsonataInput(b)})
		return func() {
			if _, err := e.Eval(jsonata.Undefined, vars, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
}

var sink any

// calculates also checks that both come to the same.
func calculates(expr string, byHand func(*value.Object) any) func(*testing.B) func() {
	return func(b *testing.B) func() {
		states := jsonataInput(b)
		ours, err := jsonata.MustCompile(expr).Eval(jsonata.Undefined, jsonata.Vars{"states": states}, nil)
		if err != nil || !value.Equal(ours, byHand(states)) {
			b.Fatalf("%s: %v %v, by hand %v", expr, value.String(ours), err, value.String(byHand(states)))
		}
		vars := value.ObjectOf(value.Member{Key: "states", Value: states})
		return func() {
			states, _ := get(vars, "states").(*value.Object)
			sink = byHand(states)
		}
	}
}
