package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gostates/gostates/asl"
)

// How much is read of one file, or of standard input.
const (
	// mostDefinition is a byte more than AWS's limit, so that a longer definition
	// gets the error that names the limit.
	mostDefinition = asl.MaxDefinitionBytes + 1
	mostData       = 16 << 20 // inputs, mocks, requests and the like
	mostHistory    = 1 << 30
)

// files reads the files of a command. It remembers them, so that no output
// overwrites one.
type files struct {
	in    io.Reader // read once
	spent bool
	read  []os.FileInfo
}

// definition reads a definition: a file, or standard input where its name is
// "-". It may be cut off after mostDefinition bytes, which is too long anyway.
func (f *files) definition(name string) ([]byte, error) {
	r, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, mostDefinition))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// data reads a file, or standard input where its name is "-".
func (f *files) data(name string) ([]byte, error) {
	r, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(limit(r, name, mostData))
}

// argument returns the text that an option gives: itself, or what @FILE or - for
// standard input has.
func (f *files) argument(given string) ([]byte, error) {
	if given == "-" {
		return f.data(given)
	}
	if name, ok := strings.CutPrefix(given, "@"); ok {
		return f.data(name)
	}
	return []byte(given), nil
}

func (f *files) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		if f.spent {
			return nil, errors.New("standard input is read twice")
		}
		f.spent = true
		if file, ok := f.in.(*os.File); ok {
			f.remember(file)
		}
		return io.NopCloser(f.in), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f.remember(file)
	return file, nil
}

func (f *files) remember(file *os.File) {
	if info, err := file.Stat(); err == nil {
		f.read = append(f.read, info)
	}
}

// create makes the file of an output. It refuses one that the command has read,
// under whatever name: it would be overwritten.
func (f *files) create(name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		for _, read := range f.read {
			if os.SameFile(info, read) {
				return nil, fmt.Errorf("%s is a file that this command reads, and would be overwritten", name)
			}
		}
	}
	return os.Create(name)
}

// limit returns a reader that fails after so many bytes.
func limit(r io.Reader, name string, most int64) io.Reader {
	if name == "-" {
		name = "standard input"
	}
	return &limited{r: r, name: name, most: most, left: most}
}

type limited struct {
	r          io.Reader
	name       string
	most, left int64
}

// Read reads up to one byte more than there may be.
func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("%s has more than %d MiB, the limit", l.name, l.most>>20)
	}
	return n, err
}
