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

// streams are the input and outputs of a command.
type streams struct {
	in       io.Reader
	out, err io.Writer // control characters are escaped in err, and in out if it is a terminal
	raw      io.Writer // out without escaping, for colors
	terminal bool      // out is a terminal
}

// command is a subcommand.
type command struct {
	name, summary string
	run           func(args []string, s streams) int
}

var commands = []command{
	{"validate", "report errors and warnings of definitions", validateFiles},
	{"run", "run a definition", runMachine},
	{"graph", "draw a definition, and the history of an execution", drawGraph},
	{"teststate", "test one state of a definition", testState},
}

func main() {
	os.Exit(runCommand(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stdout)}))
}

func runCommand(args []string, s streams) int {
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
		if args[0] == "help" && len(args) > 1 && args[1] != "help" {
			return runCommand([]string{args[1], "-h"}, streams{in: s.in, out: s.raw, err: s.err, terminal: s.terminal})
		}
		if args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
			printUsage(s.out)
			return exitOK
		}
		fmt.Fprintf(s.err, "asl: unknown command %q\n", args[0])
	}
	printUsage(s.err)
	return exitUsage
}

func printUsage(w io.Writer) {
	fmt.Fprintln(w, "usage: asl COMMAND [OPTIONS] FILE...")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(w, "asl COMMAND -h lists the options of a command, and so does asl help COMMAND.")
	fmt.Fprintln(w, exitCodes)
}

// newFlagSet returns the flag set of a subcommand.
func newFlagSet(name, arguments string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // parseArguments prints help and errors
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "usage: asl %s [OPTIONS] %s\n", name, arguments)
		f.PrintDefaults()
		fmt.Fprintln(f.Output(), exitCodes)
	}
	return f
}

// checkFiles reports whether the remaining arguments are files, and at most as
// many as allowed. If not, it prints what is wrong.
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
	printMisuse(f, problem, s)
	return false
}

// printMisuse prints what is wrong with the arguments of a subcommand. It leaves out
// the list of options, which would push the message off the screen.
func printMisuse(f *flag.FlagSet, problem string, s streams) {
	fmt.Fprintf(s.err, "asl %s: %s\n'asl %[1]s -h' lists the options\n", f.Name(), problem)
}

// parseArguments parses the arguments of a subcommand. If ok is false, the command ends
// with code.
func parseArguments(f *flag.FlagSet, args []string, s streams) (code int, ok bool) {
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(s.out)
		f.Usage()
		return exitOK, false
	case err != nil:
		printMisuse(f, err.Error(), s)
		return exitUsage, false
	}
	return exitOK, true
}
