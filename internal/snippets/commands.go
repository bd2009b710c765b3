package snippets

import (
	"fmt"
	"regexp"
	"strings"
)

// Command is a line of a shell that a page shows.
type Command struct {
	Text   string
	Line   int  // of its page, from 1
	Shown  bool // the page shows what it prints, in Output
	Output string
}

// Commands returns the commands of a page: the lines of sh blocks, and those of
// console blocks behind "$ ", with what they print. A block whose info string goes on
// with "not run: " or "run by ", and the reason, has none.
func Commands(blocks []*Block, page string) ([]Command, error) {
	var all []Command
	for _, b := range blocks {
		switch {
		case b.Page != page || b.Lang != "sh" && b.Lang != "console":
			continue
		case strings.HasPrefix(b.Info, "not run: ") || strings.HasPrefix(b.Info, "run by "):
			continue
		case b.Info != "":
			return nil, fmt.Errorf("%s:%d: an unknown info string: %s", b.Page, b.Line, b.Info)
		}
		continued := false
		for i, line := range strings.SplitAfter(b.Text, "\n") {
			text, isCommand := strings.CutPrefix(line, "$ ")
			switch {
			case line == "":
			case continued:
				c := &all[len(all)-1]
				c.Text, continued = continueLine(c.Text + strings.TrimSpace(line))
			case b.Lang == "sh" || isCommand:
				c := Command{Line: b.Line + i, Shown: b.Lang == "console"}
				c.Text, continued = continueLine(strings.TrimSpace(text))
				all = append(all, c)
			case len(all) == 0 || all[len(all)-1].Line < b.Line:
				return nil, fmt.Errorf("%s:%d: the output of no command", b.Page, b.Line)
			default:
				all[len(all)-1].Output += line
			}
		}
	}
	return all, nil
}

// continueLine cuts off a comment and a backslash, which a line follows.
func continueLine(text string) (string, bool) {
	text, _, _ = strings.Cut(text, "  #")
	text, continued := strings.CutSuffix(strings.TrimSpace(text), "\\")
	return text, continued
}

// Prints reports whether the page shows this output. A line "..." of the page stands
// for any lines.
func (c *Command) Prints(output string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(c.Output), `\.\.\.`+"\n", `(?s:.*)`)
	return regexp.MustCompile(`\A` + pattern + `\z`).MatchString(output)
}
