package conformance

import (
	"encoding/base64"
	"fmt"

	"github.com/gostates/gostates/value"
)

// file is an object that exists before the execution starts.
type file struct {
	bucket, key string
	body        []byte
}

func readFiles(list []any) ([]file, error) {
	var files []file
	for i, v := range list {
		o, _ := v.(*value.Object)
		f := file{bucket: textOf(o, "bucket"), key: textOf(o, "key"), body: []byte(textOf(o, "body"))}
		if o.Has("bodyBase64") {
			var err error
			if f.body, err = base64.StdEncoding.DecodeString(textOf(o, "bodyBase64")); err != nil {
				return nil, fmt.Errorf("files[%d]: %w", i, err)
			}
		}
		files = append(files, f)
	}
	return files, nil
}

// buckets returns the buckets of files and results.
func (s *scenario) buckets() []string {
	var names []string
	for _, f := range s.files {
		names = append(names, f.bucket)
	}
	for m := range s.mapRunStates() {
		if w := m.ResultWriter; w != nil {
			for _, source := range []any{w.Parameters.Value.Source, w.Arguments.Value.Source} {
				if o, ok := source.(*value.Object); ok {
					names = append(names, textOf(o, "Bucket"))
				}
			}
		}
	}
	return names
}
