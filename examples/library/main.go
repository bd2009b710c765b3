// Command library lends a book. The reader brings it back by following a link
// that carries the task's token; until then the library reminds and waits. Weeks
// pass on a virtual clock.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/gostates/gostates/interpreter"
)

//go:embed library.asl.json
var definition []byte

// Loan is a book and who has it.
type Loan struct {
	Reader string `json:"reader"`
	Book   string `json:"book"`
}

// Mail is a reminder.
type Mail struct {
	To   string `json:"to"`
	Text string `json:"text"`
	Link string `json:"link"`
}

// reader is the human: they follow the link in the mail of this number, or
// never.
type reader struct {
	out     io.Writer
	in      *interpreter.Interpreter
	follows int
	mails   int
}

func (r *reader) read(ctx context.Context, m Mail) (string, error) {
	fmt.Fprintf(r.out, "mail to %s: %s\n", m.To, m.Text)
	if r.mails++; r.mails == r.follows {
		return "sent", answer(ctx, r.in, m.Link)
	}
	return "sent", nil
}

// lend lends a book to a reader, and returns when it is back or lost.
func lend(ctx context.Context, out io.Writer, l Loan, follows int) error {
	program, err := interpreter.Compile(definition, interpreter.Options{})
	if err != nil {
		return err
	}
	r := &reader{out: out, follows: follows}
	r.in = interpreter.New(interpreter.Config{
		Clock:    interpreter.NewVirtualClock(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)),
		Resolver: interpreter.Mux{"arn:aws:states:::mail:send.waitForTaskToken": interpreter.Func(r.read)},
	})
	defer r.in.Close()
	thanks, err := interpreter.Run[string](ctx, r.in, program, l)
	var failed *interpreter.ExecutionError
	if errors.As(err, &failed) {
		fmt.Fprintf(out, "%s: %s\n", failed.Name, failed.Cause)
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out, thanks)
	return nil
}

// answer is what the library's web server does when a reader follows the link.
func answer(ctx context.Context, in *interpreter.Interpreter, link string) error {
	u, err := url.Parse(link)
	if err != nil {
		return err
	}
	return in.SendTaskSuccess(ctx, u.Query().Get("token"), "thank you")
}

func main() {
	for _, c := range []struct {
		loan    Loan
		follows int
	}{
		{Loan{"Ada", "Dune"}, 1},
		{Loan{"Bob", "Emma"}, 0},
	} {
		if err := lend(context.Background(), os.Stdout, c.loan, c.follows); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
