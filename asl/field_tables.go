package asl

// languages are the query languages that know a field.
type languages uint8

const (
	pathOnly languages = 1 << JSONPath
	ataOnly  languages = 1 << JSONata
	both               = pathOnly | ataOnly
)

func (l languages) includes(q QueryLanguage) bool { return l&(1<<q) != 0 }

// otherLanguage is the language that q is not.
func (q QueryLanguage) otherLanguage() QueryLanguage {
	if q == JSONata {
		return JSONPath
	}
	return JSONata
}

// fields are the fields that an object may have.
type fields map[string]languages

// joinFields makes one table of several.
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

// stateFields are the fields of each state type.
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

// stateTypes are the state types in the order in which AWS lists them.
var stateTypes = []string{"Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"}
