package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// findingFormat is how asl validate prints findings.
type findingFormat string

const (
	textFormat   findingFormat = "text"
	jsonFormat   findingFormat = "json"
	sarifFormat  findingFormat = "sarif"
	githubFormat findingFormat = "github"
)

// reporter prints the findings of files. The writer may fail, since the reader of a pipe
// may close it.
type reporter interface {
	addFile(e *sourceError)
	end(sum summary)
}

func newReporter(format findingFormat, s streams) reporter {
	switch format {
	case jsonFormat:
		return jsonReporter{s}
	case sarifFormat:
		return &sarifReporter{streams: s, results: []sarifResult{}}
	case githubFormat:
		return githubReporter{textReporter{s}}
	}
	return textReporter{s}
}

// textReporter prints a line for each finding, as a compiler does.
type textReporter struct{ streams }

func (r textReporter) addFile(e *sourceError) {
	printFindings(findingWriter{wrapWriter{r.raw, r.width}, newPalette(r.terminal), r.terminal, r.width}, e)
}

func (r textReporter) end(sum summary) {
	if len(sum.files) > 0 {
		fmt.Fprintln(r.out, sum)
	}
}

// findingWriter is where findings are printed for people.
type findingWriter struct {
	io.Writer
	palette palette
	sources bool // under a finding is the line of the file
	width   int  // columns; 0: unknown
}

// errorFindings prints findings on standard error.
func (s streams) errorFindings() findingWriter {
	return findingWriter{wrapWriter{s.rawErr, s.errWidth}, newPalette(s.errTerminal), s.errTerminal, s.errWidth}
}

// printFindings prints a line for each finding, as a compiler does.
func printFindings(w findingWriter, e *sourceError) {
	for i := range e.list {
		d := &e.list[i]
		place, message, _ := strings.Cut(d.String(), " ")
		word, style := "error:", red
		if d.Severity == asl.SeverityWarning {
			word, style = "warning:", yellow
		}
		fmt.Fprintln(w, w.palette.paint(bold, value.Printable(e.file+":"+place)), w.palette.paint(style, word), value.Printable(e.inMachine(message)))
		if !w.sources {
			continue
		}
		if source := sourceLines(e.source, d.Pos, w.width); source != "" {
			fmt.Fprintln(w, source)
		}
	}
}

// mostShown is more bytes on either side of a position than a terminal has room for.
const mostShown = 16 << 10

// sourceLines returns the line of a position and a caret under it, or nothing if text does
// not have the position. Of a line that is too wide it returns the part around the position.
func sourceLines(text []byte, p asl.Pos, width int) string {
	start := p.Offset - (p.Column - 1)
	if p.Line < 1 || start < 0 || p.Offset >= len(text) {
		return ""
	}
	before := string(text[max(start, p.Offset-mostShown):p.Offset])
	if p.Offset-start > mostShown {
		before = strings.ToValidUTF8(before, "")
	}
	after, _, _ := strings.Cut(string(text[p.Offset:min(len(text), p.Offset+mostShown+1)]), "\n")
	if len(after) > mostShown {
		after = strings.ToValidUTF8(after[:mostShown], "")
	}
	tidy := func(s string) string { return value.Printable(strings.NewReplacer("\t", " ", "\r", "").Replace(s)) }
	before, after = strings.TrimLeft(tidy(before), " "), tidy(after)
	number := fmt.Sprintf("  %d | ", p.Line)
	if room := cmp.Or(width, mostLine) - len(number) - 1; columnsOf(before)+columnsOf(after) > room {
		before = lastColumns(before, room/2)
		after = cutColumns(after, room-columnsOf(before))
	}
	return number + before + after + "\n" + strings.Repeat(" ", len(number)-2) + "| " + strings.Repeat(" ", columnsOf(before)) + "^"
}

// lastColumns returns the end of a string that takes at most a number of columns.
func lastColumns(text string, width int) string {
	start := len(text)
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if width -= runeColumns(r); width < 0 {
			break
		}
		start -= size
	}
	return text[start:]
}

// jsonReporter prints an object for each file.
type jsonReporter struct{ streams }

func (r jsonReporter) addFile(e *sourceError) { printFindingsJSON(r.streams, e) }

func (r jsonReporter) end(summary) {}

// finding is a diagnostic in JSON: AWS's fields, and those that only this
// library has.
type finding struct {
	Severity asl.Severity `json:"severity"`
	Code     string       `json:"code"`
	Message  string       `json:"message"`
	Location string       `json:"location,omitempty"`
	Detail   string       `json:"detail,omitempty"`
	Line     int          `json:"line"`
	Column   int          `json:"column"`
}

func printFindingsJSON(s streams, e *sourceError) {
	found := e.list
	answer := struct {
		File        string    `json:"file"`
		Machine     string    `json:"machine,omitempty"`
		Result      string    `json:"result"`
		Truncated   bool      `json:"truncated"`
		Diagnostics []finding `json:"diagnostics"`
	}{e.file, e.machine, "OK", found.Truncated(), []finding{}}
	if errors, _ := found.Count(); errors > 0 {
		answer.Result = "FAIL"
	}
	if answer.Truncated {
		found = found[:len(found)-1] // it is not a finding
	}
	for _, d := range found {
		answer.Diagnostics = append(answer.Diagnostics, finding{d.Severity, d.Code, d.Message, d.Location, d.Detail, d.Pos.Line, d.Pos.Column})
	}
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(answer) // the reader may close the pipe
}

// githubReporter prints the commands of GitHub Actions that annotate a pull request.
type githubReporter struct{ textReporter }

func (r githubReporter) addFile(e *sourceError) {
	for i := range e.list {
		d := &e.list[i]
		command := "error"
		if d.Severity == asl.SeverityWarning {
			command = "warning"
		}
		place := fmt.Sprintf("file=%s,line=%d,col=%d,title=%s", escapeProperty(filepath.ToSlash(e.file)), d.Pos.Line, columnOf(e.source, d.Pos), escapeProperty(d.Code))
		fmt.Fprintf(r.out, "::%s %s::%s\n", command, place, escapeCommand.Replace(e.inMachine(findingText(d))))
	}
}

// escapeCommand escapes what would end the message of a command.
var escapeCommand = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

// escapeProperty escapes what would end a property of a command.
func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeCommand.Replace(s))
}

// findingText returns the location, message and detail of a finding, without its code.
func findingText(d *asl.Diagnostic) string {
	text := d.Message
	if d.Location != "" {
		text = d.Location + ": " + text
	}
	if d.Detail != "" {
		text += " (" + d.Detail + ")"
	}
	return value.Printable(text)
}

// columnOf returns the column of a position in units of UTF-16, from 1, as editors and
// SARIF count. [asl.Pos] counts bytes.
func columnOf(text []byte, p asl.Pos) int {
	start := p.Offset - (p.Column - 1)
	if start < 0 || p.Offset > len(text) {
		return p.Column
	}
	return 1 + len(utf16.Encode([]rune(string(text[start:p.Offset]))))
}

// sarifReporter collects the findings of all files in a log of SARIF 2.1.0.
type sarifReporter struct {
	streams
	results []sarifResult
	codes   []string
	notes   []sarifNote
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	} `json:"physicalLocation"`
	Logical []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

type sarifNote struct {
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifRule struct {
	ID      string     `json:"id"`
	Summary *sarifText `json:"shortDescription,omitempty"`
	Help    *sarifText `json:"help,omitempty"`
}

func sarifFile(name string) (l sarifLocation) {
	l.Physical.Artifact.URI = (&url.URL{Path: filepath.ToSlash(name)}).String()
	return l
}

func (r *sarifReporter) addFile(e *sourceError) {
	name, found := e.file, e.list
	if found.Truncated() {
		last := &found[len(found)-1] // says how many findings the list leaves out
		r.notes = append(r.notes, sarifNote{"warning", sarifText{e.inMachine(findingText(last))}, []sarifLocation{sarifFile(name)}})
		found = found[:len(found)-1]
	}
	for i := range found {
		d := &found[i]
		l := sarifFile(name)
		l.Physical.Region = &sarifRegion{d.Pos.Line, columnOf(e.source, d.Pos)}
		if e.machine != "" || d.Location != "" {
			l.Logical = []sarifLogical{{value.Printable(e.machine) + d.Location}}
		}
		level := "error"
		if d.Severity == asl.SeverityWarning {
			level = "warning"
		}
		r.results = append(r.results, sarifResult{d.Code, level, sarifText{e.inMachine(findingText(d))}, []sarifLocation{l}})
		r.codes = append(r.codes, d.Code)
	}
}

func (r *sarifReporter) end(summary) {
	slices.Sort(r.codes)
	all, rules := explanations(), []sarifRule{}
	for _, code := range slices.Compact(r.codes) {
		rule := sarifRule{ID: code}
		if e, err := findExplanation(all, code); err == nil {
			rule.Summary, rule.Help = &sarifText{e.summary()}, &sarifText{e.rule + "\n\nRight:\n\n" + e.right}
		}
		rules = append(rules, rule)
	}
	type object map[string]any
	run := object{
		"tool": object{"driver": object{
			"name": "asl", "version": version(debug.ReadBuildInfo()), "informationUri": "https://github.com/gostates/gostates", "rules": rules,
		}},
		"columnKind": "utf16CodeUnits",
		"results":    r.results,
	}
	if len(r.notes) > 0 {
		run["invocations"] = []object{{"executionSuccessful": true, "toolExecutionNotifications": r.notes}}
	}
	enc := json.NewEncoder(r.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs":    []object{run},
	})
}
