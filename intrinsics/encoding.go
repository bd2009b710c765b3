package intrinsics

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// base64Encode implements States.Base64Encode.
func base64Encode(in input) (any, error) {
	text, err := in.dataArg()
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString([]byte(text)), nil
}

// dataArg returns the first argument, which must be a string within the limit.
func (in input) dataArg() (string, error) {
	text, err := in.stringArg(0)
	if err != nil {
		return "", err
	}
	if err := in.checkLength(text); err != nil {
		return "", err
	}
	return text, in.meter.Read(2 * len(text))
}

// base64Decode implements States.Base64Decode. It skips characters that are not
// Base64, stops at the padding and does not require it
// (docs/evidence.md#intrinsic-data). Invalid UTF-8 becomes U+FFFD.
func base64Decode(in input) (any, error) {
	text, err := in.dataArg()
	if err != nil {
		return nil, err
	}
	decoded := make([]byte, 0, len(text)/4*3+3)
	bits, n := uint32(0), 0
	for i := range len(text) {
		if text[i] == '=' {
			break
		}
		digit := strings.IndexByte(base64Digits, urlSafe(text[i]))
		if digit < 0 {
			continue
		}
		bits, n = bits<<6|uint32(digit), n+6
		if n >= 8 {
			n -= 8
			decoded = append(decoded, byte(bits>>n))
		}
	}
	return strings.ToValidUTF8(string(decoded), "\uFFFD"), nil
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// urlSafe maps the two digits of the URL alphabet to those of the standard one.
func urlSafe(c byte) byte {
	switch c {
	case '-':
		return '+'
	case '_':
		return '/'
	}
	return c
}

// hashData implements States.Hash. It hashes the JSON of a value that is not a
// string (docs/evidence.md#intrinsic-data).
func hashData(in input) (any, error) {
	data, ok := in.args[0].(string)
	if !ok {
		var err error
		if data, err = in.jsonArg(0); err != nil {
			return nil, err
		}
	}
	if err := in.checkLength(data); err != nil {
		return nil, err
	}
	algorithm, err := in.stringArg(1)
	if err != nil {
		return nil, err
	}
	if err := in.meter.Read(2 * len(data)); err != nil {
		return nil, err
	}
	digest := computeDigest(algorithm, []byte(data))
	if digest == nil {
		return nil, in.argumentError("unknown algorithm %.40q: it must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512", algorithm)
	}
	return hex.EncodeToString(digest), nil
}

// computeDigest returns the digest, or nil if the algorithm is unknown.
func computeDigest(algorithm string, data []byte) []byte {
	switch algorithm {
	case "MD5":
		d := md5.Sum(data)
		return d[:]
	case "SHA-1":
		d := sha1.Sum(data)
		return d[:]
	case "SHA-256":
		d := sha256.Sum256(data)
		return d[:]
	case "SHA-384":
		d := sha512.Sum384(data)
		return d[:]
	case "SHA-512":
		d := sha512.Sum512(data)
		return d[:]
	}
	return nil
}
