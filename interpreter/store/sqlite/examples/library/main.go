// Command library lends books over HTTP. The reader brings a book back by following
// a link that carries the task's token; until then the library reminds and waits.
// Loans are kept in a SQLite database: kill the program, start it again, and each
// loan goes on.
//
//	$ go run . &
//	library: http://127.0.0.1:8080 lends, with 0 loans in library.db
//	$ curl -d reader=Ada -d book=Dune http://127.0.0.1:8080/loans
//	http://127.0.0.1:8080/loans/019ad3c4-...
//	mail to Ada: Please bring back "Dune" (reminder 0). http://127.0.0.1:8080/back?token=BzJ...
//	$ pkill -9 library; go run . &
//	library: http://127.0.0.1:8080 lends, with 1 loans in library.db
//	$ curl -X POST 'http://127.0.0.1:8080/back?token=BzJ...'
//	thank you
//	$ curl http://127.0.0.1:8080/loans/019ad3c4-...
//	Ada has Dune: SUCCEEDED
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

//go:embed library.asl.json
var definition []byte

// Loan is a book and who has it: the input of an execution.
type Loan struct {
	Reader string `json:"reader"`
	Book   string `json:"book"`
}

// Mail is a reminder.
type Mail struct {
	To    string `json:"to"`
	Text  string `json:"text"`
	Token string `json:"token"`
}

// library is the server.
type library struct {
	address string // begins its links
	program *interpreter.Program
	in      *interpreter.Interpreter
}

func main() {
	address := flag.String("addr", "127.0.0.1:8080", "listen at this address")
	database := flag.String("db", "library.db", "keep loans in this file")
	flag.Parse()
	if err := serve(*address, *database); err != nil {
		fmt.Fprintln(os.Stderr, "library:", err)
		os.Exit(1)
	}
}

func serve(address, database string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, err := sqlite.Open(database)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := openLibrary("http://"+listener.Addr().String(), s)
	if err != nil {
		return err
	}
	defer l.in.Shutdown(context.Background())
	counts, err := l.in.Count(ctx, store.Query{})
	if err != nil {
		return err
	}
	fmt.Printf("library: %s lends, with %d loans in %s\n", l.address, counts[interpreter.Running], database)

	server := &http.Server{Handler: l.routes(), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { server.Shutdown(context.Background()) })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// openLibrary continues the loans of a store.
func openLibrary(address string, s store.Store) (*library, error) {
	program, err := interpreter.Compile(definition, interpreter.Options{StateMachineName: "library"})
	if err != nil {
		return nil, err
	}
	l := &library{address: address, program: program}
	l.in = interpreter.New(interpreter.Config{
		Store:    s,
		Programs: []*interpreter.Program{program},
		Resolver: interpreter.Mux{"arn:aws:states:::mail:send.waitForTaskToken": interpreter.Func(l.sendMail)},
	})
	return l, nil
}

// sendMail prints a mail. If the process ends before that is stored, the mail is sent
// again, with the same link: a mailer that must not do so uses the token as its key.
func (l *library) sendMail(_ context.Context, m Mail) (string, error) {
	fmt.Printf("mail to %s: %s %s\n", m.To, m.Text, l.address+"/back?token="+url.QueryEscape(m.Token))
	return "sent", nil
}

func (l *library) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /loans", l.lend)
	mux.HandleFunc("GET /loans/{id}", l.show)
	mux.HandleFunc("GET /back", l.ask)
	mux.HandleFunc("POST /back", l.takeBack)
	return mux
}

// lend starts a loan. When it answers, the loan is on disk.
func (l *library) lend(w http.ResponseWriter, r *http.Request) {
	loan := Loan{r.FormValue("reader"), r.FormValue("book")}
	if loan.Reader == "" || loan.Book == "" {
		http.Error(w, "who wants to read which book?", http.StatusBadRequest)
		return
	}
	x, err := l.in.Start(r.Context(), l.program, loan, interpreter.StartOptions{
		Tags: map[string]string{"reader": loan.Reader, "book": loan.Book},
	})
	if err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "%s/loans/%s\n", l.address, x.ID())
}

// show tells what became of a loan.
func (l *library) show(w http.ResponseWriter, r *http.Request) {
	id, err := store.ParseID(r.PathValue("id"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	d, err := l.in.Describe(r.Context(), id)
	if err != nil {
		fail(w, err)
		return
	}
	fmt.Fprintf(w, "%s has %s: %s\n", d.Tags["reader"], d.Tags["book"], d.Status)
	if d.Parked != "" {
		fmt.Fprintln(w, "parked:", d.Parked)
	}
}

// ask is where the link leads. It changes nothing: mail programs follow links too.
func (l *library) ask(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintln(w, `<form method="post"><button>I have brought the book back</button></form>`)
}

// takeBack answers the task of a token. The program that sent the mail may have been
// another one.
func (l *library) takeBack(w http.ResponseWriter, r *http.Request) {
	if err := l.in.SendTaskSuccess(r.Context(), r.FormValue("token"), "thank you"); err != nil {
		fail(w, err)
		return
	}
	fmt.Fprintln(w, "thank you")
}

// fail answers with an error: the reader's, or ours.
func fail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, interpreter.ErrInvalidToken):
		http.Error(w, "not found", http.StatusNotFound)
	case errors.Is(err, interpreter.ErrTaskTimedOut):
		http.Error(w, "the link is no longer valid", http.StatusGone)
	default:
		log.Print(err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	}
}
