// Command shop checks out two baskets; the larger one gets a discount. The state
// machine is there in JSONPath and, with the flag -jsonata, in JSONata.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/gostates/gostates/interpreter"
)

//go:embed shop.asl.json
var inJSONPath []byte

//go:embed shop.jsonata.asl.json
var inJSONata []byte

// Line is one line of a basket.
type Line struct {
	Item     string  `json:"item"`
	Price    float64 `json:"price"`
	Quantity int     `json:"quantity"`
}

// Basket is what the customer has chosen.
type Basket struct {
	Customer string `json:"customer"`
	Lines    []Line `json:"lines"`
}

// Checkout is what the customer has to pay.
type Checkout struct {
	Customer string  `json:"customer"`
	Total    float64 `json:"total"`
	Lines    int     `json:"lines"`
}

func sum(_ context.Context, lines []Line) (float64, error) {
	total := 0.0
	for _, l := range lines {
		total += l.Price * float64(l.Quantity)
	}
	return total, nil
}

// Price is a total with a discount to be taken off.
type Price struct {
	Total   float64 `json:"total"`
	Percent float64 `json:"percent"`
}

func discount(_ context.Context, p Price) (float64, error) {
	return p.Total * (100 - p.Percent) / 100, nil
}

func checkout(ctx context.Context, out io.Writer, definition []byte, baskets ...Basket) error {
	program, err := interpreter.Compile(definition, interpreter.Options{})
	if err != nil {
		return err
	}
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{
		"sum":      interpreter.Func(sum),
		"discount": interpreter.Func(discount),
	}})
	defer in.Close()
	for _, b := range baskets {
		c, err := interpreter.Run[Checkout](ctx, in, program, b)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s pays %.2f for %d lines\n", c.Customer, c.Total, c.Lines)
	}
	return nil
}

func main() {
	jsonata := flag.Bool("jsonata", false, "run the state machine in JSONata")
	flag.Parse()
	definition := inJSONPath
	if *jsonata {
		definition = inJSONata
	}
	err := checkout(context.Background(), os.Stdout, definition,
		Basket{"Ada", []Line{{"lamp", 50, 2}, {"desk", 300, 1}}},
		Basket{"Bob", []Line{{"boat", 1500, 1}}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
