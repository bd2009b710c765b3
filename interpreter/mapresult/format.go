package mapresult

import "github.com/gostates/gostates/value"

// Transformation says what an entry of the results is.
type Transformation string

// The transformations of a WriterConfig. Records of children that did not
// succeed are never transformed.
const (
	None    Transformation = "NONE"    // the child's record; also the empty string
	Compact Transformation = "COMPACT" // the child's output
	Flatten Transformation = "FLATTEN" // the elements of an output that is an array, any other output itself
)

// OutputType says how entries stand in a file.
type OutputType string

// The output types of a WriterConfig.
const (
	JSON  OutputType = "JSON"  // elements of one array; also the empty string
	JSONL OutputType = "JSONL" // one entry a line
)

// Format is a WriterConfig. The zero value is that of a ResultWriter without
// one: records in JSON.
type Format struct {
	Transformation Transformation
	OutputType     OutputType
}

// Separator returns the byte between two entries of a file.
func (f Format) Separator() byte {
	if f.OutputType == JSONL {
		return '\n'
	}
	return ','
}

// AppendEntry appends what a file has of the record, and returns the number of
// entries that it appended. Flatten makes several of one record, with separators
// between them, or none of the output [].
func (f Format) AppendEntry(dst []byte, r *Record) ([]byte, int) {
	if r.Status != Succeeded || f.Transformation == "" || f.Transformation == None {
		return r.Append(dst), 1
	}
	elements, isArray := r.Output.([]any)
	if f.Transformation != Flatten || !isArray {
		return value.Append(dst, r.Output), 1
	}
	for i, e := range elements {
		if i > 0 {
			dst = append(dst, f.Separator())
		}
		dst = value.Append(dst, e)
	}
	return dst, len(elements)
}

// AppendValues appends the elements that the record adds to the array that a Map
// without a Resource in its ResultWriter returns. A Map without a ResultWriter
// has the transformation Compact (docs/evidence.md#results-in-memory).
func (f Format) AppendValues(dst []any, r *Record) []any {
	if r.Status != Succeeded || f.Transformation == "" || f.Transformation == None {
		return append(dst, r.Value())
	}
	if elements, isArray := r.Output.([]any); isArray && f.Transformation == Flatten {
		return append(dst, elements...)
	}
	return append(dst, r.Output)
}
