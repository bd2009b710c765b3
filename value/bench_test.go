package value_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/value"
)

// document is about 1 KB of JSON as a state machine sees it.
const document = `{"orderId":"0f8fad5b-d9cb-469f-a165-70867728950e","customer":{"id":48151623,"name":"Zoë Washburne",` +
	`"email":"zoe@example.com","address":{"street":"1 Serenity Way","city":"Persephone","zip":"10115","country":"DE"}},` +
	`"items":[{"sku":"A-1001","title":"Widget, large","quantity":2,"price":19.99,"tags":["tools","metal"]},` +
	`{"sku":"B-2002","title":"Gadget \"deluxe\"","quantity":1,"price":249.5,"tags":["electronics"]},` +
	`{"sku":"C-3003","title":"Cable 2 m","quantity":10,"price":3.75,"tags":[]}],` +
	`"payment":{"method":"card","last4":"4242","authorised":true,"amount":327.48,"currency":"EUR","attempts":0},` +
	`"shipping":{"carrier":"dhl","express":false,"tracking":null,"weightKg":4.2,"window":{"from":"2024-05-01T08:00:00Z","to":"2024-05-01T12:00:00Z"}},` +
	`"flags":[true,false,true],"notes":"Leave with the neighbour at no. 7\nRing twice","total":327.48,"createdAt":1714550400,` +
	`"history":[{"at":1714550400,"what":"created"},{"at":1714550460,"what":"paid"},{"at":1714551000,"what":"packed"}]}`

func BenchmarkRead1KB(b *testing.B) {
	b.Run("value", func(b *testing.B) {
		text := []byte(document)
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for range b.N {
			if _, err := value.Parse(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		text := []byte(document)
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for range b.N {
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWrite1KB(b *testing.B) {
	b.Run("value", func(b *testing.B) {
		v, _ := value.ParseString(document)
		b.ReportAllocs()
		var buf []byte
		for range b.N {
			buf = value.Append(buf[:0], v)
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		var v any
		_ = json.Unmarshal([]byte(document), &v)
		b.ReportAllocs()
		for range b.N {
			_, _ = json.Marshal(v)
		}
	})
}

func BenchmarkReadLarge(b *testing.B) {
	text := []byte("[" + strings.Repeat(document+",", 199) + document + "]")
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for range b.N {
		if _, err := value.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWith(b *testing.B) {
	for _, n := range []int{1, 5, 16, 100} {
		o := object(n)
		b.Run(strconv.Itoa(n)+"_keys", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				o.With("result", nil)
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	for _, n := range []int{5, 16, 100} {
		o := object(n)
		key := "key" + strconv.Itoa(n/2)
		b.Run(strconv.Itoa(n)+"_keys", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if !o.Has(key) {
					b.Fatal(key)
				}
			}
		})
	}
}

func BenchmarkSize(b *testing.B) {
	v, _ := value.ParseString(document)
	o := v.(*value.Object)
	b.Run("new", func(b *testing.B) {
		for range b.N {
			value.Size(o.With("x", nil))
		}
	})
	b.Run("known", func(b *testing.B) {
		for range b.N {
			value.Size(o)
		}
	})
}

func object(n int) *value.Object {
	o := value.NewObject(n)
	for i := range n {
		o.Set("key"+strconv.Itoa(i), int64(i))
	}
	return o
}

// charge is a struct of 10 fields, as a task's typed handler has.
type charge struct {
	OrderID  string            `json:"orderId"`
	Customer string            `json:"customer"`
	Amount   float64           `json:"amount"`
	Currency string            `json:"currency"`
	Items    []chargeItem      `json:"items"`
	Express  bool              `json:"express"`
	Attempt  int               `json:"attempt"`
	Labels   map[string]string `json:"labels,omitempty"`
	Note     *string           `json:"note"`
	At       time.Time         `json:"at"`
}

type chargeItem struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

func someCharge() charge {
	note := "ring twice"
	return charge{
		OrderID: "0f8fad5b", Customer: "Zoë", Amount: 327.48, Currency: "EUR",
		Items:   []chargeItem{{"A-1001", 2}, {"B-2002", 1}},
		Attempt: 1, Labels: map[string]string{"a": "1", "b": "2"}, Note: &note,
		At: time.Date(2024, 5, 1, 8, 0, 0, 0, time.UTC),
	}
}

// BenchmarkBind converts a struct of 10 fields out of the model and into it,
// beside what hand-written code would do with text.
func BenchmarkBind(b *testing.B) {
	v, _ := value.From(someCharge())
	text := value.Append(nil, v)
	b.Run("value", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			var c charge
			if err := value.Decode(v, &c); err != nil {
				b.Fatal(err)
			}
			if _, err := value.From(&c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			var c charge
			if err := json.Unmarshal(text, &c); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(&c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFromMap(b *testing.B) {
	var v any
	_ = json.Unmarshal([]byte(document), &v)
	b.ReportAllocs()
	for range b.N {
		if _, err := value.From(v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromModel(b *testing.B) {
	v, _ := value.ParseString(document)
	b.ReportAllocs()
	for range b.N {
		if _, err := value.From(v); err != nil {
			b.Fatal(err)
		}
	}
}
