// Command asl checks, runs, tests and draws state machines in the Amazon States Language.
//
// In a checkout of this repository:
//
//	asl validate examples/order/order.asl.json
//	asl run -input '{"customer": "jane"}' -mock examples/order/mocks.json -case Order/Paid -clock virtual -history events.ndjson examples/order/order.asl.json
//	asl graph -format svg -history events.ndjson examples/order/order.asl.json
//	asl teststate -state Pay -input '{"order": {"id": 7}}' -error CardDeclined examples/order/order.asl.json
//
// Options come before files. The exit code is 0 for success, 1 if a definition has
// errors or an execution fails, and 2 for wrong use.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the definition has errors, or the execution failed
	exitUsage  = 2
)

const exitCodes = "exit codes: 0 success; 1 the definition has errors, or the execution failed; 2 wrong use"

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
	fmt.Fprintln(w, exitCodes)
}

// flags makes the flag set of a subcommand.
func flags(name, arguments string, s streams) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(s.err)
	f.Usage = func() {
		fmt.Fprintf(s.err, "usage: asl %s [OPTIONS] %s\n", name, arguments)
		f.PrintDefaults()
		fmt.Fprintln(s.err, exitCodes)
	}
	return f
}

// checkFiles reports whether the arguments after the options are files, at most so
// many, and says what is wrong with them.
func checkFiles(f *flag.FlagSet, most int, s streams) bool {
	problem := ""
	switch misplaced := slices.IndexFunc(f.Args(), func(name string) bool { return len(name) > 1 && name[0] == '-' }); {
	case f.NArg() == 0:
		problem = "no FILE is given"
	case misplaced >= 0:
		problem = fmt.Sprintf("the option %s comes after FILE: options come first (./%[1]s is a file of that name)", f.Arg(misplaced))
	case f.NArg() > most:
		problem = fmt.Sprintf("%d files are given, not one: %q", f.NArg(), f.Args())
	default:
		return true
	}
	fmt.Fprintf(s.err, "asl %s: %s\n", f.Name(), problem)
	f.Usage()
	return false
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
