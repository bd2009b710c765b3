package itemreader

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

// csvScanner reads records by AWS's rules, which are not those of encoding/csv: a
// backslash gives the character after it if that is a backslash, a quote or the
// delimiter, and otherwise disappears. For what AWS does not say, see
// docs/evidence.md#csv-rows.
type csvScanner struct {
	*buffer
	comma byte
	most  int // maximum number of fields; further ones are left out

	record []byte // the fields of the latest record; valid until the next one
	fields []span // in record
	room   []byte // of a record that is not a slice of the buffer
}

// span is a part of a record.
type span struct{ from, to int }

// scanRecord reads the next record that has any character. It returns io.EOF if
// there is none.
func (c *csvScanner) scanRecord() error {
	for {
		line, n, err := c.readLine()
		if err != nil {
			return err
		}
		switch {
		case len(line) == 0:
			c.at += n
			continue
		case bytes.IndexByte(line, '"') >= 0 || bytes.IndexByte(line, '\\') >= 0:
			return c.scanQuoted()
		}
		c.splitPlain(line)
		c.at += n
		return nil
	}
}

// splitPlain splits a line without quotes and backslashes.
func (c *csvScanner) splitPlain(line []byte) {
	c.record, c.fields = line, c.fields[:0]
	for from := 0; len(c.fields) < c.most; {
		i := bytes.IndexByte(line[from:], c.comma)
		if i < 0 {
			c.fields = append(c.fields, span{from, len(line)})
			return
		}
		c.fields = append(c.fields, span{from, from + i})
		from += i + 1
	}
}

// scanQuoted reads a record with quotes or backslashes, which may have several
// lines.
func (c *csvScanner) scanQuoted() error {
	c.room, c.fields = c.room[:0], c.fields[:0]
	i, start := 0, 0 // in the unread bytes, and in room
	for atStart, quoted := true, false; ; {
		b, ok, err := c.peekByte(i)
		if err != nil {
			return err
		}
		i++
		first := atStart
		atStart = false
		switch {
		case !ok:
			i--
			return c.endRecord(i, start)
		case b == '\\':
			b, ok, err = c.peekByte(i)
			if err != nil {
				return err
			}
			if ok && (b == '\\' || b == '"' || b == c.comma) {
				c.room = append(c.room, b)
				i++
			}
		case quoted && b == '"':
			b, _, err = c.peekByte(i)
			if err != nil {
				return err
			}
			if quoted = b == '"'; quoted {
				c.room = append(c.room, b)
				i++
			}
		case quoted:
			c.room = append(c.room, b)
		case b == '"' && first:
			quoted = true
		case b == c.comma:
			c.addField(start)
			c.room = append(c.room, b) // bytes of two fields are not one character
			start, atStart = len(c.room), true
		case b == '\n':
			return c.endRecord(i, start)
		case b == '\r':
			b, ok, err = c.peekByte(i)
			if err != nil {
				return err
			}
			if ok && b == '\n' {
				return c.endRecord(i+1, start)
			}
			c.room = append(c.room, '\r')
		default:
			c.room = append(c.room, b)
		}
	}
}

// peekByte returns unread byte i. ok is false at the end of the file.
func (c *csvScanner) peekByte(i int) (b byte, ok bool, err error) {
	for i >= len(c.data)-c.at {
		if err := c.readMore(); err == io.EOF {
			return 0, false, nil
		} else if err != nil {
			return 0, false, err
		}
	}
	return c.data[c.at+i], true, nil
}

// addField adds the field that room has from start on.
func (c *csvScanner) addField(start int) {
	if len(c.fields) < c.most {
		c.fields = append(c.fields, span{start, len(c.room)})
	}
}

func (c *csvScanner) endRecord(n, start int) error {
	c.addField(start)
	c.record = c.room
	c.at += n
	return nil
}

// csvRows are the rows of a CSV file: objects of strings, in the order of a
// java.util.HashMap.
type csvRows struct {
	csvScanner
	io.Closer
	packed string

	header []string // in the order of the members
	column []int    // of each member
	empty  bool     // a file whose first row is the header has no other row so far
}

func (c *csvRows) place() place { return place{offset: c.offset(), packed: c.packed} }

// setHeader sets the names of the columns.
func (c *csvRows) setHeader(names []string) error {
	sorted := slices.Sorted(slices.Values(names))
	if len(slices.Compact(sorted)) < len(names) {
		return errDuplicateHeaders
	}
	c.most = len(names)
	c.column = value.HashMapOrder(names)
	c.header = make([]string, len(names))
	for i, column := range c.column {
		c.header[i] = names[column]
	}
	return nil
}

const maxHeader = 10 << 10

// scanHeader reads the header from the first row. A file without rows has none.
func (c *csvRows) scanHeader() error {
	c.most = maxHeader + 1
	if err := c.scanRecord(); err != nil {
		return err
	}
	if len(c.record) > maxHeader {
		return failf("The CSV headers have more than %d bytes.", maxHeader)
	}
	names := make([]string, len(c.fields))
	for i, f := range c.fields {
		names[i] = validString(c.record[f.from:f.to])
	}
	c.empty = true
	return c.setHeader(names)
}

func (c *csvRows) next(r *row) error {
	err := c.scanRecord()
	if err == io.EOF && c.empty {
		return errOnlyHeaders
	}
	if err != nil {
		return err
	}
	c.empty = false
	*r = row{value: c.makeObject(), size: len(c.record) + 6*len(c.header)}
	return nil
}

// cutStringsUpTo is the length of a record up to which its strings share the memory
// of the whole, so that a short string does not keep a long record.
const cutStringsUpTo = 4096

// makeObject returns the latest record. Missing fields are empty, and fields beyond
// the header are left out.
func (c *csvRows) makeObject() *value.Object {
	o := value.NewObject(len(c.header))
	valid := utf8.Valid(c.record)
	shared := ""
	if valid && len(c.record) <= cutStringsUpTo {
		shared = string(c.record)
	}
	for i, name := range c.header {
		column := c.column[i]
		switch {
		case column >= len(c.fields):
			o.Add(name, "")
		case shared != "":
			o.Add(name, shared[c.fields[column].from:c.fields[column].to])
		default:
			o.Add(name, validString(c.record[c.fields[column].from:c.fields[column].to]))
		}
	}
	return o
}

// validString returns the bytes as a string in which each byte that is not UTF-8
// is U+FFFD.
func validString(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	var s strings.Builder
	for _, r := range string(text) {
		s.WriteRune(r)
	}
	return s.String()
}

// delimiters are the values of CSVDelimiter.
var delimiters = map[string]byte{"": ',', "COMMA": ',', "PIPE": '|', "SEMICOLON": ';', "SPACE": ' ', "TAB": '\t'}
