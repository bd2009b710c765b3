package postgres

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/rows"
)

type check = rows.Check

// versionCheck covers the version of an execution, a record or a snapshot.
func versionCheck(id *store.ID, version uint64) check { return rows.VersionCheck(id, version) }

// contentCheck covers a record or a snapshot with its version.
func contentCheck(id *store.ID, version uint64, content []byte) check {
	return rows.ContentCheck(id, version, content)
}

func definitionCheck(digest string, definition []byte) check {
	return rows.DefinitionCheck(digest, definition)
}

// headCheck covers a head. tags are those of encodeTags.
func headCheck(id *store.ID, h *store.Head, tags string) check {
	return rows.Sum(rows.AppendHead(make([]byte, 0, 512), id, h, tags))
}

// checkStrings returns an error if PostgreSQL cannot store a string of a head.
func checkStrings(h *store.Head) error {
	for _, field := range [...]struct{ name, value string }{
		{"Namespace", h.Namespace}, {"Machine", h.Machine}, {"Name", h.Name}, {"Digest", h.Digest},
	} {
		if !isText(field.value) {
			return fmt.Errorf("%s %q is not UTF-8 without zero bytes", field.name, field.value)
		}
	}
	for key, value := range h.Tags { // in any order
		if !isText(key) || !isText(value) {
			return fmt.Errorf("tag %q: %q is not UTF-8 without zero bytes", key, value)
		}
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// toText replaces what PostgreSQL cannot store in a message.
func toText(s string) string {
	if isText(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

func encodeTags(tags map[string]string) string { return rows.EncodeTags(tags) }

func nanoseconds(t time.Time) int64 { return rows.Nanoseconds(t) }

func timeOf(nanoseconds int64) time.Time { return rows.TimeOf(nanoseconds) }
