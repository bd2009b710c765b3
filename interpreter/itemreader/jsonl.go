package itemreader

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/gostates/gostates/value"
)

// lineRows are the values of JSON Lines, one a line. Blank lines are not items.
type lineRows struct {
	*buffer
	io.Closer
	packed string
}

func (l *lineRows) place() place { return place{offset: l.offset(), packed: l.packed} }

func (l *lineRows) next(r *row) error {
	for {
		line, n, err := l.readLine()
		if err != nil {
			return err
		}
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			l.at += n
			continue
		}
		v, err := value.Read(text, value.ReadOptions{})
		if err != nil {
			return invalidJSON(l.offset()+int64(bytes.Index(line, text)), err)
		}
		*r = row{value: v, size: len(text)}
		l.at += n
		return nil
	}
}

// invalidJSON is the failure of JSON that begins at this offset of an object.
func invalidJSON(offset int64, err error) error {
	var syntax *value.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	return &Error{Cause: fmt.Sprintf("Invalid JSON at byte %d: %s.", offset+int64(syntax.Offset), syntax.Msg), Err: err}
}
