package bench

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

func init() {
	pairs = append(pairs,
		pair{"a task over a struct of 10 fields, text in and out", "execution", 1, fields(1), fieldsByHand(1)},
		pair{"10 tasks over a struct of 10 fields", "task", 10, fields(10), fieldsByHand(10)},
	)
}

// ten is a struct of 10 fields.
type ten struct {
	ID       string  `json:"id"`
	Customer string  `json:"customer"`
	Mail     string  `json:"mail"`
	City     string  `json:"city"`
	Street   string  `json:"street"`
	Number   int     `json:"number"`
	Items    int     `json:"items"`
	Total    float64 `json:"total"`
	Paid     bool    `json:"paid"`
	Shipped  bool    `json:"shipped"`
}

const tenText = `{"id":"o-12345","customer":"Ada Lovelace","mail":"ada@example.com","city":"London",` +
	`"street":"St James's Square","number":12,"items":3,"total":99.5,"paid":false,"shipped":false}`

func pay(_ context.Context, o ten) (ten, error) {
	o.Paid, o.Items = true, o.Items+1
	return o, nil
}

// fields runs n Task states over a string, and writes the output as text.
func fields(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		p, err := interpreter.Compile([]byte(chain(n, func(int) string { return `"Type": "Task", "Resource": "pay"` })), interpreter.Options{})
		if err != nil {
			b.Fatal(err)
		}
		in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"pay": interpreter.Func(pay)}})
		b.Cleanup(func() { _ = in.Close() })
		return func() {
			out, err := interpreter.Run[*value.Object](context.Background(), in, p, []byte(tenText))
			if err != nil {
				b.Fatal(err)
			}
			value.Append(nil, out)
		}
	}
}

// fieldsByHand decodes, calls and encodes n times.
func fieldsByHand(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		return func() {
			text := []byte(tenText)
			for range n {
				var o ten
				err := json.Unmarshal(text, &o)
				if err == nil {
					o, err = pay(context.Background(), o)
				}
				if err == nil {
					text, err = json.Marshal(o)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
