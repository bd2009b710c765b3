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

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
	binary.LittleEndian.PutUint32(frame[4:], crc32.Checksum(frame[8:], castagnoli))
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

// readFrame reads a frame of at most limit bytes. The entry's body is in buffer,
// which is returned for the next call. It returns io.EOF at the end of r.
func readFrame(r *bufio.Reader, buffer []byte, limit int64) (entry, []byte, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return entry{}, buffer, err
	}
	size := int64(binary.LittleEndian.Uint32(header[:]))
	if size > maxBody || size > limit-frameHeader {
		return entry{}, buffer, errDamaged
	}
	if int64(cap(buffer)) < size {
		buffer = make([]byte, size)
	}
	buffer = buffer[:size]
	if _, err := io.ReadFull(r, buffer); err != nil {
		return entry{}, buffer, err
	}
	sum := crc32.Update(crc32.Checksum(header[8:], castagnoli), castagnoli, buffer)
	e := entry{
		index: int64(binary.LittleEndian.Uint64(header[8:])),
		kind:  kind(header[16]),
		body:  buffer,
	}
	if sum != binary.LittleEndian.Uint32(header[4:]) || e.kind >= kinds {
		return entry{}, buffer, errDamaged
	}
	return e, buffer, nil
}
