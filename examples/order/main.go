// Command order processes orders: it charges a card with retries, and tells the
// customer whether that went well. The state machine is there in JSONPath and, with
// the flag -jsonata, in JSONata.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

//go:embed order.asl.json
var inJSONPath []byte

//go:embed order.jsonata.asl.json
var inJSONata []byte

// Request is what the customer sends.
type Request struct {
	Customer string  `json:"customer"`
	Item     string  `json:"item"`
	Price    float64 `json:"price"`
}

// Order is what the shop makes of it.
type Order struct {
	ID    string  `json:"id"`
	Item  string  `json:"item"`
	Total float64 `json:"total"`
}

// Receipt is what the bank answers.
type Receipt struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
}

// Message is a mail to the customer.
type Message struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// shop has the functions that the state machine calls.
type shop struct {
	out      io.Writer
	attempts int
}

func (s *shop) process(_ context.Context, r Request) (Order, error) {
	const tax = 1.2
	return Order{ID: "order-1", Item: r.Item, Total: r.Price * tax}, nil
}

// pay is busy the first time, and declines what is too expensive.
func (s *shop) pay(_ context.Context, o Order) (Receipt, error) {
	s.attempts++
	fmt.Fprintf(s.out, "paying %.2f, attempt %d\n", o.Total, s.attempts)
	const limit = 1000
	switch {
	case s.attempts == 1:
		return Receipt{}, asl.Errorf("BankBusy", "try again")
	case o.Total > limit:
		return Receipt{}, asl.Errorf("CardDeclined", "the limit is %d", limit)
	}
	return Receipt{Amount: o.Total, Currency: "EUR"}, nil
}

func (s *shop) notify(_ context.Context, m Message) (struct{}, error) {
	fmt.Fprintf(s.out, "mail to %s: %s\n", m.To, m.Text)
	return struct{}{}, nil
}

// functions returns the handlers of the machine's tasks by Resource.
func (s *shop) functions() interpreter.Mux {
	return interpreter.Mux{
		"process": interpreter.Func(s.process),
		"pay":     interpreter.Func(s.pay),
		"notify":  interpreter.Func(s.notify),
	}
}

// buy runs a state machine for one request.
func buy(ctx context.Context, out io.Writer, clock interpreter.Clock, definition []byte, r Request) error {
	program, err := interpreter.Compile(definition, interpreter.Options{})
	if err != nil {
		return err
	}
	s := &shop{out: out}
	in := interpreter.New(interpreter.Config{
		Clock:    clock,
		Resolver: s.functions(),
	})
	defer in.Close()
	receipt, err := interpreter.Run[Receipt](ctx, in, program, r)
	var failed *interpreter.ExecutionError
	if errors.As(err, &failed) {
		fmt.Fprintf(out, "failed: %s: %s\n", failed.Name, failed.Cause)
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "paid: %.2f %s\n", receipt.Amount, receipt.Currency)
	return nil
}

func main() {
	jsonata := flag.Bool("jsonata", false, "run the state machine in JSONata")
	flag.Parse()
	definition := inJSONPath
	if *jsonata {
		definition = inJSONata
	}
	for _, r := range []Request{
		{Customer: "ada@example.com", Item: "tea", Price: 10},
		{Customer: "bob@example.com", Item: "boat", Price: 5000},
	} {
		if err := buy(context.Background(), os.Stdout, nil, definition, r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
