package intrinsics

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math"
	"strings"

	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// Dialect configures JSONata as states have it: with the functions of Step
// Functions and without $eval. A number that JSON cannot represent becomes a
// string (docs/evidence.md#jsonata-functions).
var Dialect = jsonata.Options{
	Functions:        JSONata,
	Without:          []string{"eval"},
	TextForNonFinite: true,
}

// JSONata holds the functions that Step Functions adds to JSONata, which
// replace the intrinsic functions. $random takes a seed, and $base64decode
// fails for a string that is not Base64 (docs/evidence.md#jsonata-functions).
// $uuid and $random draw from the randomness of the evaluation
// ([jsonata.Sources]).
var JSONata = map[string]*jsonata.Function{
	"partition": jsonata.MustFunction("<xn?:a>", partitionArray),
	"range":     jsonata.MustFunction("<n?n?n?:a>", numberRange),
	"hash":      jsonata.MustFunction("<ss?:s>", hashString),
	"random":    jsonata.MustFunction("<n?:n>", randomNumber),
	"uuid":      jsonata.MustFunction("<:s>", randomUUID),
	"parse":     jsonata.MustFunction("<s-:x>", parseJSON),

	"base64decode": jsonata.MustFunction("<s-:s>", decodeBase64),
}

// raisedError returns an error as $error raises it. AWS's functions do so for
// errors that their signatures do not express.
func raisedError(message string) error { return &jsonata.Error{Code: "D3137", Message: message} }

// partitionArray implements $partition. It rounds the size toward zero and
// returns nothing for the size 0. Without a size, it returns all elements as
// one part. A single value is not an array. An empty array gives nothing
// (docs/evidence.md#jsonata-functions).
func partitionArray(c *jsonata.Call, args []any) (any, error) {
	list, ok := args[0].([]any)
	if !ok && args[0] != jsonata.Undefined {
		return nil, jsonata.ArgumentError("T0412", 1, args[0])
	}
	size, ok := int64(len(list)), true
	if args[1] != jsonata.Undefined {
		size, ok = truncateNumber(args[1])
	}
	switch {
	case !ok || size == 0 || len(list) == 0:
		return jsonata.Undefined, nil
	case size < 0:
		return nil, raisedError("Second argument must be zero or greater")
	}
	n := (len(list)-1)/int(min(size, int64(len(list)))) + 1
	if err := c.Charge(8 * n); err != nil {
		return nil, err
	}
	if err := c.Keep((8 + sliceBytes) * n); err != nil {
		return nil, err
	}
	parts := make([]any, 0, n)
	for len(list) > 0 {
		part := list[:min(size, int64(len(list)))]
		parts = append(parts, part)
		list = list[len(part):]
	}
	return parts, nil
}

// Each element of $range costs 1/360,145 of the size limit of a value: that
// many elements pass (docs/evidence.md#jsonata-functions).
const (
	rangeLimit = 360_145
	valueLimit = 6_990_256
)

// numberRange implements $range. It rounds its arguments toward zero, includes
// the end if the step reaches it, and returns nothing if the step leads away
// from it (docs/evidence.md#jsonata-functions). A single number is not an
// array.
func numberRange(c *jsonata.Call, args []any) (any, error) {
	start, ok := truncateNumber(args[0])
	end, also := truncateNumber(args[1])
	step, stepped := truncateNumber(args[2])
	if !ok || !also || !stepped || step == 0 || (end < start) != (step < 0) && start != end {
		return jsonata.Undefined, nil
	}
	distance, stride := uint64(end)-uint64(start), uint64(step)
	if step < 0 {
		distance, stride = -distance, -stride
	}
	n := distance/stride + 1
	if n > rangeLimit {
		return nil, c.Charge(math.MaxInt)
	}
	if n == 1 {
		return start, nil
	}
	if err := c.Charge(int(n * valueLimit / rangeLimit)); err != nil {
		return nil, err
	}
	list := make([]any, n)
	for i := range list {
		list[i] = start + int64(i)*step
	}
	return list, nil
}

// hashString implements $hash. The context does not replace a missing argument,
// and the data may have any length.
func hashString(c *jsonata.Call, args []any) (any, error) {
	text, ok := args[0].(string)
	algorithm, named := args[1].(string)
	if !ok || !named {
		return jsonata.Undefined, nil
	}
	if err := c.Charge(len(text)); err != nil {
		return nil, err
	}
	d := computeDigest(algorithm, []byte(text))
	if d == nil {
		return nil, raisedError("Hash algorithm '" + algorithm + "' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5")
	}
	return hex.EncodeToString(d), nil
}

// randomNumber implements $random. With a seed it returns the number of
// java.util.Random.
func randomNumber(c *jsonata.Call, args []any) (any, error) {
	if seed, ok := truncateNumber(args[0]); ok {
		r := newJavaRandom(seed)
		return r.nextDouble(), nil
	}
	return c.Random()
}

// nextDouble is Java's nextDouble().
func (r *javaRandom) nextDouble() float64 {
	high := int64(uint32(r.nextBits(26)))
	low := int64(uint32(r.nextBits(27)))
	return float64(high<<27+low) / (1 << 53)
}

// randomUUID implements $uuid.
func randomUUID(c *jsonata.Call, _ []any) (any, error) {
	var words [2]uint64
	for i := range words {
		for range 2 {
			f, err := c.Random()
			if err != nil {
				return nil, err
			}
			words[i] = words[i]<<32 | uint64(f*(1<<32))
		}
	}
	return formatUUID(words[0], words[1]), nil
}

// parseJSON implements $parse.
func parseJSON(c *jsonata.Call, args []any) (any, error) {
	text, ok := args[0].(string)
	if !ok {
		return jsonata.Undefined, nil
	}
	if err := c.Charge(2 * len(text)); err != nil {
		return nil, err
	}
	if err := c.Keep(partsOf(text)); err != nil {
		return nil, err
	}
	v, err := value.ParseString(text)
	if err != nil {
		return nil, raisedError("Invalid JSON")
	}
	return v, nil
}

// The estimated memory of the parts of a value, beyond the bytes of its JSON.
const (
	sliceBytes   = 24
	objectBytes  = 56
	memberBytes  = 40
	elementBytes = 24
	stringBytes  = 32
)

// partsOf estimates the memory of the parts of the value of JSON text.
func partsOf(text string) (bytes int) {
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			if inString = !inString; inString {
				bytes += stringBytes
			}
		case inString:
			if c == '\\' {
				i++
			}
		case c == ',':
			bytes += elementBytes
		case c == ':':
			bytes += memberBytes
		case c == '[':
			bytes += sliceBytes
		case c == '{':
			bytes += objectBytes
		}
	}
	return bytes
}

// decodeBase64 implements $base64decode, which returns a character for each
// byte. As in Java, the padding may be missing. Other characters are errors.
func decodeBase64(c *jsonata.Call, args []any) (any, error) {
	text, ok := args[0].(string)
	if !ok {
		return jsonata.Undefined, nil
	}
	if err := c.Charge(2 * len(text)); err != nil {
		return nil, err
	}
	encoding := base64.StdEncoding
	if len(text)%4 != 0 {
		encoding = base64.RawStdEncoding
	}
	decoded, err := encoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("$base64decode: a line break is no Base64 digit")
	}
	var b strings.Builder
	for _, char := range decoded {
		b.WriteRune(rune(char))
	}
	return b.String(), nil
}

// truncateNumber rounds a number toward zero.
func truncateNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return int64(max(min(math.Trunc(v), math.MaxInt64-1024), math.MinInt64)), v == v
	}
	return 0, false
}
