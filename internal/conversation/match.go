package conversation

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func first(all []any) any {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

var (
	reference = regexp.MustCompile(`\$\{(\d+)\.([^}:]*)(?::(-?\d+))?\}`)
	pathPart  = regexp.MustCompile(`[^.\[\]]+(?:\[[^\]]*\])?`)
	index     = regexp.MustCompile(`^([^\[]*)\[([^\]]*)\]$`)
	hole      = regexp.MustCompile(`<[^<>\s]*(?: [^<>]*)?>`)
)

// lookup returns the values at a path.
func lookup(v any, path string) []any {
	found := []any{v}
	for _, part := range pathPart.FindAllString(path, -1) {
		name, selector := part, ""
		if m := index.FindStringSubmatch(part); m != nil {
			name, selector = m[1], m[2]
		}
		var next []any
		for _, v := range found {
			o, _ := v.(map[string]any)
			member, ok := o[name]
			if !ok {
				continue
			}
			if selector == "" {
				next = append(next, member)
				continue
			}
			list, _ := member.([]any)
			next = append(next, pick(list, selector)...)
		}
		found = next
	}
	return found
}

func pick(list []any, selector string) []any {
	if selector == "*" {
		return list
	}
	if key, want, ok := strings.Cut(strings.TrimPrefix(selector, "?"), "="); ok {
		return slices.DeleteFunc(slices.Clone(list), func(v any) bool {
			o, _ := v.(map[string]any)
			return fmt.Sprint(o[key]) != want
		})
	}
	i, err := strconv.Atoi(selector)
	if i < 0 {
		i += len(list)
	}
	if err != nil || i < 0 || i >= len(list) {
		return nil
	}
	return list[i : i+1]
}

// resolve replaces references to earlier answers.
func (p *player) resolve(v any) (any, error) {
	switch v := v.(type) {
	case string:
		var failed error
		text := reference.ReplaceAllStringFunc(v, func(ref string) string {
			m := reference.FindStringSubmatch(ref)
			n, _ := strconv.Atoi(m[1])
			found, ok := first(lookup(p.answers[n], m[2])).(string)
			if !ok {
				failed = fmt.Errorf("%s finds nothing", ref)
				return ""
			}
			if m[3] != "" {
				parts := strings.Split(found, ":")
				at, _ := strconv.Atoi(m[3])
				found = parts[len(parts)+at]
			}
			return found
		})
		return text, failed
	case []any:
		all := make([]any, len(v))
		for i := range v {
			var err error
			if all[i], err = p.resolve(v[i]); err != nil {
				return nil, err
			}
		}
		return all, nil
	case map[string]any:
		all := make(map[string]any, len(v))
		for k := range v {
			var err error
			if all[k], err = p.resolve(v[k]); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return v, nil
}

// match compares an answer with the expected one. Holes are bound.
func (p *player) match(want, got any, at string) error {
	differs := fmt.Errorf("at %s: want %v, got %v", at, want, got)
	switch want := want.(type) {
	case map[string]any:
		if inner, ok := want["$json"]; ok && len(want) == 1 {
			text, isText := got.(string)
			var parsed any
			if isText && decode([]byte(text), &parsed) == nil {
				return p.match(inner, parsed, at+"$")
			}
			if isText {
				return differs
			}
			return p.match(inner, got, at)
		}
		o, ok := got.(map[string]any)
		if !ok {
			if text, isText := got.(string); isText && decode([]byte(text), &o) == nil {
				return p.match(want, any(o), at+"$")
			}
			return differs
		}
		if at == ".variableReferences" { // the recorder has sorted them
			o = sortTexts(o)
		}
		for _, k := range slices.Sorted(maps.Keys(want)) {
			if p.isOmitted(at, k) {
				continue
			}
			v, there := o[k]
			if !there {
				return fmt.Errorf("at %s: %s is missing", at, k)
			}
			if err := p.match(want[k], v, at+"."+k); err != nil {
				return err
			}
		}
		for k := range o {
			if _, known := want[k]; !known && !slices.Contains(p.c.AcceptExtra, k) && !p.isOmitted(at, k) {
				return fmt.Errorf("at %s: %s is too much", at, k)
			}
		}
		return nil
	case []any:
		if at == ".events" && p.c.EventsNormalised {
			return p.matchNormalised(want, got)
		}
		list, ok := got.([]any)
		if text, isText := got.(string); isText {
			ok = decode([]byte(text), &list) == nil
		}
		if !ok || len(list) != len(want) {
			return differs
		}
		for i := range want {
			if err := p.match(want[i], list[i], at+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		return nil
	case string:
		if p.matchText(want, got) {
			return nil
		}
		return differs
	case json.Number:
		n, ok := got.(json.Number)
		if !ok {
			if text, isText := got.(string); isText {
				n, ok = json.Number(text), true
			}
		}
		a, _ := want.Float64()
		b, err := n.Float64()
		if !ok || err != nil || a != b {
			return differs
		}
		return nil
	}
	if want != got {
		return differs
	}
	return nil
}

// isOmitted reports whether a mock does not return a member that AWS did.
func (p *player) isOmitted(at, name string) bool {
	if p.c.MockConfig == nil {
		return false
	}
	inside := strings.TrimRight(at[strings.LastIndexByte(at, '.')+1:], "$")
	return slices.ContainsFunc(p.c.LocalstackSkips, func(path string) bool {
		member := path[strings.LastIndex(path, "..")+len(".."):]
		return member != "events" && (member == name || member == inside+"."+name)
	})
}

// matchNormalised compares events of which the recorder has sorted those of a Parallel.
func (p *player) matchNormalised(want []any, got any) error {
	list, _ := got.([]any)
	kind := func(v any) any { return v.(map[string]any)["type"] }
	begin := slices.IndexFunc(list, func(v any) bool { return kind(v) == "ParallelStateStarted" }) + 1
	end := len(list) - 1
	for end > begin && kind(list[end]) != "ParallelStateExited" {
		end--
	}
	inner := slices.DeleteFunc(slices.Clone(list[begin:end]), func(v any) bool { return kind(v) == "ParallelStateSucceeded" })
	tail := len(want) - (len(list) - end)
	if begin > len(want) || tail-begin != len(inner) {
		return fmt.Errorf("at .events: %d events and not %d", len(list), len(want))
	}
	for i := range begin {
		if err := p.match(want[i], list[i], ".events[]"); err != nil {
			return err
		}
	}
	for _, w := range want[begin:tail] {
		i := slices.IndexFunc(inner, func(v any) bool {
			e := maps.Clone(v.(map[string]any))
			e["id"], e["previousEventId"] = []any{json.Number("0")}, json.Number("0")
			bound := maps.Clone(p.bound)
			err := p.match(w, e, ".events[]")
			if err != nil {
				p.bound = bound
			}
			return err == nil
		})
		if i < 0 {
			return fmt.Errorf("at .events: no event is %v", w)
		}
		inner = slices.Delete(inner, i, i+1)
	}
	for i, w := range want[tail:] {
		if err := p.match(w, list[end+i], ".events[]"); err != nil {
			return err
		}
	}
	return nil
}

func sortTexts(lists map[string]any) map[string]any {
	sorted := map[string]any{}
	for k, v := range lists {
		list, _ := v.([]any)
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		sorted[k] = list
	}
	return sorted
}

// matchText matches a string with holes.
func (p *player) matchText(want string, got any) bool {
	switch want {
	case "<*any>", "<*token>", "map_run_arn": // the last is a placeholder of the recorder
		return got != nil
	case "<*date>":
		switch v := got.(type) {
		case json.Number:
			return !strings.ContainsAny(v.String(), "eE")
		case string:
			_, err := time.Parse(time.RFC3339, v)
			return err == nil
		}
		return false
	case "<*timestamp>":
		text, _ := got.(string)
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	}
	text, ok := got.(string)
	if !ok {
		raw, err := json.Marshal(got)
		return err == nil && want == string(raw)
	}
	if text == want {
		return true
	}
	var pattern strings.Builder
	var names []string
	rest := want
	for {
		m := hole.FindStringIndex(rest)
		if m == nil {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(rest[:m[0]]))
		name := rest[m[0]:m[1]]
		rest = rest[m[1]:]
		if known, bound := p.bound[name]; bound {
			pattern.WriteString(regexp.QuoteMeta(known))
		} else {
			pattern.WriteString("(?s:(.+?))")
			names = append(names, name)
		}
	}
	pattern.WriteString(regexp.QuoteMeta(rest))
	found := regexp.MustCompile("^" + pattern.String() + "$").FindStringSubmatch(text)
	if found == nil {
		return false
	}
	for i, name := range names {
		if !strings.HasPrefix(name, "<*") {
			p.bound[name] = found[i+1]
		}
	}
	return true
}
