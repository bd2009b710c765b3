package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// native is what a case of that kind has in addition to its history.
type native struct {
	children    []any
	mapRun      *value.Object
	resultFiles *value.Object // nil if the Map Run writes none
}

// readNative reads a history with the child executions of its Map Run, the Map Run
// and the files that it has written.
func readNative(c *Case, o *value.Object) error {
	if err := readHistory(c, o); err != nil {
		return err
	}
	s := c.scenarios[0]
	if _, started := detailsOf(s.events[0]); s.context.roleArn == "" && started != nil {
		s.context.roleArn = "role_arn" // was not kept
		started.Set("roleArn", s.context.roleArn)
	}
	c.native = &native{listOf(o, "children"), objectOf(o, "mapRun"), objectOf(o, "resultFiles")}
	if c.native.children == nil || c.native.mapRun == nil {
		return errors.New("children or mapRun is missing")
	}
	return nil
}

func checkNative(c *Case) []string {
	h, t, problems := c.checkRun()
	if h == nil {
		return problems
	}
	if len(t.mapRuns) != 1 {
		return append(problems, fmt.Sprintf("expected one Map Run, got %d", len(t.mapRuns)))
	}
	h.matchJSON("children", c.native.children, t.children)
	h.matchMembers("mapRun", c.native.mapRun, describedMapRun(t.mapRuns[0]), h.matchJSON)
	names := slices.Sorted(maps.Keys(t.files))
	if want := slices.Sorted(slices.Values(c.native.resultFiles.Keys())); !slices.Equal(want, names) {
		h.noteDifference("resultFiles", "expected %q, got %q", want, names)
	} else {
		for name, v := range c.native.resultFiles.All() {
			want, _ := v.(string)
			h.matchFile(name, want, t.files)
		}
	}
	return append(problems, h.takeDifferences()...)
}

// sizes are those of files in a manifest.
var sizes = regexp.MustCompile(`"Key":"([^"]*)","Size":"<size>"`)

// matchFile compares the bytes of a result file. A size is that of the file beside it.
func (m *matcher) matchFile(name, want string, files map[string]string) {
	want = sizes.ReplaceAllStringFunc(want, func(s string) string {
		key := sizes.FindStringSubmatch(s)[1]
		return fmt.Sprintf(`"Key":"%s","Size":%d`, key, len(files[path.Base(key)]))
	})
	got := dates.ReplaceAllString(files[name], "<date>")
	if want != got && !m.matchPattern(want, got) {
		m.noteDifference("resultFiles."+name, "expected\n\t%s\n\tgot\n\t%s", want, got)
	}
}

// describedMapRun returns what DescribeMapRun says of the status and the counts.
func describedMapRun(r *machine.MapRun) *value.Object {
	return value.ObjectOf(
		value.Member{Key: "status", Value: r.Status.String()},
		value.Member{Key: "itemCounts", Value: describedCounts(&r.Items)},
		value.Member{Key: "executionCounts", Value: describedCounts(&r.Executions)})
}

func describedCounts(c *machine.MapRunCounts) *value.Object {
	return value.ObjectOf(
		value.Member{Key: "pending", Value: c.Pending},
		value.Member{Key: "running", Value: c.Running},
		value.Member{Key: "succeeded", Value: c.Succeeded},
		value.Member{Key: "failed", Value: c.Failed},
		value.Member{Key: "timedOut", Value: c.TimedOut},
		value.Member{Key: "aborted", Value: c.Aborted},
		value.Member{Key: "total", Value: c.Total},
		value.Member{Key: "resultsWritten", Value: c.ResultsWritten},
		value.Member{Key: "failuresNotRedrivable", Value: c.FailuresNotRedrivable},
		value.Member{Key: "pendingRedrive", Value: c.PendingRedrive})
}

// describeChildren returns the input and status of each child, in the order of the
// items. Those that hold batches also say how many items they have.
func (r *run) describeChildren() []any {
	var all []any
	for _, k := range r.maps.order {
		all = append(all, r.describeChild(k.source, k.x.Status.String()))
	}
	for i := range r.maps.pending {
		all = append(all, r.describeChild(&r.maps.pending[i], "PENDING"))
	}
	return all
}

func (r *run) describeChild(c *machine.Child, status string) *value.Object {
	o := value.ObjectOf(value.Member{Key: "input", Value: value.String(c.Input)}, value.Member{Key: "status", Value: status})
	for m := range r.script.scenario.mapRunStates() {
		if m.ItemBatcher != nil {
			o.Set("itemCount", int64(c.Items))
		}
	}
	return o
}

// resultFiles returns the objects that were not there before, by the last part of
// their keys.
func (s *scenario) resultFiles(store *objects.MemoryStore) (map[string]string, error) {
	files := make(map[string]string)
	ctx := context.Background()
	for _, bucket := range s.buckets() {
		page, err := store.List(ctx, bucket, objects.ListOptions{Max: 1000})
		if err != nil {
			return nil, err
		}
		for _, info := range page.Objects {
			if slices.ContainsFunc(s.files, func(f file) bool { return f.bucket == bucket && f.key == info.Key }) {
				continue
			}
			o, err := store.Get(ctx, bucket, info.Key, objects.GetOptions{})
			if err != nil {
				return nil, err
			}
			body, err := io.ReadAll(o.Body)
			if err != nil {
				return nil, err
			}
			files[info.Key[strings.LastIndexByte(info.Key, '/')+1:]] = string(body)
		}
	}
	return files, nil
}
