package itemreader

import (
	"io"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// jsonMode is what a JSON file is iterated as.
type jsonMode uint8

const (
	jsonUnknown jsonMode = iota // nothing is read
	jsonArray                   // at an element
	jsonObject                  // at a member
	jsonEnd                     // after the array or object
)

// jsonRows are the elements of an array, or the members of an object, at a pointer
// in a JSON document (docs/evidence.md#json-object-items). The rest of the document
// is not kept and, after them, not read.
type jsonRows struct {
	*buffer
	io.Closer
	packed  string
	pointer string
	mode    jsonMode
}

func (j *jsonRows) place() place {
	return place{offset: j.offset(), mode: j.mode, packed: j.packed}
}

func (j *jsonRows) next(r *row) error {
	if j.mode == jsonUnknown {
		if err := j.enterTarget(); err != nil {
			return err
		}
	}
	switch j.mode {
	case jsonEnd:
		return j.checkTail()
	case jsonObject:
		key, n, err := j.readKey()
		if err != nil {
			return err
		}
		*r = row{key: key, keyed: true, size: n + len(`{"Key":,"Value":}`)}
	default:
		*r = row{}
	}
	v, n, err := j.readValue()
	if err != nil {
		return err
	}
	r.value, r.size = v, r.size+n
	end := byte(']')
	if j.mode == jsonObject {
		end = '}'
	}
	ended, err := j.readSeparator(end)
	if ended {
		j.mode = jsonEnd
	}
	return err
}

// checkTail returns io.EOF, or a failure if the document goes on after its root.
func (j *jsonRows) checkTail() error {
	if j.pointer != "" {
		return io.EOF
	}
	_, err := j.peekToken()
	if err == nil {
		return failf("The JSON goes on after its end at byte %d.", j.offset())
	}
	return err
}

// enterTarget finds the array or object that the pointer refers to, and enters it.
func (j *jsonRows) enterTarget() error {
	if err := j.skipMark(); err != nil {
		return err
	}
	if err := j.followPointer(); err != nil {
		return err
	}
	c, err := j.peekToken()
	if err != nil {
		return j.endsEarly(err)
	}
	end := byte(']')
	switch c {
	case '[':
		j.mode = jsonArray
	case '{':
		j.mode, end = jsonObject, '}'
	default:
		if _, _, err := j.readValue(); err != nil {
			return err
		}
		return errNotIterable
	}
	j.at++
	if c, err = j.peekToken(); err != nil {
		return j.endsEarly(err)
	}
	if c == end {
		j.at++
		j.mode = jsonEnd
	}
	return nil
}

func (j *jsonRows) followPointer() error {
	if j.pointer == "" {
		return nil
	}
	tokens := strings.Split(j.pointer, "/")
	if tokens[0] != "" {
		return failf("The ItemsPointer %s is not a JSON Pointer.", j.pointer)
	}
	for _, token := range tokens[1:] {
		c, err := j.peekToken()
		if err != nil {
			return j.endsEarly(err)
		}
		found := false
		switch c {
		case '{':
			found, err = j.findMember(strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"))
		case '[':
			found, err = j.findElement(token)
		}
		if err != nil {
			return err
		}
		if !found {
			return failf("The ItemsPointer %s refers to nothing in the JSON.", j.pointer)
		}
	}
	return nil
}

// findMember goes to the value of a member. It reports whether there is one. Of a
// repeated key, it finds the first.
func (j *jsonRows) findMember(name string) (bool, error) {
	j.at++
	if c, err := j.peekToken(); err != nil || c == '}' {
		return false, j.endsEarly(err)
	}
	for {
		key, _, err := j.readKey()
		if err != nil || key == name {
			return err == nil, err
		}
		if _, err := j.skipValue(false); err != nil {
			return false, err
		}
		if ended, err := j.readSeparator('}'); ended || err != nil {
			return false, err
		}
	}
}

// findElement goes to an element. It reports whether there is one.
func (j *jsonRows) findElement(token string) (bool, error) {
	index, err := strconv.Atoi(token)
	if err != nil || strconv.Itoa(index) != token || index < 0 {
		return false, nil
	}
	j.at++
	if c, err := j.peekToken(); err != nil || c == ']' {
		return false, j.endsEarly(err)
	}
	for range index {
		if _, err := j.skipValue(false); err != nil {
			return false, err
		}
		if ended, err := j.readSeparator(']'); ended || err != nil {
			return false, err
		}
	}
	return true, nil
}

// peekToken skips blanks and returns the byte after them, or io.EOF.
func (j *jsonRows) peekToken() (byte, error) {
	for {
		for ; j.at < len(j.data); j.at++ {
			switch c := j.data[j.at]; c {
			case ' ', '\t', '\n', '\r':
			default:
				return c, nil
			}
		}
		if err := j.readMore(); err != nil {
			return 0, err
		}
	}
}

// endsEarly makes a failure of io.EOF.
func (j *jsonRows) endsEarly(err error) error {
	if err == io.EOF {
		return failf("The JSON ends too early, at byte %d.", j.offset())
	}
	return err
}

// readKey reads the key of a member and the colon. n is the length of the key.
func (j *jsonRows) readKey() (key string, n int, err error) {
	c, err := j.peekToken()
	if err != nil {
		return "", 0, j.endsEarly(err)
	}
	if c != '"' {
		return "", 0, failf("The JSON has %q instead of a key at byte %d.", c, j.offset())
	}
	v, n, err := j.readValue()
	if err != nil {
		return "", 0, err
	}
	if c, err = j.peekToken(); err != nil {
		return "", 0, j.endsEarly(err)
	}
	if c != ':' {
		return "", 0, failf("The JSON has %q instead of a colon at byte %d.", c, j.offset())
	}
	j.at++
	return v.(string), n, nil
}

// readSeparator reads the comma after a value, or the end of the array or object.
func (j *jsonRows) readSeparator(end byte) (ended bool, err error) {
	c, err := j.peekToken()
	if err != nil {
		return false, j.endsEarly(err)
	}
	if c != ',' && c != end {
		return false, failf("The JSON has %q instead of a comma at byte %d.", c, j.offset())
	}
	j.at++
	return c == end, nil
}

// readValue reads the next value. n is its length.
func (j *jsonRows) readValue() (v any, n int, err error) {
	if _, err := j.peekToken(); err != nil {
		return nil, 0, j.endsEarly(err)
	}
	n, err = j.skipValue(true)
	if err != nil {
		return nil, 0, err
	}
	v, err = value.Read(j.unread()[:n], value.ReadOptions{})
	if err != nil {
		return nil, 0, invalidJSON(j.offset(), err)
	}
	j.at += n
	return v, n, nil
}

// skipValue finds the end of the next value. If keep is set, the value stays unread
// and n is its length; otherwise it is consumed as it is read.
func (j *jsonRows) skipValue(keep bool) (n int, err error) {
	if _, err := j.peekToken(); err != nil {
		return 0, j.endsEarly(err)
	}
	start := j.offset()
	var s valueScanner
	for {
		n += s.scanBytes(j.unread()[n:])
		switch {
		case s.depth > value.MaxDepth:
			return 0, failf("The JSON value at byte %d nests deeper than %d levels.", start, value.MaxDepth)
		case s.depth < 0:
			return 0, failf("The JSON has no value at byte %d.", start)
		}
		if !keep {
			j.at, n = j.at+n, 0
		}
		if s.done {
			return n, nil
		}
		if err := j.readMore(); err == io.EOF && s.inScalar {
			return n, nil
		} else if err != nil {
			return 0, j.endsEarly(err)
		}
	}
}

// valueScanner finds the end of a JSON value that comes in pieces. It does not check
// the value.
type valueScanner struct {
	depth                       int // of open arrays and objects; negative if there is no value
	inString, escaped, inScalar bool
	done                        bool
}

// scanBytes returns how many bytes belong to the value.
func (s *valueScanner) scanBytes(data []byte) int {
	i := 0
	for i < len(data) {
		if s.inString {
			i = s.scanString(data, i)
			if s.done {
				return i
			}
			continue
		}
		c := data[i]
		if s.inScalar {
			switch c {
			case ',', ']', '}', ':', ' ', '\t', '\n', '\r':
				s.done = true
				return i
			}
			i++
			continue
		}
		i++
		switch c {
		case '"':
			s.inString = true
		case '{', '[':
			if s.depth++; s.depth > value.MaxDepth {
				return i
			}
		case '}', ']':
			if s.depth--; s.depth <= 0 {
				s.done = true
				return i
			}
		case ',', ':':
			if s.depth == 0 {
				s.depth = -1
				return i
			}
		default:
			s.inScalar = s.depth == 0
		}
	}
	return i
}

// scanString goes on in a string, up to its end.
func (s *valueScanner) scanString(data []byte, i int) int {
	for ; i < len(data); i++ {
		switch {
		case s.escaped:
			s.escaped = false
		case data[i] == '\\':
			s.escaped = true
		case data[i] == '"':
			s.inString = false
			s.done = s.depth == 0
			return i + 1
		}
	}
	return i
}
