package interpreter

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/intrinsics"
)

// random buffers random bytes for new executions.
type random struct {
	mu     sync.Mutex
	source io.Reader
	buf    [1024]byte
	left   int

	filling atomic.Bool
}

var fillEntry = reflect.ValueOf((*random).refillBuffer).Pointer()

// maxEmptyReads is how often in a row the source may return 0 bytes.
const maxEmptyReads = 100

// refillBuffer reads from the source. The caller holds the lock.
//
//go:noinline
func (r *random) refillBuffer() error {
	r.filling.Store(true)
	defer r.filling.Store(false)
	return callHook(hookRand, func() error {
		for got, empty := 0, 0; got < len(r.buf); empty++ {
			n, err := r.source.Read(r.buf[got:])
			if n > 0 {
				got, empty = got+n, 0
			}
			if got < len(r.buf) && (err != nil || empty == maxEmptyReads) {
				return cmp.Or(err, io.ErrNoProgress)
			}
		}
		r.left = len(r.buf)
		return nil
	})
}

func (r *random) readRandom(dst []byte) error {
	if r.filling.Load() && calledFrom(fillEntry) {
		return ErrReentry
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left < len(dst) {
		if err := r.refillBuffer(); err != nil {
			return err
		}
	}
	from := r.buf[len(r.buf)-r.left:][:len(dst)]
	copy(dst, from)
	clear(from) // do not keep keys in memory
	r.left -= len(dst)
	return nil
}

// fillRandomParts fills in the random parts of a new execution. For an execution
// that a task starts they are computed from the task's token: if it is started
// again after a crash, its own tasks have the same tokens.
func (in *Interpreter) fillRandomParts(p *Program, s *machine.Start, token string) error {
	var raw [16 + 16 + 16]byte
	if err := in.random.drawBytes(raw[:], token, "start"); err != nil {
		return fmt.Errorf("interpreter: Config.Rand: %w", err)
	}
	copy(s.TokenKey[:], raw[:16])
	if s.Seed == ([2]uint64{}) {
		s.Seed = [2]uint64{binary.BigEndian.Uint64(raw[16:]), binary.BigEndian.Uint64(raw[24:])}
	}
	if s.ID == "" {
		s.ID = intrinsics.UUID([16]byte(raw[32:]))
	}
	if p.Options().Express && !strings.HasPrefix(s.ID, "arn:") {
		if err := in.random.drawBytes(raw[:16], token, "ARN"); err != nil {
			return fmt.Errorf("interpreter: Config.Rand: %w", err)
		}
		s.ID = p.ExecutionArn(s.ID) + ":" + intrinsics.UUID([16]byte(raw[:16]))
	}
	return nil
}

// drawBytes fills dst with random bytes, or with bytes computed from a token.
func (r *random) drawBytes(dst []byte, token, use string) error {
	if token == "" {
		return r.readRandom(dst)
	}
	var room [128]byte
	for n := 0; len(dst) > 0; n++ {
		text := append(append(room[:0], use...), ' ')
		text = append(append(strconv.AppendInt(text, int64(n), 10), " of "...), token...)
		sum := sha256.Sum256(text)
		dst = dst[copy(dst, sum[:]):]
	}
	return nil
}
