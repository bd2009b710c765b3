package graph

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

const distributedMap = "Distributed Map"

// describeState summarizes a state in a few words.
func describeState(s asl.State) string {
	kind := s.Base().Type
	switch s := s.(type) {
	case *asl.TaskState:
		resource, pattern := splitPattern(shortResource(s.Resource.Value))
		what := joinSentence(joinSentence(joinSentence(kind, resource), pattern), describeRetry(s.Retry))
		if limit := s.TimeoutSeconds.Value; s.TimeoutSeconds.IsSet() && limit.Expression == nil {
			what = joinSentence(what, "timeout "+describeSeconds(limit.Value))
		}
		return what
	case *asl.ParallelState:
		return joinSentence(kind, describeRetry(s.Retry))
	case *asl.WaitState:
		return strings.TrimSpace(kind + " " + describeWait(s))
	case *asl.FailState:
		return joinSentence(kind, describeFailure(s))
	case *asl.MapState:
		if s.Processor().Distributed() {
			kind = distributedMap
		}
		return joinSentence(kind, describeRetry(s.Retry))
	}
	return kind
}

// splitPattern splits the integration pattern from a resource, in a word.
func splitPattern(resource string) (without, pattern string) {
	for _, p := range []struct{ suffix, word string }{{".waitForTaskToken", "callback"}, {".sync", "sync"}, {".sync:2", "sync:2"}} {
		if without, ok := strings.CutSuffix(resource, p.suffix); ok {
			return without, p.word
		}
	}
	return resource, ""
}

// describeRetry tells how many attempts the Retriers of a state add at most: "up to 3
// retries".
func describeRetry(retry []asl.Retrier) string {
	const unset = 3
	var sum int64
	for i := range retry {
		sum += max(0, min(retry[i].MaxAttempts.Or(unset), math.MaxInt32))
	}
	if sum == 0 {
		return ""
	}
	return "up to " + countRetries(int(min(sum, math.MaxInt32)))
}

// oneLine joins the lines of an expression.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func joinSentence(kind, what string) string {
	if what == "" {
		return kind
	}
	return kind + " · " + what
}

// shortResource omits the parts of an ARN that all tasks share. It ignores
// colons in placeholders of templates, such as ${AWS::Region}.
func shortResource(resource string) string {
	const before = 5 // arn:partition:service:region:account:resource
	if !strings.HasPrefix(resource, "arn:") {
		return resource
	}
	colons, depth := 0, 0
	for i, r := range resource {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case r == ':' && depth <= 0:
			colons++
		}
		if colons == before && i+1 < len(resource) {
			return resource[i+1:]
		}
	}
	return resource
}

func describeWait(s *asl.WaitState) string {
	switch {
	case s.Seconds.IsSet() && s.Seconds.Value.Expression != nil:
		text := shortenExpression(s.Seconds.Value.Expression.Text)
		if strings.Contains(text, " ") {
			text = "(" + text + ")"
		}
		return text + " s"
	case s.Seconds.IsSet():
		return describeSeconds(s.Seconds.Value.Value)
	case s.SecondsPath.IsSet():
		return s.SecondsPath.Value.Text + " s"
	case s.Timestamp.IsSet():
		return "until " + stringField(s.Timestamp)
	case s.TimestampPath.IsSet():
		return "until " + s.TimestampPath.Value.Text
	}
	return ""
}

// describeSeconds returns a duration in common units. Absurd numbers of faulty
// definitions stay seconds.
func describeSeconds(n int64) string {
	const most = math.MaxInt64 / int64(time.Second)
	if n < 0 || n > most {
		return strconv.FormatInt(n, 10) + " s"
	}
	return describeDuration(time.Duration(n) * time.Second)
}

func describeFailure(s *asl.FailState) string {
	if s.ErrorPath.IsSet() {
		return s.ErrorPath.Value.Text
	}
	return stringField(s.Error)
}

// stringField returns the string of a field, or its expression.
func stringField(f asl.Opt[asl.String]) string {
	if e := f.Value.Expression; e != nil {
		return shortenExpression(e.Text)
	}
	return f.Value.Value
}

// shortenExpression removes the {% %} from an expression.
func shortenExpression(text string) string {
	if source, ok := asl.ExpressionSource(text); ok {
		return cmp.Or(oneLine(withoutComments(source)), oneLine(source))
	}
	return text
}

// withoutComments replaces the comments of a JSONata expression by spaces.
func withoutComments(source string) string {
	var b strings.Builder
	for source != "" {
		end := 1
		switch quote := source[0]; quote {
		case '"', '\'', '`':
			for end < len(source) && source[end] != quote {
				if source[end] == '\\' && quote != '`' {
					end++
				}
				end++
			}
			end = min(end+1, len(source))
		case '/':
			comment, ok := strings.CutPrefix(source, "/*")
			if _, after, closed := strings.Cut(comment, "*/"); ok && closed {
				b.WriteByte(' ')
				source = after
				continue
			}
		}
		b.WriteString(source[:end])
		source = source[end:]
	}
	return b.String()
}

// Limits for the text of a rule. A longer one is unreadable in a picture.
const (
	maxRuleDepth = 6
	maxRuleText  = 400 // bytes, approximately
)

// ruleText writes a Choice rule like an expression of a program.
func ruleText(r *asl.ChoiceRule) string {
	var b strings.Builder
	writeRule(&b, r, 0)
	return oneLine(b.String())
}

func writeRule(b *strings.Builder, r *asl.ChoiceRule, depth int) {
	switch {
	case depth > maxRuleDepth || b.Len() > maxRuleText:
		b.WriteString("…")
	case r.Condition.IsSet():
		if e := r.Condition.Value.Expression; e != nil {
			b.WriteString(shortenExpression(e.Text))
		} else {
			b.WriteString(strconv.FormatBool(r.Condition.Value.Value))
		}
	case r.And != nil:
		writeRules(b, r.And, " and ", depth)
	case r.Or != nil:
		writeRules(b, r.Or, " or ", depth)
	case r.Not != nil:
		b.WriteString("not (")
		writeRule(b, r.Not, depth+1)
		b.WriteByte(')')
	default:
		writeComparison(b, r)
	}
}

func writeRules(b *strings.Builder, rules []asl.ChoiceRule, between string, depth int) {
	for i := range rules {
		if i > 0 {
			b.WriteString(between)
		}
		if b.Len() > maxRuleText {
			b.WriteString("…")
			return
		}
		compound := rules[i].And != nil || rules[i].Or != nil
		if compound {
			b.WriteByte('(')
		}
		writeRule(b, &rules[i], depth+1)
		if compound {
			b.WriteByte(')')
		}
	}
}

// signs maps the ends of operator names to operators. Longer names come first.
var signs = []struct{ name, sign string }{
	{"LessThanEquals", "<="},
	{"GreaterThanEquals", ">="},
	{"LessThan", "<"},
	{"GreaterThan", ">"},
	{"Equals", "=="},
	{"Matches", "matches"},
}

func writeComparison(b *strings.Builder, r *asl.ChoiceRule) {
	b.WriteString(r.Variable.Value.Text)
	if what, ok := strings.CutPrefix(r.Operator, "Is"); ok {
		is := " is "
		if r.Operand == false {
			is = " is not "
		}
		b.WriteString(is + strings.ToLower(what))
		return
	}
	sign := r.Operator
	for _, s := range signs {
		if strings.HasSuffix(r.Operator, s.name) {
			sign = s.sign
			break
		}
	}
	b.WriteString(" " + sign + " ")
	if r.OperandPath.IsSet() {
		b.WriteString(r.OperandPath.Value.Text)
	} else {
		b.WriteString(value.String(r.Operand))
	}
}

// describeDuration returns a duration in common units: "250 ms", "2.5 s", "3
// min 5 s", "30 d".
func describeDuration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(d.Truncate(time.Millisecond).Seconds(), 'f', -1, 64) + " s"
	case d < time.Hour:
		return describeUnits(d, time.Minute, " min", time.Second, " s")
	case d < day:
		return describeUnits(d, time.Hour, " h", time.Minute, " min")
	}
	return describeUnits(d, day, " d", time.Hour, " h")
}

func describeUnits(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	text := strconv.FormatInt(int64(d/large), 10) + largeName
	if rest := int64(d % large / small); rest > 0 {
		text += " " + strconv.FormatInt(rest, 10) + smallName
	}
	return text
}

func countRetries(n int) string {
	if n == 1 {
		return "1 retry"
	}
	return strconv.Itoa(n) + " retries"
}

func pluralOf(n int, what string) string {
	text := strconv.Itoa(n) + " " + what
	if n != 1 {
		text += "s"
	}
	return text
}

// text is what stands at the edge in a picture: the number of a rule, because the first
// one that matches is taken, and its Comment if it has one.
func (e *Edge) text() string {
	text := e.Label
	if e.Kind == Choice {
		text = cmp.Or(oneLine(e.Comment), text)
	}
	const circledOne, circled = '①', 20
	switch {
	case e.Number > circled:
		return "(" + strconv.Itoa(e.Number) + ") " + text
	case e.Number > 0:
		return string(circledOne+rune(e.Number-1)) + " " + text
	}
	return text
}
