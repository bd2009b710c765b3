// Command asl checks, runs, tests and draws state machines in the Amazon States Language.
//
//	asl validate order.asl.json
//	asl run -input '{"id": 7}' -mock mocks.json -case Order/Happy -clock virtual order.asl.json
//	asl graph -format svg -history events.ndjson order.asl.json
//	asl teststate -state Charge -input '{"id": 7}' -error CardDeclined order.asl.json
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the definition has errors, or the execution failed
	exitUsage  = 2
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer // for people, if it is a terminal or err: plain
	raw      io.Writer // out as it is, for colours
	terminal bool      // out is one
}

// command is a subcommand.
type command struct {
	name, summary string
	run           func(args []string, s streams) int
}

var commands = []command{
	{"validate", "find what is wrong with definitions", validate},
	{"run", "run a definition", run},
	{"graph", "draw a definition, and what an execution did", drawGraph},
	{"teststate", "test one state of a definition", testState},
}

func main() {
	os.Exit(dispatch(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stdout)}))
}

func dispatch(args []string, s streams) int {
	s.raw, s.err = s.out, plainWriter{s.err}
	if s.terminal {
		s.out = plainWriter{s.out}
	}
	if len(args) > 0 {
		for _, c := range commands {
			if c.name == args[0] {
				return c.run(args[1:], s)
			}
		}
		if args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
			usage(s.out)
			return exitOK
		}
		fmt.Fprintf(s.err, "asl: there is no command %q\n", args[0])
	}
	usage(s.err)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: asl COMMAND [OPTIONS] FILE...")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(w, "asl COMMAND -h lists the options of a command.")
}

// flags makes the flag set of a subcommand.
func flags(name, arguments string, s streams) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(s.err)
	f.Usage = func() {
		fmt.Fprintf(s.err, "usage: asl %s [OPTIONS] %s\n", name, arguments)
		f.PrintDefaults()
	}
	return f
}

// parse reads a subcommand's arguments. Where ok is false, code is the exit
// code.
func parse(f *flag.FlagSet, args []string) (code int, ok bool) {
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK, false
	case err != nil:
		return exitUsage, false
	}
	return exitOK, true
}
