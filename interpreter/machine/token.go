package machine

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
)

// MaxTokenID is the greatest length of Start.TokenID, in bytes.
const MaxTokenID = 256

// A token consists of the task's ID, a MAC of 128 bits, and the TokenID.
const (
	tokenMac   = 16
	tokenBytes = 8 + tokenMac // without the TokenID
)

// rawToken has room for the bytes of any token.
type rawToken [tokenBytes + MaxTokenID]byte

// tokenEncoding is strict, so that no two strings are the same token.
var tokenEncoding = base64.RawURLEncoding.Strict()

// Token returns the token of a task, as in the context object. It is the task's
// idempotency key, and callbacks identify the task by it. Since tokens are sent in
// links and mails, they cannot be guessed without the TokenKey. A token has 32
// characters of URL-safe base64, and more if the execution has a TokenID.
func (x *Execution) Token(t TaskID) string {
	var raw rawToken
	n := x.makeToken(&raw, t)
	return tokenEncoding.EncodeToString(raw[:n])
}

// makeToken puts the bytes of a token into raw and returns their number.
func (x *Execution) makeToken(raw *rawToken, t TaskID) int {
	const keyed = len(x.TokenKey) + 8
	var in [keyed + MaxTokenID]byte
	copy(in[:], x.TokenKey[:])
	binary.BigEndian.PutUint64(in[len(x.TokenKey):], uint64(t))
	id := copy(in[keyed:], x.TokenID())
	sum := sha256.Sum256(in[:keyed+id])
	binary.BigEndian.PutUint64(raw[:], uint64(t))
	copy(raw[8:], sum[:tokenMac])
	copy(raw[tokenBytes:], in[keyed:keyed+id])
	return tokenBytes + id
}

// decodeToken puts the bytes of a token into raw and returns their number. ok is
// false if the string does not have the form of a token.
func decodeToken(raw *rawToken, token string) (n int, ok bool) {
	n = tokenEncoding.DecodedLen(len(token))
	if n < tokenBytes || n > len(raw) {
		return 0, false
	}
	got, err := tokenEncoding.Decode(raw[:], []byte(token))
	return n, err == nil && got == n // fewer if there are line breaks
}

// TaskOf returns the task of a token. ok is false if the token is not from this
// execution. The task may have ended.
func (x *Execution) TaskOf(token string) (task TaskID, ok bool) {
	var raw, want rawToken
	n, ok := decodeToken(&raw, token)
	if !ok {
		return 0, false
	}
	t := TaskID(binary.BigEndian.Uint64(raw[:]))
	return t, subtle.ConstantTimeCompare(raw[:n], want[:x.makeToken(&want, t)]) == 1
}

// TokenExecution returns the TokenID of the execution that a token names, or "" if
// it names none (see [Start]). ok is false if the string does not have the form of
// a token. The token is not authenticated: anyone can make one that names any
// execution. Only [Execution.TaskOf] tells whether it is genuine.
func TokenExecution(token string) (id string, ok bool) {
	var raw rawToken
	n, ok := decodeToken(&raw, token)
	if !ok {
		return "", false
	}
	return string(raw[tokenBytes:n]), true
}

// Token reports whether the task has a token in the context object, because others
// may complete it.
func (r *Resource) Token() bool { return r.Kind == Activity || r.Pattern != RequestResponse }
