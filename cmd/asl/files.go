package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gostates/gostates/asl"
)

// Limits on the size of a file, or of standard input, in bytes.
const (
	// mostDefinition is one byte more than the limit of asl.Parse, so that a
	// longer definition gets the error that names the limit.
	mostDefinition = asl.MaxDefinitionBytes + 1
	mostData       = 16 << 20 // inputs, mocks, requests and the like
	mostHistory    = 1 << 30
)

// files reads the files of a command. It remembers them, so that no output
// overwrites one of them.
type files struct {
	in    io.Reader // standard input, read at most once
	spent bool
	read  []os.FileInfo
}

// readDefinition reads a definition from a file, or from standard input if name is
// "-". It reads at most mostDefinition bytes, which are already too many.
func (f *files) readDefinition(name string) ([]byte, error) {
	r, err := f.openFile(name)
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

// readData reads a file, or standard input if name is "-".
func (f *files) readData(name string) ([]byte, error) {
	r, err := f.openFile(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(limitReader(r, name, mostData))
}

// readArgument returns the value of an option: as given, or the contents of @FILE,
// or standard input for -.
func (f *files) readArgument(given string) ([]byte, error) {
	if given == "-" {
		return f.readData(given)
	}
	if name, ok := strings.CutPrefix(given, "@"); ok {
		return f.readData(name)
	}
	return []byte(given), nil
}

func (f *files) openFile(name string) (io.ReadCloser, error) {
	if name == "-" {
		if f.spent {
			return nil, errors.New("standard input is read twice")
		}
		f.spent = true
		if file, ok := f.in.(*os.File); ok {
			f.rememberFile(file)
		}
		return io.NopCloser(f.in), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f.rememberFile(file)
	return file, nil
}

func (f *files) rememberFile(file *os.File) {
	if info, err := file.Stat(); err == nil {
		f.read = append(f.read, info)
	}
}

// createOutput creates an output file. It refuses a file that the command has read,
// by whatever name.
func (f *files) createOutput(name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		for _, read := range f.read {
			if os.SameFile(info, read) {
				return nil, fmt.Errorf("%s is a file that this command reads, and would be overwritten", name)
			}
		}
	}
	return os.Create(name)
}

// limitReader returns a reader that fails after a number of bytes.
func limitReader(r io.Reader, name string, most int64) io.Reader {
	if name == "-" {
		name = "standard input"
	}
	return &limitedReader{r: r, name: name, most: most, left: most}
}

type limitedReader struct {
	r          io.Reader
	name       string
	most, left int64
}

// Read implements [io.Reader]. It reads at most one byte over the limit.
func (l *limitedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("%s has more than %d MiB, the limit", l.name, l.most>>20)
	}
	return n, err
}
