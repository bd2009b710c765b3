package jsonata

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"
)

var encodingFunctions = []builtin{
	{"base64encode", "<s-:s>", 1, fnBase64Encode},
	{"base64decode", "<s-:s>", 1, fnBase64Decode},
	{"encodeUrlComponent", "<s-:s>", 1, func(c *call, args []any) any {
		return encodeURL(c, args[0], urlComponent, "encodeUrlComponent")
	}},
	{"encodeUrl", "<s-:s>", 1, func(c *call, args []any) any {
		return encodeURL(c, args[0], urlComponent+urlReserved, "encodeUrl")
	}},
	{"decodeUrlComponent", "<s-:s>", 1, func(c *call, args []any) any {
		return decodeURL(c, args[0], "", "decodeUrlComponent")
	}},
	{"decodeUrl", "<s-:s>", 1, func(c *call, args []any) any {
		return decodeURL(c, args[0], urlReserved, "decodeUrl")
	}},
}

func fnBase64Encode(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.charge(base64.StdEncoding.EncodedLen(codeUnits(s)))
	c.step(len(s) / 16)
	if isASCII(s) {
		return base64.StdEncoding.EncodeToString([]byte(s))
	}
	return base64.StdEncoding.EncodeToString(lowBytes(s))
}

// lowBytes returns the low byte of each code unit.
func lowBytes(s string) []byte {
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		r, n := decodeRune(s[i:])
		if r >= 0x10000 {
			high, low := surrogatesOf(s[i:])
			dst = append(dst, byte(high))
			r = low
		}
		dst = append(dst, byte(r))
		i += n
	}
	return dst
}

// fnBase64Decode decodes as Node's Buffer does: it accepts both alphabets,
// skips other characters, and stops at the first =. It uses the low byte of
// each code unit.
func fnBase64Decode(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.keepBytes(2 * len(s))
	c.step(len(s) / 8)
	if !isASCII(s) {
		s = string(lowBytes(s))
	}
	dst := make([]byte, 0, len(s))
	bits, have := uint32(0), 0
	for i := range len(s) {
		if s[i] == '=' {
			break
		}
		n := base64Value(s[i])
		if n < 0 {
			continue
		}
		bits, have = bits<<6|uint32(n), have+6
		if have >= 8 {
			have -= 8
			dst = utf8.AppendRune(dst, rune(bits>>have&0xFF))
		}
	}
	c.charge(len(dst))
	return string(dst)
}

func base64Value(b byte) int {
	switch {
	case b >= 'A' && b <= 'Z':
		return int(b - 'A')
	case b >= 'a' && b <= 'z':
		return int(b-'a') + 26
	case b >= '0' && b <= '9':
		return int(b-'0') + 52
	case b == '+' || b == '-':
		return 62
	case b == '/' || b == '_':
		return 63
	}
	return -1
}

const (
	urlComponent = "-_.!~*'()" // not escaped, like letters and digits
	urlReserved  = ";/?:@&=+$,#"
)

func malformedURL(s, name string) {
	e := failValue("D3140", s)
	e.fname = name
	panic(e)
}

// encodeURL escapes each byte except letters, digits and those in plain.
func encodeURL(c *call, v any, plain, name string) any {
	s, ok := v.(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 4)
	isPlain := func(b byte) bool {
		return isDigit(b, 36) || strings.IndexByte(plain, b) >= 0
	}
	escapes := 0
	for i := range len(s) {
		if !isPlain(s[i]) {
			escapes++
			if startsHalf(s[i:]) {
				malformedURL(s, name)
			}
		}
	}
	if escapes == 0 {
		return s
	}
	const hex = "0123456789ABCDEF"
	c.charge(len(s) + 2*escapes)
	dst := make([]byte, 0, len(s)+2*escapes)
	for i := range len(s) {
		if b := s[i]; isPlain(b) {
			dst = append(dst, b)
		} else {
			dst = append(dst, '%', hex[b>>4], hex[b&15])
		}
	}
	return string(dst)
}

// decodeURL resolves escapes, except of the characters in kept.
func decodeURL(c *call, v any, kept, name string) any {
	s, ok := v.(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 4)
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	c.charge(len(s))
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != '%' {
			dst = append(dst, s[i])
			i++
			continue
		}
		text, n := unescapeChar(s[i:])
		switch {
		case n == 0:
			malformedURL(s, name)
		case len(text) == 1 && strings.IndexByte(kept, text[0]) >= 0:
			dst = append(dst, s[i:i+n]...)
		default:
			dst = append(dst, text...)
		}
		i += n
	}
	return string(dst)
}

// unescapeChar reads the escapes of one character and returns their length. The
// length is 0 if they are not UTF-8.
func unescapeChar(s string) (char []byte, length int) {
	var space [utf8.UTFMax]byte
	char = space[:0]
	for len(char) < utf8.UTFMax {
		if len(s) < length+3 || s[length] != '%' || !isDigit(s[length+1], 16) || !isDigit(s[length+2], 16) {
			return nil, 0
		}
		b, _ := strconv.ParseUint(s[length+1:length+3], 16, 8)
		char = append(char, byte(b))
		length += 3
		if utf8.FullRune(char) {
			break
		}
	}
	if !utf8.Valid(char) {
		return nil, 0
	}
	return char, length
}
