package intrinsics

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

// stringSplit implements States.StringSplit. It splits at each character of the
// second argument and drops empty parts.
func stringSplit(in input) (any, error) {
	text, err := in.stringArg(0)
	if err != nil {
		return nil, err
	}
	splitters, err := in.stringArg(1)
	if err != nil {
		return nil, err
	}
	if err := in.meter.Work(1 + len(splitters)/splitBytes); err != nil {
		return nil, err
	}
	splits := runeMatcher(splitters)
	parts := []any{}
	start, read := 0, 0
	for i, r := range text {
		if i-read >= splitBytes<<10 {
			if err := in.meter.Work((i - read) / splitBytes); err != nil {
				return nil, err
			}
			read = i
		}
		if splits(r) {
			if start < i {
				if err := in.meter.Work(1); err != nil {
					return nil, err
				}
				parts = append(parts, text[start:i])
			}
			_, width := utf8.DecodeRuneInString(text[i:])
			start = i + width
		}
	}
	if start < len(text) {
		parts = append(parts, text[start:])
	}
	if err := in.meter.Work((len(text) - read) / splitBytes); err != nil {
		return nil, err
	}
	return parts, nil
}

// splitBytes is the number of bytes that are split in one step.
const splitBytes = 4

// runeMatcher returns a function that reports whether a character is in set.
func runeMatcher(set string) func(rune) bool {
	if len(set) <= 8 {
		return func(r rune) bool { return strings.ContainsRune(set, r) }
	}
	members := make(map[rune]bool) // a long set has few different characters
	for _, r := range set {
		members[r] = true
	}
	return func(r rune) bool { return members[r] }
}

// stringToJSON implements States.StringToJson. A blank string gives null.
func stringToJSON(in input) (any, error) {
	text, err := in.stringArg(0)
	if err != nil {
		return nil, err
	}
	if strings.Trim(text, " \t\r\n") == "" {
		return nil, nil
	}
	if len(text) > in.resultRoom() {
		return nil, in.tooLongError()
	}
	if err := in.meter.Read(3 * len(text)); err != nil {
		return nil, err
	}
	v, err := value.ParseString(text)
	if err != nil {
		const msg = "Cannot convert String to Json in States.StringToJson"
		e := err.(*value.SyntaxError) //nolint:errorlint // the reader gives no other
		if problem := jacksonError(text, e.Offset); problem != "" {
			return nil, in.awsError(msg + ", caused by: " + problem)
		}
		return nil, &Error{Function: in.call.function.name, Msg: msg, Detail: e.Error()}
	}
	return v, nil
}

// jsonToString implements States.JsonToString.
func jsonToString(in input) (any, error) {
	text, err := in.jsonArg(0)
	if err != nil {
		return nil, err
	}
	return text, nil
}

// jsonArg returns argument i as JSON.
func (in input) jsonArg(i int) (string, error) {
	if size, _ := value.MeasureWithin(in.args[i], in.resultRoom()); size > in.resultRoom() {
		return "", in.tooLongError()
	}
	text := value.String(in.args[i])
	return text, in.meter.Read(len(text))
}

// mergeWork is the work per member, which is looked up, copied twice and
// sorted.
const mergeWork = 4

// jsonMerge implements States.JsonMerge. The keys have the order of a
// java.util.HashMap that was copied from the first object and then received the
// second. Only true selects the deep mode, which AWS does not support
// (docs/evidence.md#json-merge).
func jsonMerge(in input) (any, error) {
	first, err := in.objectArg(0)
	if err != nil {
		return nil, err
	}
	second, err := in.objectArg(1)
	if err != nil {
		return nil, err
	}
	if in.args[2] == true {
		return nil, in.argumentError("argument 3 is true, but only the shallow mode is supported: it must be false")
	}
	if err := in.meter.Work(mergeWork * first.Len()); err != nil {
		return nil, err
	}
	copied := first.Len()
	if copied == 0 {
		copied = second.Len() // an empty map grows to the size of the first object put into it
	}
	merged := first.Clone()
	for key, v := range second.All() {
		if err := in.meter.Work(mergeWork); err != nil {
			return nil, err
		}
		merged.Set(key, v)
	}
	ordered := value.NewObject(merged.Len())
	for _, i := range value.HashMapCopyOrder(merged.Keys(), copied) {
		m := merged.At(i)
		ordered.Set(m.Key, m.Value)
	}
	return ordered, nil
}

// makeUUID implements States.UUID: a random UUID (version 4), whatever the
// arguments.
func makeUUID(in input) (any, error) {
	high := in.env.Uint64()
	return formatUUID(high, in.env.Uint64()), nil
}

// formatUUID returns the UUID of version 4 with these random bits.
func formatUUID(high, low uint64) string {
	var random [16]byte
	binary.BigEndian.PutUint64(random[:8], high)
	binary.BigEndian.PutUint64(random[8:], low)
	return UUID(random)
}
