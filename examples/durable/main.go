// Command durable runs an order in a process that is killed twice, and in the
// processes after it. Its host (host.go) shows the contract between the pure core,
// package machine, and a host that must not lose an execution:
//
//  1. Write before you act. Append the record of a Step to the file and sync it. Only
//     then carry out the commands, answer whoever sent the event, or tell anybody.
//  2. One writer. Number the records of an execution, and let the store accept each
//     number once: of two processes that drive the same execution, one is refused and
//     must drop what it did. (Here one process at a time is started.)
//  3. After a crash, fold the records and carry out what [machine.Program.Pending]
//     returns. Commands need not be stored: they follow from the execution.
//  4. A task is delivered at least once, always with the same token. The token is the
//     idempotency key: pass it to whatever must happen only once.
//  5. You keep the time. [machine.Program.Wake] returns when to send a Tick; after a
//     crash send one first, so that deadlines that have passed come before answers.
//  6. Never guess. If Fold returns an error, this program does not continue the
//     execution: keep it for the one that can. Keep the definition of each execution
//     ([machine.Program.MarshalDefinition]) as long as it runs.
//
// Config.Store of package interpreter does all of this, for many executions at a
// time, with snapshots, so that only the latest records are folded.
package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

//go:embed durable.asl.json
var definition []byte

// deaths says where each process is killed; the last one is not.
var deaths = []string{"pay", "sleep", ""}

func main() {
	journal := flag.String("journal", "", "drive the execution of this file, instead of starting processes that do")
	death := flag.String("die", "", "kill the process in this task, or in its sleep")
	flag.Parse()
	var err error
	if *journal != "" {
		err = driveOrder(os.Stdout, *journal, *death)
	} else {
		err = startProcesses(context.Background(), os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "durable:", err)
		os.Exit(1)
	}
}

// startProcesses starts this program again and again, until one comes to the end.
func startProcesses(ctx context.Context, out io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "durable")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for i, death := range deaths {
		fmt.Fprintf(out, "process %d\n", i+1)
		child := exec.CommandContext(ctx, program, "-journal", filepath.Join(folder, "order"), "-die", death)
		child.Stdout, child.Stderr = out, os.Stderr
		err := child.Run()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || death == "" {
			return err
		}
		fmt.Fprintln(out, "\tkilled")
	}
	return nil
}

// driveOrder drives the order of a journal to its end, unless it dies before.
func driveOrder(out io.Writer, path, death string) error {
	parsed, err := asl.ParseValid(definition, asl.Options{})
	if err != nil {
		return err
	}
	program, err := machine.Compile(parsed, machine.Options{})
	if err != nil {
		return err
	}
	journal, records, err := openJournal(path)
	if err != nil {
		return err
	}
	defer journal.Close()
	h := host{program: program, journal: journal, now: time.Now}
	h.work = func(c machine.Command, token string) (any, error) {
		fmt.Fprintf(out, "\t%s, key ...%s\n", c.Resource.Name, token[len(token)-8:])
		dieIf(c.Resource.Name == death)
		return "done: " + c.Resource.Name, nil
	}
	h.sleep = func(until time.Time) {
		fmt.Fprintln(out, "\tsleep")
		dieIf(death == "sleep")
		time.Sleep(time.Until(until))
	}
	if err := h.begin(records, newOrder()); err != nil {
		return err
	}
	if err := h.run(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\t%s %s\n", h.x.Status, value.String(h.x.Outcome.Output))
	return nil
}

// newOrder returns the data of an execution. The key of its tokens must be secret.
func newOrder() machine.Start {
	start := machine.Start{ID: "order-1", Input: value.ObjectOf(value.Member{Key: "item", Value: "tea"})}
	var random [16]byte
	rand.Read(random[:])
	start.Seed = [2]uint64{binary.LittleEndian.Uint64(random[:8]), binary.LittleEndian.Uint64(random[8:])}
	rand.Read(start.TokenKey[:])
	return start
}

// dieIf kills this process as kill -9 does: nothing is flushed, no defer runs.
func dieIf(now bool) {
	if !now {
		return
	}
	process, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}
