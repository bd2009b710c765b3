package command

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/gostates/gostates/asl"
)

// formatFiles runs asl fmt.
func formatFiles(args []string, s streams) int {
	f := newFlagSet("fmt", "FILE... (folders, ./..., 'globs/*.json', and - for standard input)",
		"asl fmt -w ./...",
		"asl fmt -d ./...    fails if a definition is not formatted")
	write := f.Bool("w", false, "write the result to the file, if it differs, and print the file's name")
	diff := f.Bool("d", false, "print what differs, and exit with 1 if anything does")
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	switch {
	case !checkFiles(f, maxFiles, s):
		return exitUsage
	case *write && *diff:
		printMisuse(f, "-w and -d do not go together", s)
		return exitUsage
	case *write && slices.Contains(f.Args(), "-"):
		printMisuse(f, "-w needs a file, and - is standard input", s)
		return exitUsage
	}
	code := exitOK
	names, err := findDefinitions(f.Args(), isJSONDefinition)
	if err != nil {
		fmt.Fprintf(s.err, "asl fmt: %v\n", err)
		code = exitUsage
	}
	in := &files{in: s.in}
	for _, name := range names {
		code = max(code, formatFile(in, name, *write, *diff, s))
	}
	return code
}

func formatFile(in *files, name string, write, diff bool, s streams) (code int) {
	text, marked, err := in.readMarked(name)
	if err != nil {
		fmt.Fprintf(s.err, "asl fmt: %v\n", err)
		return exitUsage
	}
	if isYAML(name, text) {
		fmt.Fprintf(s.err, "asl fmt: %s is YAML: only JSON is formatted\n", name)
		return exitUsage
	}
	formatted, err := asl.Format(text)
	var list asl.ErrorList
	switch {
	case errors.As(err, &list):
		(&sourceError{file: name, source: text, list: list}).print(s)
		return exitFailed
	case err != nil:
		fmt.Fprintf(s.err, "asl fmt: %s: %v\n", name, err)
		return exitFailed
	case write:
		if !marked && bytes.Equal(text, formatted) {
			return exitOK
		}
		if err := replaceFile(name, formatted); err != nil {
			fmt.Fprintf(s.err, "asl fmt: %v\n", err)
			return exitUsage
		}
		fmt.Fprintln(s.out, name)
	case diff:
		if marked {
			text = append([]byte(byteOrderMark), text...)
		}
		changes := unifiedDiff(name, string(text), string(formatted))
		fmt.Fprint(s.out, changes)
		if changes != "" {
			return exitFailed
		}
	default:
		if _, err := s.out.Write(formatted); err != nil {
			return exitFailed
		}
	}
	return exitOK
}
