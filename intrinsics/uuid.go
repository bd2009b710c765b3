package intrinsics

import "encoding/hex"

// UUID returns the UUID that States.UUID makes of random bits: version 4 (RFC
// 9562), which replaces six of them.
func UUID(random [16]byte) string {
	random[6] = random[6]&0x0F | 0x40 // version
	random[8] = random[8]&0x3F | 0x80 // variant
	var text [36]byte
	at, rest := 0, random[:]
	for i, group := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			text[at] = '-'
			at++
		}
		at += hex.Encode(text[at:], rest[:group])
		rest = rest[group:]
	}
	return string(text[:])
}
