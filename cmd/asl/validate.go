package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/gostates/gostates/asl"
)

// validate is asl validate: a line for each finding, as a compiler prints it.
func validate(args []string, s streams) int {
	f := flags("validate", "FILE...", s)
	asJSON := f.Bool("json", false, "print an object for each file, as ValidateStateMachineDefinition answers")
	machineType := f.String("type", string(asl.Standard), "the `type` of the machines: STANDARD or EXPRESS")
	if code, ok := parse(f, args); !ok {
		return code
	}
	typ := asl.MachineType(*machineType)
	if typ != asl.Standard && typ != asl.Express {
		fmt.Fprintf(s.err, "asl validate: -type must be STANDARD or EXPRESS, not %q\n", typ)
		return exitUsage
	}
	if f.NArg() == 0 {
		f.Usage()
		return exitUsage
	}
	code := exitOK
	for _, name := range f.Args() {
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintf(s.err, "asl validate: %v\n", err)
			code = exitUsage
			continue
		}
		found := asl.Validate(text, asl.Options{Type: typ})
		if *asJSON {
			printJSON(s, name, found)
		} else {
			for _, d := range found {
				fmt.Fprintf(s.out, "%s:%s\n", name, d)
			}
		}
		if hasErrors(found) {
			code = max(code, exitFailed)
		}
	}
	return code
}

func hasErrors(found []asl.Diagnostic) bool {
	for _, d := range found {
		if d.Severity == asl.SeverityError {
			return true
		}
	}
	return false
}

// finding is a diagnostic in JSON: AWS's fields, and the place in the text.
type finding struct {
	Severity asl.Severity `json:"severity"`
	Code     string       `json:"code"`
	Message  string       `json:"message"`
	Location string       `json:"location,omitempty"`
	Line     int          `json:"line"`
	Column   int          `json:"column"`
}

func printJSON(s streams, file string, found []asl.Diagnostic) {
	answer := struct {
		File        string    `json:"file"`
		Result      string    `json:"result"`
		Diagnostics []finding `json:"diagnostics"`
	}{file, "OK", []finding{}}
	if hasErrors(found) {
		answer.Result = "FAIL"
	}
	for _, d := range found {
		answer.Diagnostics = append(answer.Diagnostics, finding{d.Severity, d.Code, d.Message, d.Location, d.Pos.Line, d.Pos.Column})
	}
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(answer) // a closed pipe is the reader's wish
}
