package resultwriter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// manifestFile is a result file in a manifest.
type manifestFile struct {
	Key  string
	Size int64 // bytes
}

const manifestName = "manifest.json"

// appendManifest appends a manifest as AWS writes it.
func appendManifest(dst []byte, bucket, mapRunArn string, files [kinds][]manifestFile) []byte {
	dst = append(dst, `{"DestinationBucket":`...)
	dst = value.AppendString(dst, bucket)
	dst = append(dst, `,"MapRunArn":`...)
	dst = value.AppendString(dst, mapRunArn)
	dst = append(dst, `,"ResultFiles":{`...)
	for i, k := range []kind{failed, pending, succeeded} {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(append(dst, kindNames[k]...), `":[`...)
		for j, f := range files[k] {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, `{"Key":`...)
			dst = value.AppendString(dst, f.Key)
			dst = append(dst, `,"Size":`...)
			dst = append(strconv.AppendInt(dst, f.Size, 10), '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, "}}"...)
}

// maxManifest is the size of the largest manifest that is read, in bytes.
const maxManifest = 64 << 20

// earlierFiles returns the files of children that succeeded in earlier attempts.
// The newest manifest names those of all attempts before it.
func (a *attempt) earlierFiles(ctx context.Context) ([]manifestFile, error) {
	for n := a.redrive - 1; n >= 0; n-- {
		var files []manifestFile
		key := a.folderOf(n) + manifestName
		var missing bool
		_, err := callStore(ctx, func() error {
			var found []manifestFile
			err := readManifest(a.life, a.store, a.bucket, key, &found)
			if missing = errors.Is(err, objects.ErrNoSuchKey); missing {
				return nil
			}
			files = found
			return err
		}, nil)
		if err != nil {
			return nil, failWriting(err, "Failed to read %s, the manifest of an earlier attempt.", key)
		}
		if !missing {
			return files, nil
		}
	}
	return nil, nil
}

func readManifest(ctx context.Context, store objects.Objects, bucket, key string, succeeded *[]manifestFile) error {
	o, err := store.Get(ctx, bucket, key, objects.GetOptions{})
	if err != nil {
		return err
	}
	if o == nil || o.Body == nil {
		return errors.New("the object store returned no object")
	}
	defer o.Body.Close()
	text, err := io.ReadAll(io.LimitReader(o.Body, maxManifest+1))
	if err != nil {
		return err
	}
	if len(text) > maxManifest {
		return fmt.Errorf("larger than %d bytes", maxManifest)
	}
	var manifest struct {
		ResultFiles struct {
			Succeeded []manifestFile `json:"SUCCEEDED"`
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("not a manifest: %w", err)
	}
	*succeeded = manifest.ResultFiles.Succeeded
	return nil
}

// writeManifest writes the manifest of the attempt, with the files written so far.
func (a *attempt) writeManifest(ctx context.Context, message string) error {
	var files [kinds][]manifestFile
	for k := range kinds {
		files[k] = a.files[k].done
	}
	files[succeeded] = slices.Concat(a.earlier, files[succeeded])
	text := appendManifest(nil, a.bucket, a.mapRunArn, files)
	var object objects.Writer
	_, err := callStore(ctx, func() (err error) {
		if object, err = openObject(a.life, a.store, a.bucket, a.folder+manifestName); err != nil {
			return err
		}
		err = writeObject(object, text)
		if err == nil && ctx.Err() != nil { // another process may have written a newer one
			err = context.Cause(ctx)
		}
		if err != nil {
			_ = object.Abort()
			return err
		}
		return object.Close()
	}, func() {
		if object != nil {
			_ = object.Abort()
		}
	})
	return failWriting(err, "%s", message)
}
