package resultwriter

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// entry is a record as a result file has it.
type entry struct {
	index int64
	kind  kind   // of file
	body  []byte // empty if Flatten makes nothing of the record
}

// A frame is an entry in a journal or temporary file:
//
//	size of the body   4 bytes, little endian, as all numbers
//	checksum of the rest
//	                   4 bytes, CRC-32 (Castagnoli)
//	index              8 bytes
//	kind               1 byte
//	body
const frameHeader = 4 + 4 + 8 + 1

// maxBody is the size of the largest body of a frame, in bytes.
const maxBody = 1<<31 - 1

var (
	errBodySize = errors.New("a record is larger than 2 GiB")
	errDamaged  = errors.New("a record is damaged")
)

// beginFrame appends room for the header of a frame.
func beginFrame(dst []byte) []byte { return append(dst, make([]byte, frameHeader)...) }

// endFrame fills the header of the frame that begins at start and ends with dst.
func endFrame(dst []byte, start int, e *entry) error {
	frame := dst[start:]
	size := len(frame) - frameHeader
	if int64(size) > maxBody {
		return errBodySize
	}
	binary.LittleEndian.PutUint32(frame, uint32(size))
	binary.LittleEndian.PutUint64(frame[8:], uint64(e.index))
	frame[16] = byte(e.kind)
	binary.LittleEndian.PutUint32(frame[4:], crc32.Checksum(frame[8:], crc32.MakeTable(crc32.Castagnoli)))
	return nil
}

// peekIndex returns the index of the frame that follows in r.
func peekIndex(r *bufio.Reader) (int64, error) {
	header, err := r.Peek(frameHeader)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint64(header[8:])), nil
}

// readFrame reads a frame of at most limit bytes into e, whose body is in buffer.
// It returns the buffer for the next call.
func readFrame(r *bufio.Reader, e *entry, buffer []byte, limit int64) ([]byte, error) {
	header, err := r.Peek(frameHeader)
	if err != nil {
		return buffer, err
	}
	size := int64(binary.LittleEndian.Uint32(header))
	if size > maxBody || size > limit-frameHeader {
		return buffer, errDamaged
	}
	sum := binary.LittleEndian.Uint32(header[4:])
	e.index = int64(binary.LittleEndian.Uint64(header[8:]))
	e.kind = kind(header[16])
	found := crc32.Checksum(header[8:], crc32.MakeTable(crc32.Castagnoli))
	if _, err := r.Discard(frameHeader); err != nil {
		return buffer, err
	}
	if int64(cap(buffer)) < size {
		buffer = make([]byte, size)
	}
	e.body = buffer[:size]
	if _, err := io.ReadFull(r, e.body); err != nil {
		return buffer, err
	}
	if crc32.Update(found, crc32.MakeTable(crc32.Castagnoli), e.body) != sum || e.kind >= kinds {
		return buffer, errDamaged
	}
	return buffer, nil
}
