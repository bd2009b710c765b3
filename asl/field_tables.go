package asl

// languages is a set of query languages.
type languages uint8

const (
	pathOnly languages = 1 << JSONPath
	ataOnly  languages = 1 << JSONata
	both               = pathOnly | ataOnly
)

func (l languages) includes(q QueryLanguage) bool { return l&(1<<q) != 0 }

// otherLanguage returns the language that q is not.
func (q QueryLanguage) otherLanguage() QueryLanguage {
	if q == JSONata {
		return JSONPath
	}
	return JSONata
}

// fields has the fields of an object and their languages.
type fields map[string]languages

// joinFields merges tables.
func joinFields(tables ...fields) fields {
	all := fields{}
	for _, t := range tables {
		for name, l := range t {
			all[name] = l
		}
	}
	return all
}

// Fields that several state types share.
var (
	baseFields = fields{"Type": both, "Comment": both, "QueryLanguage": both}
	flowFields = fields{"InputPath": pathOnly, "OutputPath": pathOnly, "Output": ataOnly}
	nextFields = fields{"Next": both, "End": both}
	workFields = fields{"ResultSelector": pathOnly, "ResultPath": pathOnly, "Parameters": pathOnly, "Retry": both, "Catch": both}
)

// stateFields has the fields of each state type.
var stateFields = map[string]fields{
	"Task":     taskFields,
	"Parallel": parallelFields,
	"Map":      mapFields,
	"Pass":     passFields,
	"Wait":     waitFields,
	"Choice":   choiceFields,
	"Succeed":  succeedFields,
	"Fail":     failFields,
}

// stateTypes has the state types in the order in which AWS lists them.
var stateTypes = []string{"Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"}
