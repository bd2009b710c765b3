package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gostates/gostates/interpreter/asltest"
)

// mergeCoverage runs asl cover merge, which adds up what the tests of several packages have
// covered.
func mergeCoverage(args []string, s streams) int {
	f := newFlagSet("cover merge", "FOLDER... (each one that go test -asl.cover=FILE has left as FILE.d)",
		"asl cover merge -o cover.html -threshold 80,Order=100 /tmp/cover.html.d")
	page := f.String("o", "", "write the page into this `file`")
	badge := f.Bool("badge", false, "print only a line of Markdown with a badge")
	threshold := f.String("threshold", "", "fail where a machine is below so many `percent`: 90, or 90,NAME=75")
	merge := len(args) > 0 && args[0] == "merge"
	if merge {
		args = args[1:]
	}
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	switch {
	case !merge:
		printMisuse(f, "the word merge is missing before the options", s)
		return exitUsage
	case f.NArg() == 0:
		printMisuse(f, "no FOLDER is given", s)
		return exitUsage
	}
	fail := func(err error) int {
		fmt.Fprintf(s.err, "asl cover merge: %v\n", err)
		return exitUsage
	}
	c, err := asltest.MergeCoverage(f.Args()...)
	for _, name := range f.Args() {
		if folder := name + ".d"; err != nil && isFolder(folder) && !isFolder(name) {
			err = fmt.Errorf("%w: did you mean %s?", err, folder)
			break
		}
	}
	if err != nil {
		return fail(err)
	}
	lines := s.out
	if *badge {
		lines = s.err // where only what is below is said
	}
	above, err := c.Report(lines, *threshold, !*badge)
	if err != nil {
		return fail(err)
	}
	if *badge {
		fmt.Fprintln(s.out, c.Badge())
	}
	if *page != "" {
		text, err := c.Page()
		if err == nil {
			err = writeNewFile(*page, text)
		}
		if errors.Is(err, fs.ErrExist) {
			err = replaceFile(*page, text)
		}
		if err != nil {
			return fail(err)
		}
	}
	if !above {
		return exitFailed
	}
	return exitOK
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
