// Command approve asks a person before it pays an expense. The task "approve" is a Go
// function that passes its token on and returns; the answer comes later, over HTTP. No
// goroutine waits for it. In a browser, the link shows a form.
//
//	$ go run ./examples/approve &
//	approve: http://127.0.0.1:8080 takes expenses
//	$ curl -d what=Train -d euros=120 http://127.0.0.1:8080/expenses
//	http://127.0.0.1:8080/expenses/1
//	to be approved: 120 euros for Train: http://127.0.0.1:8080/answer?token=AYz...
//	$ curl -d by=Grace -d approved=true 'http://127.0.0.1:8080/answer?token=AYz...'
//	thank you
//	$ curl http://127.0.0.1:8080/expenses/1
//	paid 120 euros for Train
//
// Here executions are in memory. With Config.Store the answer may come after a restart:
// see the library in interpreter/store/sqlite/examples.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"sync"

	"github.com/gostates/gostates/interpreter"
)

//go:embed approve.asl.json
var definition []byte

// Expense is the input of an execution.
type Expense struct {
	What  string  `json:"what"`
	Euros float64 `json:"euros"`
}

// Answer is what a person says about an expense.
type Answer struct {
	By       string `json:"by"`
	Approved bool   `json:"approved"`
}

// office is the server.
type office struct {
	address string    // begins its links
	mails   io.Writer // to whoever approves
	program *interpreter.Program
	in      *interpreter.Interpreter

	mu       sync.Mutex
	expenses []*interpreter.Execution
}

func newOffice(address string, mails io.Writer, c interpreter.Config) (*office, error) {
	program, err := interpreter.Compile(definition, interpreter.Options{})
	if err != nil {
		return nil, err
	}
	o := &office{address: address, mails: mails, program: program}
	c.Resolver = interpreter.Mux{
		"approve": interpreter.Func(o.approve),
		"pay":     interpreter.Plain(pay),
	}
	o.in = interpreter.New(c)
	return o, o.in.Check(program)
}

// approve asks a person. Its result comes by the token.
func (o *office) approve(ctx context.Context, e Expense) (Answer, error) {
	link := o.address + "/answer?token=" + url.QueryEscape(interpreter.TaskFrom(ctx).Token())
	fmt.Fprintf(o.mails, "to be approved: %v euros for %s: %s\n", e.Euros, e.What, link)
	return Answer{}, interpreter.ErrResultPending
}

func pay(e Expense) (string, error) { return fmt.Sprintf("paid %v euros for %s", e.Euros, e.What), nil }

// handler takes expenses and answers.
func (o *office) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /expenses", o.takeExpense)
	mux.HandleFunc("GET /expenses/{n}", o.showExpense)
	mux.HandleFunc("GET /answer", showForm)
	mux.HandleFunc("POST /answer", o.takeAnswer)
	return mux
}

func (o *office) takeExpense(w http.ResponseWriter, r *http.Request) {
	euros, err := strconv.ParseFloat(r.FormValue("euros"), 64)
	if err != nil || r.FormValue("what") == "" {
		http.Error(w, "what was it, and how many euros?", http.StatusBadRequest)
		return
	}
	e, err := o.in.Start(r.Context(), o.program, Expense{What: r.FormValue("what"), Euros: euros}, interpreter.StartOptions{})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	o.mu.Lock()
	o.expenses = append(o.expenses, e)
	n := len(o.expenses)
	o.mu.Unlock()
	fmt.Fprintf(w, "%s/expenses/%d\n", o.address, n)
}

// form is what the link of a mail shows. It posts to that link. Opening the link does not
// answer: programs that scan mails open it too.
const form = `<!doctype html><title>approve</title>
<form method="post"><label>your name <input name="by" required></label>
<button name="approved" value="true">approve</button> <button name="approved" value="false">refuse</button></form>
`

func showForm(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, form)
}

// takeAnswer ends the task that has the token.
func (o *office) takeAnswer(w http.ResponseWriter, r *http.Request) {
	answer := Answer{By: r.FormValue("by"), Approved: r.FormValue("approved") == "true"}
	switch err := o.in.SendTaskSuccess(r.Context(), r.FormValue("token"), answer); {
	case err == nil:
		fmt.Fprintln(w, "thank you")
	case errors.Is(err, interpreter.ErrTaskTimedOut), errors.Is(err, interpreter.ErrInvalidToken):
		http.Error(w, "nobody waits for this answer: it was given before, or comes too late", http.StatusNotFound)
	default:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (o *office) showExpense(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	n, err := strconv.Atoi(r.PathValue("n"))
	var e *interpreter.Execution
	if err == nil && n > 0 && n <= len(o.expenses) {
		e = o.expenses[n-1]
	}
	o.mu.Unlock()
	if e == nil {
		http.NotFound(w, r)
		return
	}
	if e.Status() == interpreter.Running {
		fmt.Fprintln(w, "waits for an answer")
		return
	}
	var paid string
	if err := e.Decode(&paid); err != nil {
		fmt.Fprintln(w, err)
		return
	}
	fmt.Fprintln(w, paid)
}

func serve(address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	o, err := newOffice("http://"+listener.Addr().String(), os.Stdout, interpreter.Config{})
	if err != nil {
		return err
	}
	defer o.in.Close()
	fmt.Printf("approve: %s takes expenses\n", o.address)
	server := &http.Server{Handler: o.handler()}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func main() {
	address := flag.String("addr", "127.0.0.1:8080", "listen at this address")
	flag.Parse()
	if err := serve(*address); err != nil {
		fmt.Fprintln(os.Stderr, "approve:", err)
		os.Exit(1)
	}
}
