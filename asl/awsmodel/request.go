package awsmodel

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

const (
	missing        = "The field '%s' is required but was missing"
	unsupported    = "The field '%s' is not supported by Step Functions"
	unknown        = `The field "%s" is not supported by Step Functions`
	didYouMean     = unknown + ". Did you mean '%s'?"
	mustBe         = "The value for the field '%s' must be %s"
	noBooleanText  = "Cannot deserialize value of type `java.lang.Boolean` from String \"%s\": only \"true\" or \"false\" recognized"
	noBooleanFloat = "Cannot deserialize value of type `java.lang.Boolean` from Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)"
	noStructure    = "Cannot construct instance of `software.amazon.awssdk.services.%s.model.%s$BuilderImpl` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('%s')"
)

// CheckRequest returns what AWS says about the parameters of a Task when it
// creates a state machine, one message a mistake. An empty list means that nothing
// is wrong, or that the models do not have the resource. In the parameters of a
// JSONPath state, names that end with ".$" have values that are not known yet;
// jsonata says that strings with {% %} are expressions instead. The same holds
// for a name or a string with a placeholder, as in ${Bucket}.
//
// Of aws-sdk it checks required parameters, names and types. Of an optimized
// integration it checks required parameters.
func (Models) CheckRequest(resource string, parameters *value.Object, jsonata bool) []string {
	r := &request{integration: parseResource(resource), jsonata: jsonata}
	r.model = r.findModel()
	in, _ := r.model.findOperation(r.action)
	if found := r.missing(in, parameters); len(found) > 0 {
		return found
	}
	if r.sdk && in != nil {
		if text := r.checkMembers(in, parameters, true); text != "" {
			return []string{text}
		}
	}
	var found []string
	if !r.sdk && r.service == "ecs" && r.action == "runTask" && r.pattern == ".sync" {
		for key := range parameters.All() {
			if name, _ := r.nameOf(key); slices.Contains(runTaskRefused, name) {
				found = append(found, fmt.Sprintf(unsupported, name))
			}
		}
	}
	return found
}

// request is a check of a request.
type request struct {
	integration
	model   *service
	jsonata bool
}

// missing returns a message for each required parameter that is missing, in the
// order of the model (docs/evidence.md#model-order). The body is required too
// (docs/evidence.md#model-body), what the SDK fills in is not
// (docs/evidence.md#model-token).
func (r *request) missing(in *structure, parameters *value.Object) (found []string) {
	given := func(isCalled func(name string) bool) bool {
		for key := range parameters.All() {
			if name, _ := r.nameOf(key); isCalled(name) || hasPlaceholder(name) {
				return true
			}
		}
		return false
	}
	if own := ownRequired[r.service+":"+r.action]; own != nil && !r.sdk {
		for _, names := range own {
			if !given(func(name string) bool { return slices.Contains(names, name) }) {
				found = append(found, fmt.Sprintf(missing, names[0]))
			}
		}
		return found
	}
	if in == nil {
		return nil
	}
	report := func(roles ...role) {
		for _, m := range in.members {
			if slices.Contains(roles, m.role) && !given(func(name string) bool { return m.isCalled(name, r.sdk) }) {
				found = append(found, fmt.Sprintf(missing, m.spelled(r.sdk)))
			}
		}
	}
	report(required)
	if r.sdk {
		report(body, requiredBody)
	}
	return found
}

// nameOf returns the name of a parameter. dynamic says that its value is not
// known yet, or not checked.
func (r *request) nameOf(key string) (name string, dynamic bool) {
	name = key
	if !r.jsonata {
		name, dynamic = strings.CutSuffix(key, ".$")
	}
	if of := copyNames[name]; of != "" && r.service == "s3" && (r.action == "copyObject" || r.action == "uploadPartCopy") {
		return of, true
	}
	return name, dynamic
}

// copyNames are other names that the SDK for Java gives to parameters of calls of
// S3 that copy an object, and the names in the model (docs/evidence.md#model-copy).
var copyNames = map[string]string{
	"DestinationBucket": "Bucket", "DestinationKey": "Key",
	"SourceBucket": "CopySource", "SourceKey": "CopySource", "SourceVersionId": "CopySource",
}

// isKnown reports whether a string is neither an expression nor has a
// placeholder.
func (r *request) isKnown(text string) bool {
	return !hasPlaceholder(text) && !(r.jsonata && strings.HasPrefix(text, "{%"))
}

// hasPlaceholder reports whether a string contains one, as in ${Bucket}, which is
// filled in when the definition is deployed.
func hasPlaceholder(text string) bool {
	_, rest, found := strings.Cut(text, "${")
	return found && strings.Contains(rest, "}")
}

// checkMembers returns what AWS says about the first mistake in an object, in
// the order of the definition, or "".
func (r *request) checkMembers(st *structure, o *value.Object, top bool) string {
	for key, v := range o.All() {
		name, dynamic := r.nameOf(key)
		m := st.find(name, true)
		switch {
		case m == nil && hasPlaceholder(name):
		case m == nil && top:
			if near := nearest(name, st); near != "" {
				return fmt.Sprintf(didYouMean, name, near)
			}
			return fmt.Sprintf(unknown, name)
		case m == nil:
			return fmt.Sprintf(unknown, name)
		case !dynamic:
			if text := r.checkValue(name, m.of, v); text != "" {
				return text
			}
		}
	}
	return ""
}

// checkValue checks the value of a member (docs/evidence.md#model-types). Where
// a string is due, an object or array passes: AWS publishes definitions that
// have it.
func (r *request) checkValue(name string, of shape, v any) string {
	given, isString := v.(string)
	if v == nil || isString && !r.isKnown(given) {
		return ""
	}
	switch of.kind() {
	case aString, anEnum:
		if isNumber(v) || isBool(v) {
			return fmt.Sprintf(mustBe, name, "a STRING")
		}
	case anInteger, aLong:
		if _, isFloat := v.(float64); isString || isFloat || isBool(v) {
			return fmt.Sprintf(mustBe, name, "an INTEGER")
		}
	case aBoolean:
		if _, isFloat := v.(float64); isFloat {
			return noBooleanFloat
		}
		if isString && !slices.Contains(booleanStrings, strings.TrimSpace(given)) {
			return fmt.Sprintf(noBooleanText, given)
		}
	default:
		return r.checkNested(of, v)
	}
	return ""
}

// booleanStrings are the strings that pass for a boolean.
var booleanStrings = []string{"", "null", "true", "True", "TRUE", "false", "False", "FALSE"}

// checkNested checks the structures in a value. About strings and numbers in a
// list or map it says nothing: it is not known by what name AWS calls them
// (docs/evidence.md#model-unchecked).
func (r *request) checkNested(of shape, v any) string {
	switch v := v.(type) {
	case string:
		if st := r.structureOf(of); st != nil && r.isKnown(v) && strings.TrimSpace(v) != "" {
			return fmt.Sprintf(noStructure, r.service, st.name, v)
		}
	case []any:
		if of.kind() != aList {
			break
		}
		for _, e := range v {
			if text := r.checkNested(of.elements(), e); text != "" {
				return text
			}
		}
	case *value.Object:
		if st := r.structureOf(of); st != nil {
			return r.checkMembers(st, v, false)
		}
		if of.kind() != aMap {
			break
		}
		for key, e := range v.All() {
			if _, dynamic := r.nameOf(key); dynamic {
				continue
			}
			if text := r.checkNested(of.elements(), e); text != "" {
				return text
			}
		}
	}
	return ""
}

// structureOf returns the structure of a type, or nil.
func (r *request) structureOf(of shape) *structure {
	if of.kind() != aStructure {
		return nil
	}
	return r.model.structure(of.rest())
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64, *big.Int:
		return true
	}
	return false
}

func isBool(v any) bool {
	_, is := v.(bool)
	return is
}
