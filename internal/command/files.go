package command

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	in       io.Reader // standard input, read at most once
	spent    bool
	from     sourceFormat
	reserved string // says who reads standard input instead; empty: nobody
	read     []os.FileInfo
}

// readSource reads a definition from a file, or from standard input if name is
// "-". It reads at most mostDefinition bytes, which are already too many.
func (f *files) readSource(name string) ([]byte, error) {
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

// readMarked is readSource that also says whether the file has a byte order mark.
func (f *files) readMarked(name string) (text []byte, marked bool, err error) {
	r, err := f.openRaw(name)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	text, err = io.ReadAll(io.LimitReader(r, int64(mostDefinition+len(byteOrderMark))))
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	text, marked = bytes.CutPrefix(text, []byte(byteOrderMark))
	return text, marked, nil
}

// writeNewFile writes a file that must not exist.
func writeNewFile(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// replaceFile replaces the text of a file, in one step: a reader sees the old or the new
// text. A symbolic link stays, and so do permissions.
func replaceFile(name string, text []byte) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", name)
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".asl-fmt-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails once it is renamed
	_, err = file.Write(text)
	if err == nil {
		err = file.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
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

// openFile opens a file, or standard input if name is "-". It reads over a byte order
// mark, which editors on Windows write.
func (f *files) openFile(name string) (io.ReadCloser, error) {
	file, err := f.openRaw(name)
	if err != nil {
		return nil, err
	}
	text := bufio.NewReader(file)
	if start, _ := text.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // they are in the buffer
	}
	return struct {
		io.Reader
		io.Closer
	}{text, file}, nil
}

const byteOrderMark = "\ufeff"

func (f *files) openRaw(name string) (io.ReadCloser, error) {
	if name == "-" {
		if f.reserved != "" {
			return nil, errors.New(f.reserved + ": name a file")
		}
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
