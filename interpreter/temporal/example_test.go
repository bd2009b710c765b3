package temporal_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/temporal"
)

type order struct {
	ID    string `json:"id"`
	Cents int    `json:"cents"`
}

func charge(_ context.Context, o order) (string, error) { return "paid " + o.ID, nil }

func Example() {
	c, err := client.Dial(client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	config := temporal.Config{Resolver: interpreter.Mux{"charge": interpreter.Func(charge)}}
	definition, err := os.ReadFile("order.asl.json")
	if err != nil {
		log.Fatal(err)
	}
	program, err := temporal.Compile(definition, interpreter.Options{StateMachineName: "order"})
	if err != nil {
		log.Fatal(err)
	}
	if err := temporal.Check(config, program); err != nil {
		log.Fatal(err)
	}

	// A worker:
	w := worker.New(c, "orders", worker.Options{})
	temporal.Register(w, config)
	if err := w.Start(); err != nil {
		log.Fatal(err)
	}
	defer w.Stop()

	// A starter, which may be another process:
	orders := temporal.NewClient(c, temporal.ClientOptions{TaskQueue: "orders"})
	ctx := context.Background()
	e, err := orders.Start(ctx, program, order{ID: "1", Cents: 500}, temporal.StartOptions{Name: "order-1"})
	if err != nil {
		log.Fatal(err)
	}
	var receipt string
	if err := e.Decode(ctx, &receipt); err != nil {
		log.Fatal(err)
	}
	fmt.Println(receipt)
}
