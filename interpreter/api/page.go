package api

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sort"
	"time"
)

// pageLife is how long a token of a page is valid.
const pageLife = 24 * time.Hour

// pageToken says where a page begins: behind a key, so that what is added or removed
// meanwhile does not move it. It belongs to the operation and its arguments.
type pageToken struct {
	Operation string          `json:"o"`
	Arguments []byte          `json:"a"` // a hash
	After     json.RawMessage `json:"k"`
	Expires   int64           `json:"e"`
}

// nextPage returns the token of the page behind a key.
func (s *Server) nextPage(operation string, in object, after any) string {
	key, _ := json.Marshal(after)
	text, _ := json.Marshal(pageToken{operation, hashArguments(in), key, s.now().Add(pageLife).Unix()})
	return base64.RawURLEncoding.EncodeToString(append(s.sign(text), text...))
}

// pageAfter sets after to the key of the request's token, if it has one.
func (s *Server) pageAfter(operation string, in object, after any) error {
	if !in.has("nextToken") {
		return nil
	}
	invalid := newError("InvalidToken", "Invalid Token: 'Invalid token'")
	signed, err := base64.RawURLEncoding.DecodeString(in.text("nextToken"))
	if err != nil || len(signed) < sha256.Size {
		return invalid
	}
	text := signed[sha256.Size:]
	var t pageToken
	if !hmac.Equal(signed[:sha256.Size], s.sign(text)) || json.Unmarshal(text, &t) != nil ||
		t.Operation != operation || !hmac.Equal(t.Arguments, hashArguments(in)) || s.now().Unix() > t.Expires ||
		json.Unmarshal(t.After, after) != nil {
		return invalid
	}
	return nil
}

func (s *Server) sign(text []byte) []byte {
	h := hmac.New(sha256.New, s.records.Secret())
	h.Write(text)
	return h.Sum(nil)
}

// hashArguments is a hash of the arguments that choose what is listed.
func hashArguments(in object) []byte {
	chosen := maps.Clone(in)
	maps.DeleteFunc(chosen, func(name string, v any) bool { return v == nil || name == "nextToken" || name == "maxResults" })
	text, _ := json.Marshal(chosen)
	sum := sha256.Sum256(text)
	return sum[:8]
}

// listPage writes a page of a list that is sorted by a key.
func listPage[T any, K cmp.Ordered](s *Server, operation string, in object, name string, all []T, key func(T) K, write func(T) object) (object, error) {
	if in.has("nextToken") {
		var after K
		if err := s.pageAfter(operation, in, &after); err != nil {
			return nil, err
		}
		all = all[sort.Search(len(all), func(i int) bool { return key(all[i]) > after }):]
	}
	out := object{}
	if n := pageSize(in); len(all) > n {
		all = all[:n]
		out["nextToken"] = s.nextPage(operation, in, key(all[n-1]))
	}
	items := make([]object, len(all))
	for i := range all {
		items[i] = write(all[i])
	}
	out[name] = items
	return out, nil
}
