package asltest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

// Schema makes inputs by a JSON Schema, in a string or []byte, or any other Go value. It
// takes type, enum, const, properties, required, additionalProperties, items, minItems,
// maxItems, uniqueItems, minLength, maxLength, minimum, maximum, exclusiveMinimum,
// exclusiveMaximum, anyOf, oneOf (as anyOf) and $ref within the schema. Annotations, such
// as title and format, have no effect; other keywords fail the test. Members that are not
// among the properties are not made.
func Schema(schema any) Generator { return &schemaGenerator{source: schema} }

// Examples makes inputs that look like the given ones: these first, and then others with
// the same members and types. A member is required if all have it.
func Examples(inputs ...any) Generator { return &schemaGenerator{examples: inputs, byExample: true} }

// schemaGenerator makes values of a schema.
type schemaGenerator struct {
	source    any
	byExample bool
	examples  []any
	first     []any // examples that were not made yet
	root      *schema
	constants []any
}

// schema is a JSON Schema.
type schema struct {
	types      []string // empty: all
	enum       []any    // nil: not limited
	properties map[string]*schema
	required   []string
	closed     bool    // no other members
	rest       *schema // of other members; nil: all
	items      *schema // nil: all
	unique     bool
	least      map[string]any // of a keyword such as minLength; missing: none
	any        []*schema      // one of them is valid too; empty: not limited
	seen       []any          // values of examples
	height     int            // of the values that are nested least, see setHeights
}

// prepare reads the schema, or infers one.
func (g *schemaGenerator) prepare(constants []any) error {
	g.constants = constants
	if !g.byExample {
		v, err := toValue(g.source)
		if err == nil {
			reader := &schemaReader{root: v, known: make(map[string]*schema)}
			g.root, err = reader.read(v, "#")
		}
		if err == nil {
			err = setHeights(g.root)
		}
		if err != nil {
			return fmt.Errorf("the schema: %w", err)
		}
		return nil
	}
	if len(g.examples) == 0 {
		return fmt.Errorf("there are no examples")
	}
	values := make([]any, len(g.examples))
	for i, example := range g.examples {
		var err error
		if values[i], err = toValue(example); err != nil {
			return fmt.Errorf("example %d: %w", i+1, err)
		}
	}
	g.root = inferSchema(values)
	g.first = values
	return setHeights(g.root)
}

// inferSchema returns a schema by which all the values are valid.
func inferSchema(values []any) *schema {
	s := &schema{properties: make(map[string]*schema), closed: true, seen: values}
	members, counts, objects := make(map[string][]any), make(map[string]int), 0
	var items []any
	for _, v := range values {
		if kind := kindOf(v); !slices.Contains(s.types, kind) {
			s.types = append(s.types, kind)
		}
		switch v := v.(type) {
		case *value.Object:
			objects++
			for name, member := range v.All() {
				members[name] = append(members[name], member)
				counts[name]++
			}
		case []any:
			items = append(items, v...)
		}
	}
	for _, name := range sortedKeys(members) {
		s.properties[name] = inferSchema(members[name])
		if counts[name] == objects {
			s.required = append(s.required, name)
		}
	}
	if len(items) > 0 {
		s.items = inferSchema(items)
	} else {
		s.items = &schema{enum: []any{}}
	}
	return s
}

// kindOf returns the name of a value's type in a schema.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case *value.Object:
		return "object"
	case float64:
		if v != float64(int64(v)) {
			return "number"
		}
	}
	return "integer"
}

// schemaReader reads a schema and what it refers to.
type schemaReader struct {
	root  any
	known map[string]*schema // by their pointers
}

var annotations = map[string]bool{
	"$schema": true, "$id": true, "$comment": true, "$defs": true, "definitions": true, "title": true, "description": true,
	"default": true, "examples": true, "format": true, "deprecated": true, "readOnly": true, "writeOnly": true,
}

func (r *schemaReader) read(v any, path string) (*schema, error) {
	if all, ok := v.(bool); ok {
		if all {
			return &schema{}, nil
		}
		return &schema{enum: []any{}}, nil
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, fmt.Errorf("%s: a schema is an object or a boolean", path)
	}
	if ref, ok := o.Get("$ref"); ok {
		return r.followReference(ref, path)
	}
	s := &schema{least: make(map[string]any)}
	r.known[path] = s
	for name, member := range o.All() {
		if err := r.readKeyword(s, name, member, path+"/"+name); err != nil {
			return nil, err
		}
	}
	if len(s.types) == 0 {
		switch {
		case s.properties != nil:
			s.types = []string{"object"}
		case s.items != nil:
			s.types = []string{"array"}
		}
	}
	return s, nil
}

func (r *schemaReader) followReference(ref any, path string) (*schema, error) {
	pointer, _ := ref.(string)
	if known := r.known[pointer]; known != nil {
		return known, nil
	}
	if !strings.HasPrefix(pointer, "#") {
		return nil, fmt.Errorf("%s/$ref: %s does not begin with #", path, shortJSON(ref))
	}
	target, ok := value.Pointed(r.root, strings.TrimPrefix(pointer, "#"))
	if !ok {
		return nil, fmt.Errorf("%s/$ref: there is no %s", path, shortJSON(ref))
	}
	if o, ok := target.(*value.Object); ok && o.Has("$ref") {
		return nil, fmt.Errorf("%s/$ref: %s is a reference itself", path, shortJSON(ref))
	}
	return r.read(target, pointer)
}

func (r *schemaReader) readKeyword(s *schema, name string, v any, path string) (err error) {
	wrong := func(want string) error { return fmt.Errorf("%s: want %s, got %s", path, want, shortJSON(v)) }
	list, isList := v.([]any)
	switch name {
	case "type":
		if !isList {
			list = []any{v}
		}
		for _, t := range list {
			text, _ := t.(string)
			if !slices.Contains([]string{"null", "boolean", "string", "array", "object", "integer", "number"}, text) {
				return wrong("a type or types")
			}
			s.types = append(s.types, text)
		}
	case "enum":
		if !isList || len(list) == 0 {
			return wrong("values")
		}
		s.enum = list
	case "const":
		s.enum = []any{v}
	case "properties":
		o, ok := v.(*value.Object)
		if !ok {
			return wrong("an object")
		}
		s.properties = make(map[string]*schema)
		for key, member := range o.All() {
			if s.properties[key], err = r.read(member, path+"/"+key); err != nil {
				return err
			}
		}
	case "required":
		for _, key := range list {
			text, ok := key.(string)
			if !ok {
				return wrong("names")
			}
			s.required = append(s.required, text)
		}
	case "additionalProperties":
		if all, ok := v.(bool); ok {
			s.closed = !all
			return nil
		}
		s.rest, err = r.read(v, path)
	case "items":
		s.items, err = r.read(v, path)
	case "anyOf", "oneOf":
		if !isList || len(list) == 0 {
			return wrong("schemas")
		}
		for i, one := range list {
			inner, err := r.read(one, fmt.Sprintf("%s/%d", path, i))
			if err != nil {
				return err
			}
			s.any = append(s.any, inner)
		}
	case "uniqueItems":
		s.unique, _ = v.(bool)
	case "minItems", "maxItems", "minLength", "maxLength":
		if n, ok := v.(int64); !ok || n < 0 {
			return wrong("a number of items or characters")
		}
		s.least[name] = v
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		if _, ok := value.CompareNumbers(v, int64(0)); !ok {
			return wrong("a number")
		}
		s.least[name] = v
	default:
		if !annotations[name] {
			return fmt.Errorf("%s: asltest.Schema does not know this keyword", path)
		}
	}
	return err
}

// Valid reports whether a value is valid by the schema.
func (g *schemaGenerator) Valid(input json.RawMessage) bool {
	v, err := value.Parse(input)
	return err == nil && g.accepts(v)
}

func (g *schemaGenerator) accepts(v any) bool { return g.root.accepts(v) }

func (s *schema) accepts(v any) bool {
	if s == nil {
		return true
	}
	if s.enum != nil && !slices.ContainsFunc(s.enum, func(one any) bool { return value.Equal(one, v) }) {
		return false
	}
	if len(s.any) > 0 && !slices.ContainsFunc(s.any, func(one *schema) bool { return one.accepts(v) }) {
		return false
	}
	kind := kindOf(v)
	if len(s.types) > 0 && !slices.Contains(s.types, kind) && (kind != "integer" || !slices.Contains(s.types, "number")) {
		return false
	}
	switch v := v.(type) {
	case string:
		return s.fits(int64(utf8.RuneCountInString(v)), "minLength", "maxLength")
	case int64, float64, *big.Int:
		return s.fits(v, "minimum", "maximum") && s.differs(v)
	case []any:
		for i, item := range v {
			if !s.items.accepts(item) || s.unique && slices.ContainsFunc(v[:i], func(one any) bool { return value.Equal(one, item) }) {
				return false
			}
		}
		return s.fits(int64(len(v)), "minItems", "maxItems")
	case *value.Object:
		for name, member := range v.All() {
			inner, known := s.properties[name]
			if !known && (s.closed || !s.rest.accepts(member)) || known && !inner.accepts(member) {
				return false
			}
		}
		return !slices.ContainsFunc(s.required, func(name string) bool { return !v.Has(name) })
	}
	return true
}

// fits reports whether a number is between two limits, which are valid themselves.
func (s *schema) fits(n any, least, most string) bool {
	if limit, ok := s.least[least]; ok {
		if c, _ := value.CompareNumbers(n, limit); c < 0 {
			return false
		}
	}
	if limit, ok := s.least[most]; ok {
		if c, _ := value.CompareNumbers(n, limit); c > 0 {
			return false
		}
	}
	return true
}

// differs reports whether a number is between the limits that are not valid themselves.
func (s *schema) differs(n any) bool {
	if limit, ok := s.least["exclusiveMinimum"]; ok {
		if c, _ := value.CompareNumbers(n, limit); c <= 0 {
			return false
		}
	}
	if limit, ok := s.least["exclusiveMaximum"]; ok {
		if c, _ := value.CompareNumbers(n, limit); c >= 0 {
			return false
		}
	}
	return true
}

// noValue is the height of a schema without a value that is finite.
const noValue = math.MaxInt / 2

// setHeights sets the heights of a schema and of all in it. The error says that it has no
// value, or that an anyOf leads to itself.
func setHeights(root *schema) error {
	var all []*schema
	known := make(map[*schema]bool)
	var add func(s *schema)
	add = func(s *schema) {
		if s == nil || known[s] {
			return
		}
		known[s] = true
		s.height = noValue
		all = append(all, s)
		for _, inner := range slices.Concat([]*schema{s.rest, s.items}, s.any, slices.Collect(maps.Values(s.properties))) {
			add(inner)
		}
	}
	add(root)
	for changed := true; changed; {
		changed = false
		for _, s := range all {
			if h := s.leastHeight(); h < s.height {
				s.height, changed = h, true
			}
		}
	}
	if root.height >= noValue {
		return errors.New("no finite value is valid")
	}
	onPath := make(map[*schema]bool) // false: it leads to no circle
	var leadsToItself func(s *schema) bool
	leadsToItself = func(s *schema) bool {
		if circle, seen := onPath[s]; seen {
			return circle
		}
		onPath[s] = true
		found := slices.ContainsFunc(s.any, leadsToItself)
		onPath[s] = found
		return found
	}
	if slices.ContainsFunc(all, leadsToItself) {
		return errors.New("an anyOf or oneOf leads to itself")
	}
	return nil
}

// leastHeight returns how deep those values are nested that are nested least. It relies on
// the heights of the schemas in it.
func (s *schema) leastHeight() int {
	switch {
	case s.enum != nil && len(s.enum) == 0:
		return noValue
	case s.enum != nil:
		return 0
	case len(s.any) > 0:
		return slices.MinFunc(s.any, func(a, b *schema) int { return cmp.Compare(a.height, b.height) }).height
	}
	least := noValue
	for _, kind := range s.kinds() {
		least = min(least, s.heightAs(kind))
	}
	return least
}

// kinds returns the types of the values that are made.
func (s *schema) kinds() []string {
	if len(s.types) == 0 {
		return []string{"null", "boolean", "integer", "number", "string"}
	}
	return s.types
}

// heightAs is leastHeight for values of a type.
func (s *schema) heightAs(kind string) int {
	within := 0
	switch kind {
	case "array":
		if n, _ := s.least["minItems"].(int64); n == 0 {
			return 0
		}
		if s.items != nil {
			within = s.items.height
		}
	case "object":
		if len(s.required) == 0 {
			return 0
		}
		for _, name := range s.required {
			if member := s.memberSchema(name); member != nil {
				within = max(within, member.height)
			}
		}
	default:
		return 0
	}
	return min(noValue, 1+within)
}

// memberSchema returns the schema of a member; nil: any value.
func (s *schema) memberSchema(name string) *schema {
	if inner, known := s.properties[name]; known {
		return inner
	}
	return s.rest
}

// Generate returns the next example, or a random value of the schema.
func (g *schemaGenerator) Generate(r *rand.Rand) any {
	if len(g.first) > 0 {
		next := g.first[0]
		g.first = g.first[1:]
		return next
	}
	return g.generate(g.root, r, 0)
}

// Values that are nested deeper than maxNested have only what they must have, and are of
// those types that are nested least.
const maxNested = 6

// choose returns one of several, of which those have values that have a height. In deep
// values it is one of the least height.
func choose[T any](all []T, r *rand.Rand, depth int, height func(T) int) T {
	most := noValue - 1
	if depth >= maxNested {
		most = height(slices.MinFunc(all, func(a, b T) int { return cmp.Compare(height(a), height(b)) }))
	}
	all = slices.DeleteFunc(slices.Clone(all), func(one T) bool { return height(one) > most })
	return all[r.IntN(len(all))]
}

func (g *schemaGenerator) generate(s *schema, r *rand.Rand, depth int) any {
	if s == nil {
		s = &schema{}
	}
	if len(s.enum) > 0 {
		return s.enum[r.IntN(len(s.enum))]
	}
	if len(s.any) > 0 {
		return g.generate(choose(s.any, r, depth, func(one *schema) int { return one.height }), r, depth)
	}
	if pool := g.fitting(s); len(pool) > 0 && r.IntN(2) == 0 {
		return pool[r.IntN(len(pool))]
	}
	switch choose(s.kinds(), r, depth, s.heightAs) {
	case "boolean":
		return r.IntN(2) == 0
	case "integer":
		return g.number(s, r, true)
	case "number":
		return g.number(s, r, false)
	case "string":
		return randomString(r, s.count(r, "minLength", "maxLength", depth))
	case "array":
		items := []any{}
		if s.items != nil && s.items.height >= noValue {
			return items
		}
		for range s.count(r, "minItems", "maxItems", depth) {
			item := g.generate(s.items, r, depth+1)
			if !s.unique || !slices.ContainsFunc(items, func(one any) bool { return value.Equal(one, item) }) {
				items = append(items, item)
			}
		}
		return items
	case "object":
		o := value.NewObject(len(s.properties))
		for _, name := range sortedKeys(s.properties) {
			if slices.Contains(s.required, name) || depth < maxNested && r.IntN(2) == 0 && s.properties[name].height < noValue {
				o.Set(name, g.generate(s.properties[name], r, depth+1))
			}
		}
		for _, name := range s.required {
			if !o.Has(name) {
				o.Set(name, g.generate(s.rest, r, depth+1))
			}
		}
		return o
	}
	return nil
}

// fitting returns the constants of the machine, and the values of examples, that are valid.
func (g *schemaGenerator) fitting(s *schema) (all []any) {
	for _, v := range g.constants {
		if s.accepts(v) {
			all = append(all, v)
		}
	}
	if kind := s.types; len(kind) == 1 && (kind[0] == "object" || kind[0] == "array") {
		return all // so that examples are mixed
	}
	return append(all, s.seen...)
}

// count returns a random length.
func (s *schema) count(r *rand.Rand, least, most string, depth int) int {
	from, _ := s.least[least].(int64)
	const usual = 5
	to := from + usual
	if limit, ok := s.least[most].(int64); ok {
		to = min(to, max(from, limit))
		if r.IntN(8) == 0 && limit < 1000 {
			return int(max(from, limit)) // the longest
		}
	}
	if depth >= maxNested {
		return int(from)
	}
	return int(from + r.Int64N(to-from+1))
}

const letters = "abcxyzABC019 _-.:/'\"\\\n\x00éß漢😀"

func randomString(r *rand.Rand, length int) string {
	pool := []rune(letters)
	if r.IntN(2) == 0 {
		pool = pool[:9]
	}
	var b strings.Builder
	for range length {
		b.WriteRune(pool[r.IntN(len(pool))])
	}
	return b.String()
}

// number returns a small number, one between the limits of the schema, or one near them.
func (g *schemaGenerator) number(s *schema, r *rand.Rand, whole bool) any {
	low, high, near := int64(-100), int64(100), []any{int64(0), int64(1), int64(1_000_000)}
	for _, keyword := range []string{"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"} {
		limit, ok := s.least[keyword]
		if !ok {
			continue
		}
		var f float64
		if value.Decode(limit, &f) != nil || f < -1e15 || f > 1e15 {
			f = 0
		}
		near = append(near, limit, int64(f)-1, int64(f), int64(f)+1)
		if strings.HasSuffix(keyword, "inimum") {
			low, high = int64(f), max(high, int64(f)+200)
		} else {
			low, high = min(low, int64(f)), int64(f)
		}
	}
	const tries = 100
	for range tries {
		n := near[r.IntN(len(near))]
		if r.IntN(3) > 0 {
			n = low + r.Int64N(max(1, high-low+1))
		}
		if i, ok := n.(int64); ok && !whole && r.IntN(2) == 0 {
			n = float64(i) + 0.5
		}
		if s.accepts(n) {
			return n
		}
	}
	return int64(0) // no number is valid, or few are: the value is not used
}
