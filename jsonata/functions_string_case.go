package jsonata

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func fnLowercase(c *call, args []any) any {
	return mapCase(c, args[0], 'A', strings.ToLower, appendLower)
}

func fnUppercase(c *call, args []any) any {
	return mapCase(c, args[0], 'a', strings.ToUpper, appendUpper)
}

// mapCase changes the case of the 26 ASCII letters from first on. It uses ascii
// if s is all ASCII, else appendOther for other characters, which gets the
// offset of the character in s.
func mapCase(c *call, v any, first byte, ascii func(string) string, appendOther func(dst []byte, s string, i int) []byte) any {
	s, ok := v.(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 16)
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && s[i]-first >= 26 {
		i++
	}
	if i == len(s) {
		return s
	}
	c.charge(len(s))
	if isASCII(s[i:]) {
		return ascii(s)
	}
	dst := append(make([]byte, 0, len(s)), s[:i]...)
	for i < len(s) {
		b := s[i]
		if b >= utf8.RuneSelf {
			_, n := decodeRune(s[i:])
			dst = appendOther(dst, s, i)
			i += n
			continue
		}
		if b-first < 26 {
			b ^= 'a' - 'A'
		}
		dst = append(dst, b)
		i++
	}
	return string(dst)
}

func appendUpper(dst []byte, s string, i int) []byte {
	r, n := decodeRune(s[i:])
	if n == 1 {
		return append(dst, s[i])
	}
	if upper, ok := specialUpper[r]; ok {
		return append(dst, upper...)
	}
	return appendRune(dst, unicode.ToUpper(r))
}

func appendLower(dst []byte, s string, i int) []byte {
	r, n := decodeRune(s[i:])
	switch {
	case n == 1:
		return append(dst, s[i])
	case r == 'İ':
		return append(dst, "i\u0307"...)
	case r == 'Σ' && endsWord(s, i, n):
		return append(dst, "ς"...)
	}
	return appendRune(dst, unicode.ToLower(r))
}

// endsWord reports whether the letter at i follows another letter and precedes
// none, so that sigma takes its final form.
func endsWord(s string, i, n int) bool {
	before := false
	for rest := s[:i]; rest != ""; {
		r, n := utf8.DecodeLastRuneInString(rest)
		if !isCaseIgnorable(r) {
			before = isCased(r)
			break
		}
		rest = rest[:len(rest)-n]
	}
	if !before {
		return false
	}
	for rest := s[i+n:]; rest != ""; {
		r, n := decodeRune(rest)
		if !isCaseIgnorable(r) {
			return !isCased(r)
		}
		rest = rest[n:]
	}
	return true
}

// isCased is Unicode's property Cased.
func isCased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Uppercase, unicode.Other_Lowercase)
}

// isCaseIgnorable is Unicode's property Case_Ignorable.
func isCaseIgnorable(r rune) bool {
	return strings.ContainsRune("'.:^`\u00a8\u00ad\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a", r) ||
		unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}

// specialUpper holds the characters whose upper case has several characters.
var specialUpper = func() map[rune]string {
	m := map[rune]string{}
	for _, pair := range strings.Fields(specialUpperPairs) {
		r, n := utf8.DecodeRuneInString(pair)
		m[r] = pair[n:]
	}
	return m
}()

// specialUpperPairs lists each character followed by its upper case.
const specialUpperPairs = "" +
	"\u00dfSS \u0149\u02bcN \u01f0J\u030c \u0390\u0399\u0308\u0301 \u03b0\u03a5\u0308\u0301 " +
	"\u0587\u0535\u0552 \u1e96H\u0331 \u1e97T\u0308 \u1e98W\u030a \u1e99Y\u030a \u1e9aA\u02be " +
	"\u1f50\u03a5\u0313 \u1f52\u03a5\u0313\u0300 \u1f54\u03a5\u0313\u0301 " +
	"\u1f56\u03a5\u0313\u0342 \u1f80\u1f08\u0399 \u1f81\u1f09\u0399 \u1f82\u1f0a\u0399 " +
	"\u1f83\u1f0b\u0399 \u1f84\u1f0c\u0399 \u1f85\u1f0d\u0399 \u1f86\u1f0e\u0399 " +
	"\u1f87\u1f0f\u0399 \u1f88\u1f08\u0399 \u1f89\u1f09\u0399 \u1f8a\u1f0a\u0399 " +
	"\u1f8b\u1f0b\u0399 \u1f8c\u1f0c\u0399 \u1f8d\u1f0d\u0399 \u1f8e\u1f0e\u0399 " +
	"\u1f8f\u1f0f\u0399 \u1f90\u1f28\u0399 \u1f91\u1f29\u0399 \u1f92\u1f2a\u0399 " +
	"\u1f93\u1f2b\u0399 \u1f94\u1f2c\u0399 \u1f95\u1f2d\u0399 \u1f96\u1f2e\u0399 " +
	"\u1f97\u1f2f\u0399 \u1f98\u1f28\u0399 \u1f99\u1f29\u0399 \u1f9a\u1f2a\u0399 " +
	"\u1f9b\u1f2b\u0399 \u1f9c\u1f2c\u0399 \u1f9d\u1f2d\u0399 \u1f9e\u1f2e\u0399 " +
	"\u1f9f\u1f2f\u0399 \u1fa0\u1f68\u0399 \u1fa1\u1f69\u0399 \u1fa2\u1f6a\u0399 " +
	"\u1fa3\u1f6b\u0399 \u1fa4\u1f6c\u0399 \u1fa5\u1f6d\u0399 \u1fa6\u1f6e\u0399 " +
	"\u1fa7\u1f6f\u0399 \u1fa8\u1f68\u0399 \u1fa9\u1f69\u0399 \u1faa\u1f6a\u0399 " +
	"\u1fab\u1f6b\u0399 \u1fac\u1f6c\u0399 \u1fad\u1f6d\u0399 \u1fae\u1f6e\u0399 " +
	"\u1faf\u1f6f\u0399 \u1fb2\u1fba\u0399 \u1fb3\u0391\u0399 \u1fb4\u0386\u0399 " +
	"\u1fb6\u0391\u0342 \u1fb7\u0391\u0342\u0399 \u1fbc\u0391\u0399 \u1fc2\u1fca\u0399 " +
	"\u1fc3\u0397\u0399 \u1fc4\u0389\u0399 \u1fc6\u0397\u0342 \u1fc7\u0397\u0342\u0399 " +
	"\u1fcc\u0397\u0399 \u1fd2\u0399\u0308\u0300 \u1fd3\u0399\u0308\u0301 \u1fd6\u0399\u0342 " +
	"\u1fd7\u0399\u0308\u0342 \u1fe2\u03a5\u0308\u0300 \u1fe3\u03a5\u0308\u0301 " +
	"\u1fe4\u03a1\u0313 \u1fe6\u03a5\u0342 \u1fe7\u03a5\u0308\u0342 \u1ff2\u1ffa\u0399 " +
	"\u1ff3\u03a9\u0399 \u1ff4\u038f\u0399 \u1ff6\u03a9\u0342 \u1ff7\u03a9\u0342\u0399 " +
	"\u1ffc\u03a9\u0399 \ufb00FF \ufb01FI \ufb02FL \ufb03FFI \ufb04FFL \ufb05ST \ufb06ST " +
	"\ufb13\u0544\u0546 \ufb14\u0544\u0535 \ufb15\u0544\u053b \ufb16\u054e\u0546 " +
	"\ufb17\u0544\u053d"
