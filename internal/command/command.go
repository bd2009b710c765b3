// Package command is the command asl. It is a package so that programs of other modules can
// be that command too, with what the core must not depend on.
package command

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/internal/spelling"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the definition has errors, or the execution failed
	exitUsage  = 2

	exitInterrupted = 130 // as a shell says that an interrupt ended a process
)

const exitCodes = "exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use"

// ownExitCodes replaces exitCodes in the help of commands for which it says too little.
var ownExitCodes = map[string]string{
	"cover":    "exit codes: 0 success; 1 a machine is below its threshold; 2 wrong use, or a file that cannot be read or written",
	"diff":     "exit codes: 0 the same; 1 the definitions differ, or with -moves running executions cannot continue; 2 wrong use, or a definition has errors",
	"fmt":      "exit codes: 0 success; 1 a definition cannot be formatted, or differs with -d; 2 wrong use, or a file that cannot be read or written",
	"run":      "exit codes: 0 the execution succeeded; 1 it failed, or the definition has errors; 2 wrong use; 130 interrupted",
	"validate": "exit codes: 0 clean; 1 errors were found, or warnings with -strict; 2 wrong use, or a file that cannot be read",
}

// streams are the input and outputs of a command.
type streams struct {
	in       io.Reader
	out, err io.Writer // control characters are escaped in err, and in out if it is a terminal
	raw      io.Writer // out without escaping, for colors
	terminal bool      // out is a terminal
	width    int       // columns of that terminal; 0: unknown

	rawErr      io.Writer // err without escaping, for colors and a line that is overwritten
	errTerminal bool      // err is a terminal
	errWidth    int       // columns of that terminal; 0: unknown

	inspect func(*flag.FlagSet) // takes the options of a command, which does nothing else; may be nil
}

// wrapped returns out for text, which is wrapped between words on a terminal. Data is not.
func (s streams) wrapped() io.Writer { return wrapWriter{s.out, s.width} }

// command is a subcommand.
type command struct {
	name, summary string
	run           func(args []string, s streams) int
}

var commands = []command{
	{"validate", "report errors and warnings of definitions", validateFiles},
	{"explain", "explain the code of an error or a warning", explainCodes},
	{"fmt", "format definitions", formatFiles},
	{"diff", "compare definitions, and say whether running executions can continue", diffDefinitions},
	{"cover", "merge the coverage that tests of several packages measured", mergeCoverage},
	{"mock", "write a mock file for the tasks of a definition", writeMocks},
	{"run", "run a definition", runMachine},
	{"graph", "draw a definition, and the history of an execution", drawGraph},
	{"teststate", "test one state of a definition", testState},
	{"serve", "serve the Step Functions API to AWS's SDKs and command line", serveAPI},
	{"version", "print the version of the command", printVersion},
}

// Main runs the command with the arguments and streams of the process, and returns its exit
// code.
func Main() int {
	return runCommand(os.Args[1:], streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		terminal: isTerminal(os.Stdout), width: terminalWidth(os.Stdout),
		errTerminal: isTerminal(os.Stderr), errWidth: terminalWidth(os.Stderr),
	})
}

func runCommand(args []string, s streams) int {
	s.raw, s.rawErr, s.err = s.out, s.err, plainWriter{wrapWriter{s.err, s.errWidth}}
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
			return runCommand([]string{args[1], "-h"}, streams{in: s.in, out: s.raw, err: s.err, terminal: s.terminal, width: s.width})
		}
		if args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
			printUsage(s.wrapped())
			return exitOK
		}
		names := make([]string, len(commands))
		for i := range commands {
			names[i] = commands[i].name
		}
		question := ""
		if name, ok := spelling.Similar(args[0], slices.Values(names)); ok {
			question = ": did you mean asl " + name + "?"
		}
		fmt.Fprintf(s.err, "asl: unknown command %q%s\n", args[0], question)
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
func newFlagSet(name, arguments string, examples ...string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // parseArguments prints help and errors
	f.Usage = func() {
		fmt.Fprintln(f.Output(), strings.TrimSpace("usage: asl "+name+" [OPTIONS] "+arguments))
		f.PrintDefaults()
		for _, e := range examples {
			fmt.Fprintln(f.Output(), "example: "+e)
		}
		command, _, _ := strings.Cut(name, " ")
		fmt.Fprintln(f.Output(), cmp.Or(ownExitCodes[command], exitCodes))
	}
	return f
}

// maxFiles is for commands that take any number of files.
const maxFiles = math.MaxInt

// checkFiles reports whether the remaining arguments are files, and at most as
// many as allowed. If not, it prints what is wrong.
func checkFiles(f *flag.FlagSet, most int, s streams) bool {
	problem := ""
	switch {
	case f.NArg() == 0:
		problem = "no FILE is given"
	case f.NArg() > most:
		problem = fmt.Sprintf("%d files are given, not %s: %q", f.NArg(), countWord(most), f.Args())
	default:
		return true
	}
	printMisuse(f, problem, s)
	return false
}

func countWord(n int) string {
	if n == 1 {
		return "one"
	}
	return strconv.Itoa(n)
}

// printMisuse prints what is wrong with the arguments of a subcommand. It leaves out
// the list of options, which would push the message off the screen.
func printMisuse(f *flag.FlagSet, problem string, s streams) {
	fmt.Fprintf(s.err, "asl %s: %s\n'asl %[1]s -h' lists the options\n", f.Name(), problem)
}

// parseArguments parses the arguments of a subcommand. If ok is false, the command ends
// with code.
func parseArguments(f *flag.FlagSet, args []string, s streams) (code int, ok bool) {
	if s.inspect != nil {
		s.inspect(f)
		return exitOK, false
	}
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(s.wrapped())
		f.Usage()
		return exitOK, false
	case err != nil:
		printMisuse(f, describeOption(f, err), s)
		return exitUsage, false
	}
	if before := len(args) - f.NArg() - 1; before >= 0 && args[before] == "--" {
		return exitOK, true // options end here
	}
	for _, argument := range f.Args() {
		if len(argument) > 1 && argument[0] == '-' {
			printMisuse(f, fmt.Sprintf("the option %s comes after FILE: options come first (./%[1]s is a file of that name)", argument), s)
			return exitUsage, false
		}
	}
	return exitOK, true
}

// describeOption returns an error of parsing options. A value that is not boolean is not
// called so.
func describeOption(f *flag.FlagSet, err error) string {
	text := err.Error()
	if rest, ok := strings.CutPrefix(text, "invalid boolean value"); ok && strings.Contains(rest, ": must be ") {
		text = "invalid value" + rest
	}
	return text + suggestOption(f, err)
}

// suggestOption returns a question, if err is about an option that the command does not
// have but that is like one of its own.
func suggestOption(f *flag.FlagSet, err error) string {
	misspelt, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return ""
	}
	var names []string
	f.VisitAll(func(defined *flag.Flag) { names = append(names, defined.Name) })
	if name, ok := spelling.Similar(misspelt, slices.Values(names)); ok {
		return ": did you mean -" + name + "?"
	}
	return ""
}
