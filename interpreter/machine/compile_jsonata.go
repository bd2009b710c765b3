package machine

import (
	"errors"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// expression is a compiled {% %} string.
type expression struct {
	*jsonata.Expr
	text     string // without the delimiters
	location string // within the state, such as Output/a/b[0]
	lookup
}

// data is a compiled field of a JSONata state: a JSON value that may contain
// expressions. One of expr, fields and items is set; for a literal, none is.
type data struct {
	location string // of the whole field, such as Catch[0]/Assign
	literal  any
	expr     *expression
	fields   []dataField
	items    []data
}

type dataField struct {
	key string
	data
}

// query holds the compiled fields of a JSONata state. Absent fields are nil.
type query struct {
	output, assign        *data
	items                 *data       // of a Map state
	seconds, timestamp    *expression // of a Wait state
	err, cause            *expression // of a Fail state
	width, count, percent *expression // of a Map state
}

// compileQuery compiles the fields that may contain expressions in a JSONata state.
func (c *compiler) compileQuery(source asl.State) *query {
	q := new(query)
	n := source.Base().Node
	leaving := func(f *asl.DataFlow, assign asl.Opt[asl.Template]) {
		q.output, q.assign = c.compileField(n, f.Output, "Output"), c.compileField(n, assign, "Assign")
	}
	switch source := source.(type) {
	case *asl.PassState:
		leaving(&source.DataFlow, source.Assign)
	case *asl.TaskState:
		leaving(&source.DataFlow, source.Assign)
	case *asl.ChoiceState:
		leaving(&source.DataFlow, source.Assign)
	case *asl.WaitState:
		leaving(&source.DataFlow, source.Assign)
		q.seconds = c.compileInteger(n, source.Seconds, "Seconds")
		q.timestamp = c.compileExpression(n, source.Timestamp.Value.Expression, "Timestamp")
	case *asl.SucceedState:
		leaving(&source.DataFlow, asl.Opt[asl.Template]{})
	case *asl.FailState:
		q.err = c.compileExpression(n, source.Error.Value.Expression, "Error")
		q.cause = c.compileExpression(n, source.Cause.Value.Expression, "Cause")
	case *asl.ParallelState:
		leaving(&source.DataFlow, source.Assign)
	case *asl.MapState:
		leaving(&source.DataFlow, source.Assign)
		q.items = c.compileField(n, source.Items, "Items")
		q.width = c.compileInteger(n, source.MaxConcurrency, "MaxConcurrency")
		q.count = c.compileInteger(n, source.ToleratedFailureCount, "ToleratedFailureCount")
		q.percent = c.compileExpression(n, source.ToleratedFailurePercentage.Value.Expression, "ToleratedFailurePercentage")
	}
	return q
}

// compileExpression compiles the expression of a field. It returns nil if x is nil.
func (c *compiler) compileExpression(n asl.Node, x *asl.Expression, location string) *expression {
	if x == nil {
		return nil
	}
	source, _ := asl.ExpressionSource(x.Text)
	e := &expression{text: strings.TrimSpace(source), location: location, Expr: x.Parsed}
	if e.Expr != nil {
		e.lookup = newLookup(e.Path())
		return e
	}
	var err error
	if e.Expr, err = jsonata.Compile(e.text, intrinsics.Dialect); err != nil {
		message := err.Error()
		var syntax *jsonata.Error
		if errors.As(err, &syntax) {
			message = syntax.Message
		}
		c.errors = append(c.errors, asl.Diagnostic{
			Severity: asl.SeverityError,
			Code:     asl.CodeInvalidJSONata,
			Message:  message,
			Location: n.Location + "/" + location,
			Pos:      n.Pos,
		})
		return nil
	}
	e.lookup = newLookup(e.Path())
	return e
}

func (c *compiler) compileInteger(n asl.Node, o asl.Opt[asl.Integer], location string) *expression {
	return c.compileExpression(n, o.Value.Expression, location)
}

// compileField compiles a field. It returns nil if the field is absent.
func (c *compiler) compileField(n asl.Node, o asl.Opt[asl.Template], location string) *data {
	if !o.IsSet() {
		return nil
	}
	expressions := o.Value.Expressions
	d, _ := c.compileValue(n, o.Value.Source, &expressions, location)
	d.location = location
	return &d
}

// compileValue compiles one value of a field, and reports whether it contains an
// expression. It takes the parsed expressions from parsed, unless they do not match
// the value: a host may build or change a definition.
func (c *compiler) compileValue(n asl.Node, v any, parsed *[]*asl.Expression, location string) (d data, dynamic bool) {
	switch v := v.(type) {
	case string:
		if e := c.compileExpression(n, nextExpression(v, parsed), location); e != nil {
			return data{expr: e}, true
		}
	case *value.Object:
		for i := range v.Len() {
			key, member := v.At(i).Key, v.At(i).Value
			m := data{literal: member}
			if mayBeDynamic(member) {
				m, dynamic = c.compileValue(n, member, parsed, location+"/"+key)
			}
			if dynamic && d.fields == nil {
				d.fields = make([]dataField, i, v.Len())
				for j := range i {
					d.fields[j] = dataField{v.At(j).Key, data{literal: v.At(j).Value}}
				}
			}
			if d.fields != nil {
				d.fields = append(d.fields, dataField{key, m})
			}
		}
		if d.fields != nil {
			return d, true
		}
	case []any:
		for i, item := range v {
			m := data{literal: item}
			if mayBeDynamic(item) {
				m, dynamic = c.compileValue(n, item, parsed, location+"["+strconv.Itoa(i)+"]")
			}
			if dynamic && d.items == nil {
				d.items = make([]data, i, len(v))
				for j := range i {
					d.items[j].literal = v[j]
				}
			}
			if d.items != nil {
				d.items = append(d.items, m)
			}
		}
		if d.items != nil {
			return d, true
		}
	}
	return data{literal: v}, false
}

// mayBeDynamic reports whether a value is an expression or may contain one.
func mayBeDynamic(v any) bool {
	switch v := v.(type) {
	case string:
		_, ok := asl.ExpressionSource(v)
		return ok
	case *value.Object, []any:
		return true
	}
	return false
}

// nextExpression returns the expression of a string: the first of parsed, if it has
// this text. It returns nil if the string is not an expression.
func nextExpression(text string, parsed *[]*asl.Expression) *asl.Expression {
	if _, ok := asl.ExpressionSource(text); !ok {
		return nil
	}
	if list := *parsed; len(list) > 0 && list[0].Text == text {
		*parsed = list[1:]
		return list[0]
	}
	return &asl.Expression{Text: text}
}
