// Command saga books a trip of three parts. When one cannot be booked, the
// others are cancelled: each step has its compensation.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

//go:embed saga.asl.json
var definition []byte

// Trip is what is to be booked.
type Trip struct {
	To     string `json:"to"`
	NoCars bool   `json:"noCars"`
}

// agency books and cancels.
type agency struct{ out io.Writer }

// book returns the function that books one part of a trip and returns the number
// of the booking.
func (a agency) book(what string) interpreter.Handler {
	return interpreter.Func(func(_ context.Context, t Trip) (string, error) {
		if what == "car" && t.NoCars {
			return "", asl.Errorf("SoldOut", "no %s in %s", what, t.To)
		}
		fmt.Fprintf(a.out, "booked a %s to %s\n", what, t.To)
		return what + "-1", nil
	})
}

func (a agency) cancel(_ context.Context, booking string) (struct{}, error) {
	fmt.Fprintf(a.out, "cancelled %s\n", booking)
	return struct{}{}, nil
}

func travel(ctx context.Context, out io.Writer, t Trip) error {
	program, err := interpreter.Compile(definition, interpreter.Options{})
	if err != nil {
		return err
	}
	a := agency{out}
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{
		"book-flight": a.book("flight"),
		"book-hotel":  a.book("hotel"),
		"book-car":    a.book("car"),
		"cancel":      interpreter.Func(a.cancel),
	}})
	defer in.Close()
	_, err = interpreter.Run[any](ctx, in, program, t)
	var failed *interpreter.ExecutionError
	if errors.As(err, &failed) {
		fmt.Fprintf(out, "%s: %s\n", failed.Name, failed.Cause)
		return nil
	}
	return err
}

func main() {
	for _, t := range []Trip{{To: "Rome"}, {To: "Venice", NoCars: true}} {
		if err := travel(context.Background(), os.Stdout, t); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
