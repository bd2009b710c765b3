package store

import "encoding/binary"

// Codec changes contents on their way to a store and back, usually to encrypt them. It
// is safe for concurrent use. It must neither change nor keep its arguments, and holds up
// executions while it blocks. Neither what it gets nor what it returns is empty. The result of
// Encode may differ from call to call: an interpreter encodes each content once, and
// repeats a Commit with the same bytes.
//
// Decode must return what Encode got, also for contents that an earlier Codec has
// encoded: put the number of a key in front of what it encrypts. It must fail if the
// Content is another one than that of Encode, so that an execution does not continue
// with the record of another: pass [Content.AssociatedData] to the cipher.
//
// Decode wraps [ErrNoKey] if it lacks the key: the contents may be intact, and another
// process may have it. An execution is then not deleted because it cannot be read.
//
// The error of Decode is shown as why an execution is parked: it must not contain data.
type Codec interface {
	Encode(c Content, plain []byte) ([]byte, error)
	Decode(c Content, stored []byte) ([]byte, error)
}

// Content says what a [Codec] encodes.
type Content struct {
	Kind      ContentKind
	Namespace string // of the execution; empty for ContentEvent and ContentDefinition
	ID        ID     // of the execution; zero for ContentDefinition
	Version   uint64 // of the change; 0 for ContentEvent and ContentDefinition
	Digest    string // for ContentDefinition; otherwise empty
}

// ContentKind is a kind of content.
type ContentKind uint8

// Kinds of contents. Their numbers do not change.
const (
	ContentRecord     ContentKind = 1 // Change.Record that is not empty
	ContentSnapshot   ContentKind = 2 // Change.Snapshot
	ContentEvent      ContentKind = 3 // of a Post
	ContentDefinition ContentKind = 4 // of PutDefinition
)

// AssociatedData returns the fields of c as bytes. Different Contents have different
// ones. They are the same in all versions of this package.
func (c Content) AssociatedData() []byte {
	b := make([]byte, 0, 1+len(c.ID)+8+4+len(c.Namespace)+len(c.Digest))
	b = append(b, byte(c.Kind))
	b = append(b, c.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, c.Version)
	b = binary.BigEndian.AppendUint32(b, uint32(len(c.Namespace)))
	b = append(b, c.Namespace...)
	return append(b, c.Digest...)
}
