package jsonpath

import (
	"testing"
	"time"

	"github.com/gostates/gostates/value"
)

const shop = `{"id": 7, "customer": {"name": "Ada", "address": {"city": "London", "zip": "N1"}},
	"items": [{"sku": "a", "price": 10}, {"sku": "b", "price": 5}], "total": 15, "status": "open"}`

// BenchmarkDefinite compares a definite path with Go code that was written for
// it by hand, in one run.
func BenchmarkDefinite(b *testing.B) {
	root := parseValue(b, shop)
	for _, c := range []struct {
		name, path string
		byHand     func(any) (any, bool)
	}{
		{"name", "$.total", func(v any) (any, bool) { return property(v, "total") }},
		{"names", "$.customer.address.city", func(v any) (any, bool) {
			return property(first(property(first(property(v, "customer")), "address")), "city")
		}},
		{"index", "$.items[1].price", func(v any) (any, bool) {
			items, _ := property(v, "items")
			list, ok := items.([]any)
			if !ok || len(list) < 2 {
				return nil, false
			}
			return property(list[1], "price")
		}},
	} {
		p := mustParse(b, c.path)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := p.Lookup(root); !ok {
					b.Fatal("missing")
				}
			}
			spent := b.Elapsed()
			start := time.Now()
			for range b.N {
				if _, ok := c.byHand(root); !ok {
					b.Fatal("missing")
				}
			}
			b.ReportMetric(float64(spent)/float64(time.Since(start)), "x-by-hand")
		})
	}
}

func property(v any, key string) (any, bool) {
	o, ok := v.(*value.Object)
	if !ok {
		return nil, false
	}
	return o.Get(key)
}

func first(v any, _ bool) any { return v }

func BenchmarkFilter(b *testing.B) {
	root := parseValue(b, shop)
	p := mustParse(b, "$.items[?(@.price > 5)].sku")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Get(root); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	root := parseValue(b, shop)
	p := mustParse(b, "$.customer.address.label")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Set(root, int64(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("$.customer.address['city']"); err != nil {
			b.Fatal(err)
		}
	}
}
