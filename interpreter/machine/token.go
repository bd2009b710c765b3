package machine

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
)

// A token consists of the task's ID and a MAC of 128 bits.
const (
	tokenMac   = 16
	tokenBytes = 8 + tokenMac
)

// Token returns the token of a task, as in the context object. It is the task's
// idempotency key, and callbacks identify the task by it. Since tokens are sent in
// links and mails, they cannot be guessed without the TokenKey.
func (x *Execution) Token(t TaskID) string {
	raw := x.makeToken(t)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (x *Execution) makeToken(t TaskID) (raw [tokenBytes]byte) {
	var in [len(x.TokenKey) + 8]byte
	copy(in[:], x.TokenKey[:])
	binary.BigEndian.PutUint64(in[len(x.TokenKey):], uint64(t))
	sum := sha256.Sum256(in[:])
	binary.BigEndian.PutUint64(raw[:], uint64(t))
	copy(raw[8:], sum[:tokenMac])
	return raw
}

// TaskOf returns the task of a token. ok is false if the token is not from this
// execution. The task may have ended.
func (x *Execution) TaskOf(token string) (TaskID, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return 0, false
	}
	t := TaskID(binary.BigEndian.Uint64(raw))
	want := x.makeToken(t)
	return t, subtle.ConstantTimeCompare(raw, want[:]) == 1
}

// Token reports whether the task has a token in the context object, because others
// may complete it.
func (r *Resource) Token() bool { return r.Kind == Activity || r.Pattern != RequestResponse }
