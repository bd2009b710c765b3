package asltest

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
)

// Files gives the run an object store in memory with these files, which ItemReaders
// read and ResultWriters add to. Keys are "bucket/key" or "s3://bucket/key"; values are
// the contents. "bucket/" is an empty bucket: as on AWS, results need one that exists.
//
//	asltest.Files(map[string]string{"sales/2026-01.csv": "id,price\n1,20\n", "results/": ""})
//
// Several Files add up. In [Execution.Redrive] they add or replace files.
func Files(contents map[string]string) Option {
	return option(func(c *config) {
		for _, name := range sortedKeys(contents) {
			bucket, key, ok := strings.Cut(strings.TrimPrefix(name, "s3://"), "/")
			if !ok || bucket == "" {
				c.addProblem("Files: %q is not of the form bucket/key; an empty bucket is %q", name, bucket+"/")
				continue
			}
			c.files = append(c.files, file{bucket, key, contents[name]})
		}
	})
}

// Format lets the ItemReaders of the run read a format of the host, such as PARQUET of the
// module interpreter/objects/parquet, by the InputType of the ReaderConfig.
func Format(inputType string, f itemreader.Format) Option {
	return option(func(c *config) {
		if f == nil {
			c.addProblem("Format(%q, nil): the format is nil", inputType)
			return
		}
		c.formats = maps.Clone(c.formats)
		if c.formats == nil {
			c.formats = make(map[string]itemreader.Format)
		}
		c.formats[inputType] = f
	})
}

// file is an object; without a key, an empty bucket.
type file struct{ bucket, key, content string }

// addFiles puts the files among the options into the store.
func (w *world) addFiles() {
	if w.files == nil {
		return
	}
	before := w.readFiles()
	for _, f := range w.files {
		if !slices.Contains(w.buckets, f.bucket) {
			w.buckets = append(w.buckets, f.bucket)
		}
	}
	w.store = objects.Memory(w.buckets...)
	w.store.Now = func() time.Time { return time.Unix(0, w.now).UTC() }
	for _, f := range slices.Concat(before, w.files) {
		if f.key != "" {
			w.store.Set(f.bucket, f.key, []byte(f.content))
		}
	}
	w.files = nil
}

// readFiles returns all objects of the store.
func (w *world) readFiles() []file {
	var all []file
	for _, bucket := range w.buckets {
		for after, more := "", true; more; {
			page, err := w.store.List(context.Background(), bucket, objects.ListOptions{After: after})
			if err != nil {
				return all // of a store in memory there is none
			}
			for _, info := range page.Objects {
				all = append(all, file{bucket, info.Key, w.readFile(bucket, info.Key)})
				after = info.Key
			}
			more = page.More
		}
	}
	return all
}

func (w *world) readFile(bucket, key string) string {
	o, err := w.store.Get(context.Background(), bucket, key, objects.GetOptions{})
	if err != nil {
		return ""
	}
	defer o.Body.Close()
	content, _ := io.ReadAll(o.Body)
	return string(content)
}

// Files returns all files after the run, by "bucket/key": those of the option [Files]
// and the results.
func (x *Execution) Files() map[string]string {
	files := make(map[string]string)
	for _, f := range x.run.readFiles() {
		files[f.bucket+"/"+f.key] = f.content
	}
	return files
}
