package interpreter_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

func ExampleRun() {
	type Order struct{ Total int }
	type Receipt struct{ Paid int }

	program, err := interpreter.Compile([]byte(`{
		"StartAt": "Charge",
		"States": {
			"Charge": {"Type": "Task", "Resource": "charge", "End": true,
				"Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}]}
		}
	}`), interpreter.Options{})
	if err != nil {
		log.Fatal(err) // all that is wrong, by line and column
	}
	charge := func(ctx context.Context, o Order) (Receipt, error) {
		if o.Total > 100 {
			return Receipt{}, asl.Errorf("CardDeclined", "the limit is %d", 100)
		}
		return Receipt{Paid: o.Total}, nil
	}
	in := interpreter.New(interpreter.Config{
		Resolver: interpreter.Mux{"charge": interpreter.Func(charge)},
	})
	defer in.Close()

	receipt, err := interpreter.Run[Receipt](context.Background(), in, program, Order{Total: 42})
	fmt.Println(receipt.Paid, err)
	_, err = interpreter.Run[Receipt](context.Background(), in, program, Order{Total: 420})
	fmt.Println(err)
	// Output:
	// 42 <nil>
	// execution FAILED in state "Charge": CardDeclined: the limit is 100
}

// The quick start of the README is ExampleRun.
func TestREADMEShowsTheExample(t *testing.T) {
	source, err := os.ReadFile("quickstart_test.go")
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(source), "func ExampleRun() {\n")
	body, _, _ = strings.Cut(body, "\t// Output:")
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	require.Contains(t, string(readme), strings.ReplaceAll("\n"+body, "\n\t", "\n"))
}
