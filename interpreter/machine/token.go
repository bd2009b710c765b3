package machine

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
)

// A token is a task's id and 128 bits that only the execution's TokenKey gives.
const (
	tokenMac   = 16
	tokenBytes = 8 + tokenMac
)

// Token returns the token of a task, as the context object shows it. It is the
// idempotency key of the task, and the name under which others answer it: tokens
// stand in links and mails, so they cannot be guessed without the TokenKey.
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

// TaskOf returns the task of a token, and whether the token is this
// execution's. Whether the task still runs is another question.
func (x *Execution) TaskOf(token string) (TaskID, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return 0, false
	}
	t := TaskID(binary.BigEndian.Uint64(raw))
	want := x.makeToken(t)
	return t, subtle.ConstantTimeCompare(raw, want[:]) == 1
}

// Token reports whether the task's token is for others to answer with: the
// context object has it, and so may the task's input.
func (r *Resource) Token() bool { return r.Kind == Activity || r.Pattern != RequestResponse }
