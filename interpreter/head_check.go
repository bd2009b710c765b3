package interpreter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxKey is the largest sum of bytes of a namespace, a machine's ARN and a name. An index
// of PostgreSQL takes a little more.
const maxKey = 2048

// checkHead returns an error if a store may never take the head of a new execution: the
// Commit would be repeated for ever.
func (s *durable) checkHead(key nameKey, tags map[string]string) error {
	if s == nil {
		return nil
	}
	for _, field := range [...]struct{ name, value string }{
		{"Config.Namespace", s.namespace}, {"Options.StateMachineArn", key.machine}, {"the name", key.name},
	} {
		if !isText(field.value) {
			return fmt.Errorf("%w: %s %.100q is not UTF-8 without zero bytes", ErrInvalidName, field.name, field.value)
		}
	}
	if n := len(s.namespace) + len(key.machine) + len(key.name); n > maxKey {
		return fmt.Errorf("%w: the namespace, the ARN of the state machine and the name have %d bytes, must have at most %d: %.100q",
			ErrInvalidName, n, maxKey, key.name)
	}
	for tag, value := range tags { // in any order
		if !isText(tag) || !isText(value) {
			return fmt.Errorf("interpreter: starting an execution: tag %.100q: %.100q is not UTF-8 without zero bytes", tag, value)
		}
	}
	return nil
}

// isText reports whether every store can keep a string.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
